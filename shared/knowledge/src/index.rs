//! The index: passages with their words and vectors.

use std::collections::HashMap;

use crate::edition::Edition;
use crate::file::IndexError;
use crate::passage::{Fingerprint, Passage, Source};
use crate::vectors::{Precision, Vectors, unit};
use crate::words::Words;

/// What people say without asking anything. What is no nearer to a passage than these is not about it.
const SMALL_TALK: [&str; 8] = [
    "Hello!",
    "Thank you very much.",
    "How are you today?",
    "Good night, see you tomorrow.",
    "你好",
    "謝謝，再見",
    "こんにちは",
    "今日はいい天気ですね",
];

/// Everything that is searched. Never changed once made.
pub struct Index {
    /// Which model made the vectors.
    pub(crate) model: String,
    /// The cosine that small talk reaches.
    pub(crate) floor: f32,
    pub(crate) passages: Vec<Passage>,
    pub(crate) vectors: Vectors,
    pub(crate) words: Words,
    /// Which passages say that, where another engine names them so.
    pub(crate) places: HashMap<Fingerprint, Vec<usize>>,
}

/// What an index is made of.
pub struct Made {
    /// The embedding model's name.
    pub model: String,
    /// The passages.
    pub passages: Vec<Passage>,
    /// A vector for each.
    pub vectors: Vec<Vec<f32>>,
    /// A vector for each of [`Index::SMALL_TALK`].
    pub small_talk: Vec<Vec<f32>>,
    /// `None`: what suits the size.
    pub precision: Option<Precision>,
}

/// How near a passage is to what was asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Its number in the index.
    pub passage: usize,
    /// The cosine.
    pub cosine: f32,
}

impl Index {
    /// The name of its file in a bot's folder.
    pub const FILE: &str = "knowledge.index";

    /// Embedded along with the passages: it says what "not related at all" looks like to this model.
    pub const SMALL_TALK: [&str; 8] = SMALL_TALK;

    /// Makes an index.
    ///
    /// # Errors
    /// `Dimensions` when the vectors are not of one model, or not one for each passage. The build has to be repeated.
    pub fn of(made: Made) -> Result<Index, IndexError> {
        let dimensions = made.vectors.first().map_or(0, Vec::len);
        let precision = made.precision.unwrap_or(Precision::fitting(made.vectors.len(), dimensions));
        let is_whole = made.vectors.len() == made.passages.len();
        let vectors = Vectors::of(&made.vectors, precision).filter(|_| is_whole);
        let vectors = vectors.ok_or(IndexError::Dimensions)?;
        let floor = floor(&made.small_talk, &made.vectors);
        Ok(Index::with_words(made.model, floor, made.passages, vectors))
    }

    /// Makes the words of these passages.
    pub(crate) fn with_words(model: String, floor: f32, passages: Vec<Passage>, vectors: Vectors) -> Index {
        let searched: Vec<String> = passages.iter().map(Passage::searched).collect();
        let words = Words::of(searched.iter().map(String::as_str));
        let places = HashMap::new();
        Index { model, floor, passages, vectors, words, places }.with_places()
    }

    /// An index of a few texts whose nearness is known elsewhere.
    pub fn of_words<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Index {
        let passage = |text: &str| Passage { source: Source::default(), text: text.to_owned() };
        Index {
            model: String::new(),
            floor: 0.0,
            passages: texts.clone().map(passage).collect(),
            vectors: Vectors::Elsewhere { dimensions: 0, edition: Edition::default() },
            words: Words::of(texts),
            places: HashMap::new(),
        }
    }

    /// Which model made the vectors.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The passages, in the order of the documents.
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }

    /// How many numbers a vector has.
    pub fn dimensions(&self) -> usize {
        self.vectors.dimensions()
    }

    /// Which vectors of another engine are this index's. `None`: it has its own.
    pub fn edition(&self) -> Option<&Edition> {
        self.vectors.edition()
    }

    /// Every passage with its cosine. Empty when the vector is not of this index's model, or the vectors are elsewhere.
    pub fn near(&self, vector: &[f32]) -> Vec<Near> {
        let cosines = self.vectors.cosines(vector).into_iter().enumerate();
        cosines.map(|(passage, cosine)| Near { passage, cosine }).collect()
    }

    /// The vectors that need not be made anew, by what they stand for.
    pub fn known_vectors(&self) -> HashMap<Fingerprint, Vec<f32>> {
        let passages = self.passages.iter().enumerate();
        passages.filter_map(|(at, passage)| Some((passage.fingerprint(), self.vectors.vector(at)?))).collect()
    }
}

/// The cosine below which nine of ten pairs of small talk and passage lie.
pub(crate) fn floor(small_talk: &[Vec<f32>], vectors: &[Vec<f32>]) -> f32 {
    let exact = Vectors::of(vectors, Precision::Full);
    let pairs = small_talk.iter().map(|talk| exact.as_ref().map(|exact| exact.cosines(&unit(talk))));
    let mut cosines: Vec<f32> = pairs.flatten().flatten().collect();
    cosines.sort_by(f32::total_cmp);
    cosines.get(cosines.len() * 9 / 10).copied().unwrap_or(0.0)
}
