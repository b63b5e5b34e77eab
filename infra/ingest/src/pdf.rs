//! PDF: a section for each page.

use std::panic::catch_unwind;

use crate::{Section, plain};

/// `None`: it cannot be read. The library gives up on some files by a panic.
pub(crate) fn sections(bytes: &[u8]) -> Option<Vec<Section>> {
    let pages = catch_unwind(|| pdf_extract::extract_text_from_mem_by_pages(bytes)).ok()?.ok()?;
    let pages = pages
        .iter()
        .enumerate()
        .map(|(at, text)| Section { place: format!("p. {}", at + 1), paragraphs: plain::paragraphs(text) });
    Some(pages.filter(|page| !page.paragraphs.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// The smallest document that has pages with these words.
    fn pdf(pages: &[&str]) -> Vec<u8> {
        let kids: Vec<String> = (0..pages.len()).map(|at| format!("{} 0 R", 4 + 2 * at)).collect();
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        ];
        for (at, text) in pages.iter().enumerate() {
            let shown = format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET");
            objects.push(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> \
                 /Contents {} 0 R >>",
                5 + 2 * at
            ));
            objects.push(format!("<< /Length {} >>\nstream\n{shown}\nendstream", shown.len()));
        }
        let mut file = "%PDF-1.4\n".to_owned();
        let mut places = Vec::new();
        for (at, object) in objects.iter().enumerate() {
            places.push(file.len());
            write!(file, "{} 0 obj\n{object}\nendobj\n", at + 1).unwrap();
        }
        let (table, count) = (file.len(), objects.len() + 1);
        write!(file, "xref\n0 {count}\n0000000000 65535 f \n").unwrap();
        for place in places {
            writeln!(file, "{place:010} 00000 n ").unwrap();
        }
        write!(file, "trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").unwrap();
        file.into_bytes()
    }

    #[test]
    fn each_page_is_a_section() {
        let sections = sections(&pdf(&["Rinse the filter.", "Two years of warranty."])).unwrap();
        let read: Vec<_> =
            sections.iter().map(|page| (page.place.as_str(), page.paragraphs.concat())).collect();
        assert_eq!(
            read,
            [("p. 1", "Rinse the filter.".to_owned()), ("p. 2", "Two years of warranty.".to_owned())]
        );
    }

    #[test]
    fn what_is_no_pdf_is_refused() {
        assert_eq!(super::sections(b"%PDF-1.4 and nothing more"), None);
    }
}
