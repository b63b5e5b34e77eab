//! How often the right passage is among the first three: joined, by meaning alone, by words alone.
//!
//! The vectors are real ones (`embed.py` says how they were made), so this runs offline. One command prints the figures:
//! `cargo test -p ingest --test knowledge -- --nocapture`.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod engine;
mod set;
#[path = "vectors.rs"]
mod vectors_bin;

use knowledge::{Index, Made, Near, Precision, Search, Source};

use set::Question;
use vectors_bin::Vectors;

/// How a passage is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Both,
    Meaning,
    Words,
}

const KINDS: [&str; 3] = ["code", "meaning", "across"];

struct Labelled {
    index: Index,
    questions: Vec<Question>,
    vectors: Vectors,
}

fn labelled(file: &str, precision: Precision) -> Labelled {
    let vectors = Vectors::read();
    let passages = set::passages();
    let made = Made {
        model: "multilingual-e5-small".to_owned(),
        vectors: passages.iter().map(|passage| vectors.of("passage", &passage.searched())).collect(),
        small_talk: Index::SMALL_TALK.map(|text| vectors.of("query", text)).into(),
        passages,
        precision: Some(precision),
    };
    Labelled { index: Index::of(made).unwrap(), questions: set::questions(file), vectors }
}

impl Labelled {
    /// File and last heading of the first three.
    fn finds(&self, question: &Question, by: By, min_score: Option<f32>) -> Vec<(String, String)> {
        let near: Vec<Near> = match by {
            By::Words => Vec::new(),
            _ => self.index.near(&self.vectors.of("query", &question.text)),
        };
        let text = if by == By::Meaning { "" } else { &question.text };
        let found = self.index.search(&Search { text, near: &near, passages: 3, min_score });
        found.iter().map(|found| last(&found.passage.source)).collect()
    }

    /// How many of the questions of a kind find their passage, and how many there are.
    fn recall(&self, by: By, kind: &str, min_score: Option<f32>) -> (usize, usize) {
        let asked = self.questions.iter().filter(|question| question.kind == kind);
        let finds = |question: &&Question| {
            let right = question.answered_by.as_ref();
            right.is_some_and(|right| self.finds(question, by, min_score).contains(right))
        };
        (asked.clone().filter(finds).count(), asked.count())
    }

    fn recall_of_all(&self, by: By, min_score: Option<f32>) -> (usize, usize) {
        let each = KINDS.map(|kind| self.recall(by, kind, min_score));
        each.iter().fold((0, 0), |sum, (found, asked)| (sum.0 + found, sum.1 + asked))
    }
}

/// File and last heading.
fn last(source: &Source) -> (String, String) {
    (source.file.clone(), source.place.rsplit(" › ").next().unwrap_or_default().to_owned())
}

#[test]
fn joined_rankings_find_at_least_what_each_finds() {
    for file in set::FILES {
        for precision in [Precision::Full, Precision::Bytes] {
            let labelled = labelled(file, precision);
            let recall = [By::Both, By::Meaning, By::Words].map(|by| {
                let (found, asked) = labelled.recall_of_all(by, None);
                let of_kinds = KINDS.map(|kind| (kind, labelled.recall(by, kind, None)));
                println!("{file}, {precision:?}: recall@3 by {by:?} {found} of {asked} {of_kinds:?}");
                found
            });
            let [both, meaning, words] = recall;
            assert!(both >= meaning && both >= words, "{file}: {recall:?}");
        }
    }
}

#[test]
fn small_talk_finds_less_than_questions() {
    for file in set::FILES {
        let labelled = labelled(file, Precision::Full);
        for min_score in [0.0, 0.05, 0.1, 0.2] {
            let (found, asked) = labelled.recall_of_all(By::Both, Some(min_score));
            let strangers: Vec<_> =
                labelled.questions.iter().filter(|question| question.kind == "none").collect();
            let finds_nothing =
                |question: &&&Question| labelled.finds(question, By::Both, Some(min_score)).is_empty();
            let silent = strangers.iter().filter(finds_nothing).count();
            println!(
                "{file}, min_score {min_score}: recall@3 {found} of {asked}; nothing found for {silent} of {} others",
                strangers.len()
            );
            assert!(
                silent * asked >= (asked - found) * strangers.len(),
                "silence is for what nothing answers"
            );
        }
    }
}
