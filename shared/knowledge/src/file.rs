//! The index file. Little-endian numbers; a text or list is preceded by its length in 32 bits.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `turnwise` |
//! | 4 | version of this form |
//! | 32 | SHA-256 of everything behind it |
//! | text, 4, 4 | embedding model, its dimensions, cosine of small talk |
//! | 1 | how vectors are kept: 0 elsewhere, 1 as 32-bit numbers, 2 as bytes |
//! | list | passages: file, place, text |
//! | rest of the numbers | vectors, row by row; elsewhere: a text and 8 bytes, whose they are and when the index was made |
//! | 4, then for each passage a list | BM25: mean length; token and weight, 4 bytes each |

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::edition::Edition;
use crate::index::Index;
use crate::passage::{Passage, Source};
use crate::vectors::Vectors;
use crate::words::{Weighed, Words};

const MAGIC: &[u8; 8] = b"turnwise";

/// The form described above.
const VERSION: u32 = 1;

/// Why an index cannot be used. Give up: `knowledge build` makes another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// It is some other file.
    #[error("this is not a knowledge index")]
    NotAnIndex,
    /// A later or earlier form.
    #[error("this index has form {0}, and this program reads form {VERSION}: run `knowledge build` again")]
    Version(u32),
    /// Cut off, or changed.
    #[error("this index is damaged (its checksum is wrong): run `knowledge build` again")]
    Damaged,
    /// Vectors of another model cannot be compared.
    #[error(
        "this index was built with the embedding model `{built}`, but the bot uses `{used}`: run `knowledge build` again"
    )]
    OtherModel {
        /// By which it was built.
        built: String,
        /// Which would be asked.
        used: String,
    },
    /// The bot's `engine` has changed.
    #[error("this index was built for another `engine` than the bot's: run `knowledge build` again")]
    OtherEngine,
    /// One vector is wanted for each passage, all of one length.
    #[error("the embedding model gave vectors of different lengths, or too few")]
    Dimensions,
}

impl Index {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_text(&mut body, &self.model);
        put_count(&mut body, self.vectors.dimensions());
        body.extend(self.floor.to_le_bytes());
        body.push(match self.vectors {
            Vectors::Elsewhere { .. } => 0,
            Vectors::Full { .. } => 1,
            Vectors::Bytes { .. } => 2,
        });
        put_count(&mut body, self.passages.len());
        for Passage { source, text } in &self.passages {
            for text in [&source.file, &source.place, text] {
                put_text(&mut body, text);
            }
        }
        match &self.vectors {
            Vectors::Full { numbers, .. } => {
                body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            }
            Vectors::Bytes { numbers, .. } => {
                body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            }
            Vectors::Elsewhere { edition, .. } => {
                put_text(&mut body, &edition.of);
                body.extend(edition.made_at.to_le_bytes());
            }
        }
        put_words(&mut body, &self.words);
        [&MAGIC[..], &VERSION.to_le_bytes(), &Sha256::digest(&body), &body].concat()
    }

    /// Reads a file's bytes. `model`: the embedding model that questions will be asked with.
    ///
    /// # Errors
    /// Not an index, another form, damaged, or of another model. The owner has to build it anew.
    pub fn from_bytes(bytes: &[u8], model: &str) -> Result<Index, IndexError> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(IndexError::NotAnIndex)?;
        if magic != MAGIC {
            return Err(IndexError::NotAnIndex);
        }
        let (version, rest) = rest.split_first_chunk::<4>().ok_or(IndexError::Damaged)?;
        if u32::from_le_bytes(*version) != VERSION {
            return Err(IndexError::Version(u32::from_le_bytes(*version)));
        }
        let (checksum, body) = rest.split_first_chunk::<32>().ok_or(IndexError::Damaged)?;
        if Sha256::digest(body).as_slice() != checksum {
            return Err(IndexError::Damaged);
        }
        let index = Reader(body).index().ok_or(IndexError::Damaged)?;
        if index.model != model {
            return Err(IndexError::OtherModel { built: index.model, used: model.to_owned() });
        }
        Ok(index)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "no part of an index reaches four thousand million")]
fn put_count(body: &mut Vec<u8>, count: usize) {
    body.extend((count as u32).to_le_bytes());
}

fn put_text(body: &mut Vec<u8>, text: &str) {
    put_count(body, text.len());
    body.extend(text.as_bytes());
}

fn put_words(body: &mut Vec<u8>, words: &Words) {
    let (mean_length, weighed) = words.to_store();
    body.extend(mean_length.to_le_bytes());
    for tokens in weighed {
        put_count(body, tokens.len());
        for (token, weight) in tokens {
            body.extend(token.to_le_bytes());
            body.extend(weight.to_le_bytes());
        }
    }
}

