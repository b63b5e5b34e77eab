//! Passages: pieces of documents, each small enough to be quoted to a model.

use std::fmt;

use sha2::{Digest, Sha256};

/// Where a passage stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The file, by its path inside the folder of documents.
    pub file: String,
    /// Its place there: the headings it stands under, or the page; empty when there is neither.
    pub place: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.file),
            place => write!(f, "{}, {place}", self.file),
        }
    }
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Where it stands.
    pub source: Source,
    /// What it says.
    pub text: String,
}

/// Names what a passage says, wherever it stands: SHA-256 of what is embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Passage {
    /// What is embedded and searched: headings often carry the very word that is asked for.
    pub fn searched(&self) -> String {
        match self.source.place.as_str() {
            "" => self.text.clone(),
            place => format!("{place}\n{}", self.text),
        }
    }

    /// The same for the same words.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.searched().as_bytes()).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
