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
        Fingerprint::of(&self.searched())
    }
}

impl Fingerprint {
    /// Of a text.
    pub(crate) fn of(text: &str) -> Fingerprint {
        Fingerprint(Sha256::digest(text.as_bytes()).into())
    }

    /// As it is written: 64 hexadecimal digits. `None`: this is none.
    pub fn parse(written: &str) -> Option<Fingerprint> {
        let (pairs, rest) = written.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
        let bytes = pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?;
        rest.is_empty().then_some(Fingerprint(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
