//! Which reader a file needs.

use crate::{Section, html, markdown, pdf, plain};

/// Why a document was not read. Give up: the owner has to mend the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Text is wanted in UTF-8.
    #[error("{file}: this is not text in UTF-8")]
    NotText {
        /// Which file.
        file: String,
    },
    /// The page cannot be taken apart.
    #[error("{file}: this HTML cannot be read")]
    BadHtml {
        /// Which file.
        file: String,
    },
    /// The document cannot be taken apart: damaged, encrypted, or of a kind the library does not know.
    #[error("{file}: this PDF cannot be read; export it again, or as text")]
    BadPdf {
        /// Which file.
        file: String,
    },
    /// Nothing but pictures.
    #[error(
        "{file}: there is no text in this file; a scanned document has to go through text recognition first"
    )]
    NoText {
        /// Which file.
        file: String,
    },
}

/// A document as sections.
pub(crate) fn sections(file: &str, bytes: &[u8]) -> Result<Vec<Section>, ReadError> {
    let extension = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let sections = match extension.as_str() {
        "pdf" => pdf::sections(bytes).ok_or_else(|| ReadError::BadPdf { file: file.to_owned() })?,
        "html" | "htm" => {
            html::sections(bytes).ok_or_else(|| ReadError::BadHtml { file: file.to_owned() })?
        }
        "md" | "markdown" => markdown::sections(text(file, bytes)?),
        _ => plain::sections(text(file, bytes)?),
    };
    let has_text = sections.iter().any(|section| !section.paragraphs.is_empty());
    if has_text { Ok(sections) } else { Err(ReadError::NoText { file: file.to_owned() }) }
}

fn text<'b>(file: &str, bytes: &'b [u8]) -> Result<&'b str, ReadError> {
    let text = str::from_utf8(bytes).map_err(|_| ReadError::NotText { file: file.to_owned() })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
