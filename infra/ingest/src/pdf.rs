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
