//! Documents become passages. The owner's `knowledge build` alone reads documents: nothing that is deployed depends on this.

mod read;

mod html;
mod markdown;
mod pdf;
mod plain;

mod cut;

use knowledge::{Passage, Source};

pub use read::ReadError;

/// A stretch of a document under one heading, or on one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Section {
    /// The headings above it, outermost first, or the page.
    place: String,
    /// What stands there.
    paragraphs: Vec<String>,
}

/// The extensions of files that are read; others in the folder are left alone.
pub const EXTENSIONS: [&str; 6] = ["md", "markdown", "txt", "html", "htm", "pdf"];

/// The passages of a document, in its order. `file`: its path inside the folder of documents.
///
/// # Errors
/// The document cannot be read. The owner has to mend it or take it away.
pub fn passages(file: &str, bytes: &[u8]) -> Result<Vec<Passage>, ReadError> {
    let sections = read::sections(file, bytes)?;
    let cut = sections.into_iter().flat_map(|Section { place, paragraphs }| {
        let source = Source { file: file.to_owned(), place };
        cut::pieces(&paragraphs).into_iter().map(move |text| Passage { source: source.clone(), text })
    });
    Ok(cut.collect())
}