/// What is left to read. `None`: it ends too early, or makes no sense.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn index(mut self) -> Option<Index> {
        let (model, dimensions, floor) = (self.text()?, self.count()?, self.number()?);
        let [kept] = self.chunk::<1>()?;
        let count = self.count()?;
        let passages = (0..count).map(|_| self.passage()).collect::<Option<Vec<_>>>()?;
        let vectors = self.vectors(kept, dimensions, count)?;
        let words = self.words(count)?;
        let index = Index { model, floor, passages, vectors, words, places: HashMap::new() };
        self.0.is_empty().then(|| index.with_places())
    }

    fn passage(&mut self) -> Option<Passage> {
        let source = Source { file: self.text()?, place: self.text()? };
        Some(Passage { source, text: self.text()? })
    }

    fn vectors(&mut self, kept: u8, dimensions: usize, count: usize) -> Option<Vectors> {
        let numbers = dimensions.checked_mul(count)?;
        Some(match kept {
            0 => {
                let edition = Edition { of: self.text()?, made_at: u64::from_le_bytes(self.chunk()?) };
                Vectors::Elsewhere { dimensions, edition }
            }
            1 => {
                let (numbers, _) = self.take(numbers.checked_mul(4)?)?.as_chunks::<4>();
                Vectors::Full {
                    dimensions,
                    numbers: numbers.iter().map(|number| f32::from_le_bytes(*number)).collect(),
                }
            }
            2 => {
                let numbers = self.take(numbers)?;
                Vectors::bytes(dimensions, numbers.iter().map(|byte| i8::from_le_bytes([*byte])).collect())
            }
            _ => return None,
        })
    }

    fn words(&mut self, count: usize) -> Option<Words> {
        let mean_length = self.number()?;
        let weighed = (0..count).map(|_| self.weighed()).collect::<Option<Vec<_>>>()?;
        Some(Words::stored(mean_length, weighed))
    }

    fn weighed(&mut self) -> Option<Weighed> {
        (0..self.count()?).map(|_| Some((u32::from_le_bytes(self.chunk()?), self.number()?))).collect()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.chunk()?)).ok()
    }

    fn number(&mut self) -> Option<f32> {
        Some(f32::from_le_bytes(self.chunk()?))
    }

    fn chunk<const BYTES: usize>(&mut self) -> Option<[u8; BYTES]> {
        let (chunk, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*chunk)
    }

    fn take(&mut self, bytes: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Made;
    use crate::search::Search;
    use crate::vectors::Precision;

    fn index(precision: Precision) -> Index {
        let texts = ["Error E-107: rinse the group.", "保固期是兩年。", "Shipping is free."];
        let source = |at| Source { file: format!("{at}.md"), place: "Heading".into() };
        let passages = texts.iter().enumerate();
        let passages =
            passages.map(|(at, text)| Passage { source: source(at), text: (*text).into() }).collect();
        let vectors = vec![vec![1.0, 0.0, 0.2], vec![0.0, 1.0, 0.1], vec![0.1, 0.1, 1.0]];
        let small_talk = vec![vec![1.0, 1.0, 1.0]];
        let made = Made { model: "m".into(), passages, vectors, small_talk, precision: Some(precision) };
        Index::of(made).unwrap()
    }

    #[test]
    fn an_index_finds_the_same_after_a_journey_through_its_file() {
        for precision in [Precision::Full, Precision::Bytes] {
            let index = index(precision);
            let read = Index::from_bytes(&index.to_bytes(), "m").unwrap();
            let near = index.near(&[0.1, 0.9, 0.0]);
            assert_eq!(read.near(&[0.1, 0.9, 0.0]), near);
            for text in ["e107", "保固多久", "free shipping", "nothing of it"] {
                let search = Search { text, near: &near, passages: 3, min_score: Some(0.1) };
                assert_eq!(read.search(&search), index.search(&search), "{text} {precision:?}");
            }
        }
    }

    #[test]
    fn what_is_not_this_index_is_not_used() {
        let bytes = index(Precision::Full).to_bytes();
        let error = |bytes: &[u8], model| Index::from_bytes(bytes, model).err();
        assert_eq!(error(b"", "m"), Some(IndexError::NotAnIndex));
        assert_eq!(error(b"# A document", "m"), Some(IndexError::NotAnIndex));
        let (built, used) = ("m".to_owned(), "n".to_owned());
        assert_eq!(error(&bytes, "n"), Some(IndexError::OtherModel { built, used }));
        let mut later = bytes.clone();
        later[8] = 2;
        assert_eq!(error(&later, "m"), Some(IndexError::Version(2)));
        for at in (12..bytes.len()).step_by(7) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(error(&changed, "m"), Some(IndexError::Damaged), "byte {at}");
            assert_eq!(error(&bytes[..at], "m"), Some(IndexError::Damaged), "cut at {at}");
        }
    }
}
