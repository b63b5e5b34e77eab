//! What a user has stated, to be found again.

use crate::key::MessageKey;

/// One statement. Its text is private: never log it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The message it was made in; its place among the notes.
    pub of: MessageKey,
    /// What was stated.
    pub text: String,
    /// Where it points, for the search by meaning. `None`: the embedding model could not say.
    pub direction: Option<NoteDirection>,
}

/// Where the text of a note points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDirection {
    /// The embedding model: directions of different models are never compared.
    pub model: String,
    /// A byte for each dimension, the greatest being 127.
    pub bytes: Vec<i8>,
}
