//! What a bot knows: passages of documents, found by meaning and by words.
//!
//! `ingest` cuts documents into passages; an [`Index`] holds them with their vectors and words, in one file that is
//! replaced as a whole; a [`Search`] ranks them. Of a large base another engine has the vectors, and the file names the
//! [`Edition`] of them that is its own. Nothing here waits, reads a disk or asks a model: bytes, texts and vectors are
//! arguments. `docs/knowledge.md` has the picture and the figures.

mod passage;

mod edition;
mod file;
mod index;

mod fusion;
mod search;

mod tokens;
mod vectors;
mod words;

pub use edition::{Edition, Neighbour, Outsourced};
pub use file::IndexError;
pub use fusion::fused;
pub use index::{Index, Made, Near};
pub use passage::{Fingerprint, Passage, Source};
pub use search::{Found, Search};
pub use tokens::is_unspaced;
pub use vectors::{Direction, Precision};
