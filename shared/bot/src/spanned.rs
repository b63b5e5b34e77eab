//! A value of a file that knows where it was written.

use std::ops::Deref;

use serde::{Deserialize, Deserializer};

/// A value and its place in the file: `get_ref()` and `span()` as of the reader's own. One of ours, so that a schema can be
/// derived from what reads a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T>(toml::Spanned<T>);

impl<T> Spanned<T> {
    /// The value alone.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T> Deref for Spanned<T> {
    type Target = toml::Spanned<T>;

    fn deref(&self) -> &toml::Spanned<T> {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Spanned<T>, D::Error> {
        toml::Spanned::deserialize(reader).map(Spanned)
    }
}
