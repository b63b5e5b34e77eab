//! An index whose vectors another engine has: it holds passages and words, and says which vectors there are its own.
//!
//! Vectors are named by what they stand for, so a passage that stays keeps its vector from one index to the next, and the
//! index file is the only thing that is switched. An index sees no vector that is younger than itself, and none of a passage
//! that it does not have.

use crate::index::{Index, Near, floor};
use crate::passage::{Fingerprint, Passage};
use crate::vectors::Vectors;

/// Which vectors of an engine belong to an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edition {
    /// Whose they are: the bot's name and a hash of its embedding model, as `shop/0123456789abcdef`.
    pub of: String,
    /// When the index was made, in seconds since 1970: younger ones are a later index's.
    pub made_at: u64,
}

/// A vector of another engine that is near to what was asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// What it stands for.
    pub fingerprint: Fingerprint,
    /// The cosine.
    pub cosine: f32,
}

/// What an index is made of whose vectors another engine has.
pub struct Outsourced {
    /// The embedding model's name.
    pub model: String,
    /// The passages.
    pub passages: Vec<Passage>,
    /// How many numbers a vector has.
    pub dimensions: usize,
    /// Which vectors are theirs.
    pub edition: Edition,
    /// Vectors of some passages, or of all: small talk is measured by them.
    pub sample: Vec<Vec<f32>>,
    /// A vector for each of [`Index::SMALL_TALK`].
    pub small_talk: Vec<Vec<f32>>,
}

impl Edition {
    /// Of a bot and the name of its embedding model.
    pub fn new(bot: &str, model: &str, made_at: u64) -> Edition {
        let hash = Fingerprint::of(model).to_string();
        Edition { of: format!("{bot}/{hash:.16}"), made_at }
    }

    /// What the engine calls the vector of a passage.
    pub fn key(&self, fingerprint: &Fingerprint) -> String {
        format!("{}/{fingerprint}", self.of)
    }

    /// What a vector stands for. `None`: it is somebody else's.
    pub fn fingerprint(&self, key: &str) -> Option<Fingerprint> {
        Fingerprint::parse(key.strip_prefix(&self.of)?.strip_prefix('/')?)
    }
}

impl Index {
    /// Makes an index without vectors.
    pub fn outsourced(made: Outsourced) -> Index {
        let Outsourced { model, passages, dimensions, edition, sample, small_talk } = made;
        let vectors = Vectors::Elsewhere { dimensions, edition };
        Index::with_words(model, floor(&small_talk, &sample), passages, vectors)
    }

    /// The passages that another engine's neighbours stand for. One that the index does not have is none.
    pub fn near_elsewhere(&self, neighbours: &[Neighbour]) -> Vec<Near> {
        let near = neighbours.iter().flat_map(|Neighbour { fingerprint, cosine }| {
            let places = self.places.get(fingerprint).into_iter().flatten();
            places.map(|passage| Near { passage: *passage, cosine: *cosine })
        });
        near.collect()
    }

    /// Puts down where each passage stands, when another engine has the vectors.
    pub(crate) fn with_places(mut self) -> Index {
        if self.edition().is_some() {
            for (at, passage) in self.passages.iter().enumerate() {
                self.places.entry(passage.fingerprint()).or_default().push(at);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passage::Source;
    use crate::search::Search;

    fn index() -> Index {
        let passage = |file: &str, text: &str| Passage {
            source: Source { file: file.to_owned(), place: String::new() },
            text: text.to_owned(),
        };
        Index::outsourced(Outsourced {
            model: "m".to_owned(),
            passages: vec![
                passage("a.md", "Shipping is free."),
                passage("b.md", "The warranty lasts two years."),
                passage("c.md", "Shipping is free."),
            ],
            dimensions: 3,
            edition: Edition::new("shop", "m", 1_795_165_200),
            sample: vec![vec![1.0, 0.0, 0.2], vec![0.0, 1.0, 0.1]],
            small_talk: vec![vec![1.0, 1.0, 1.0]],
        })
    }

    #[test]
    fn neighbours_are_the_passages_that_say_the_same_and_strangers_are_none() {
        let index = index();
        let bytes = index.to_bytes();
        let read = Index::from_bytes(&bytes, "m").unwrap();
        let edition = read.edition().unwrap();
        assert_eq!((edition.made_at, read.dimensions()), (1_795_165_200, 3));
        let neighbour =
            |key: &str, cosine| Neighbour { fingerprint: edition.fingerprint(key).unwrap(), cosine };
        let shipping = edition.key(&read.passages()[0].fingerprint());
        let gone =
            edition.key(&Passage { source: Source::default(), text: "Gone.".to_owned() }.fingerprint());
        let near = read.near_elsewhere(&[neighbour(&gone, 0.95), neighbour(&shipping, 0.9)]);
        assert_eq!(near.iter().map(|near| near.passage).collect::<Vec<_>>(), [0, 2]);
        let search = Search { text: "warranty", near: &near, passages: 3, min_score: Some(0.0) };
        let found: Vec<&str> =
            read.search(&search).iter().map(|found| found.passage.source.file.as_str()).collect();
        assert_eq!(found, ["a.md", "b.md", "c.md"]);
        assert!(read.near(&[1.0, 0.0, 0.2]).is_empty(), "the vectors are not here");
    }

    #[test]
    fn a_key_of_another_bot_or_model_is_none_of_its_own() {
        let own = Edition::new("shop", "m", 0);
        let fingerprint = index().passages()[0].fingerprint();
        assert_eq!(own.fingerprint(&own.key(&fingerprint)), Some(fingerprint));
        for other in [Edition::new("shop", "n", 0), Edition::new("sho", "m", 0)] {
            assert_eq!(own.fingerprint(&other.key(&fingerprint)), None);
        }
        for key in ["", "shop", "shop/", &own.of, &format!("{}/12", own.of)] {
            assert_eq!(own.fingerprint(key), None, "{key}");
        }
    }
}
