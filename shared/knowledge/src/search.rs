//! One search: by meaning, by words, joined.

use crate::fusion::fused;
use crate::index::{Index, Near};
use crate::passage::Passage;
use crate::words::Match;

/// How far down both rankings are read before they are joined.
const DEPTH: usize = 20;

/// Part of a question's words, rare ones counting more, that a passage must have for its words to count beside its meaning.
/// Below, it shares little more than "the" and "is" with the question: in the labelled set such votes cost eight right
/// passages of 44, and nothing between 0.3 and 0.5 makes a difference.
const COVERAGE_TO_COUNT: f32 = 0.3;

/// Part of a question's words that makes a passage relevant by words alone.
const COVERAGE_TO_BE_RELEVANT: f32 = 0.5;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'q> {
    /// The question's words.
    pub text: &'q str,
    /// Passages near it in meaning, in any order; none when nobody could say.
    pub near: &'q [Near],
    /// Most passages wanted.
    pub passages: usize,
    /// How much nearer than small talk the best passage must be, for anything to be found: 0 (as near) to 1 (the same words).
    /// `None`: the best are found however far they are.
    pub min_score: Option<f32>,
}

/// A passage that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found<'i> {
    /// Which.
    pub passage: &'i Passage,
    /// How much nearer it is than small talk, 0 to 1. `None`: nobody could say.
    pub score: Option<f32>,
    /// Which part of the question's words it has, rare ones counting more: 0 to 1.
    pub coverage: f32,
}

impl Found<'_> {
    fn is_relevant(&self, min_score: f32) -> bool {
        self.score.is_some_and(|score| score > min_score) || self.coverage >= COVERAGE_TO_BE_RELEVANT
    }
}

impl Index {
    /// The best passages, best first; none when not one of them is relevant. Shared indexes are searched in parallel:
    /// nothing is changed.
    pub fn search(&self, search: &Search<'_>) -> Vec<Found<'_>> {
        self.numbered(search).into_iter().map(|(_, found)| found).collect()
    }

    /// The same as the numbers of the passages.
    pub fn ranked(&self, search: &Search<'_>) -> Vec<usize> {
        self.numbered(search).into_iter().map(|(at, _)| at).collect()
    }

    fn numbered(&self, search: &Search<'_>) -> Vec<(usize, Found<'_>)> {
        let by_meaning = nearest(search.near);
        let mut by_words = self.words.search(search.text, DEPTH);
        if !by_meaning.is_empty() {
            by_words.retain(|found| found.coverage >= COVERAGE_TO_COUNT);
        }
        let rankings = [
            by_meaning.iter().map(|near| near.passage).collect(),
            by_words.iter().map(|found| found.passage).collect(),
        ];
        let found = fused(&rankings).into_iter();
        let found = found.filter_map(|at| Some((at, self.found(at, &by_meaning, &by_words)?)));
        let best: Vec<_> = found.take(search.passages).collect();
        let any = search.min_score.is_none_or(|score| best.iter().any(|(_, found)| found.is_relevant(score)));
        if any { best } else { Vec::new() }
    }

    fn found(&self, at: usize, by_meaning: &[Near], by_words: &[Match]) -> Option<Found<'_>> {
        let cosine = by_meaning.iter().find(|near| near.passage == at).map(|near| near.cosine);
        let coverage = by_words.iter().find(|found| found.passage == at).map(|found| found.coverage);
        Some(Found {
            passage: self.passages.get(at)?,
            score: cosine.map(|cosine| self.above_small_talk(cosine)),
            coverage: coverage.unwrap_or(0.0),
        })
    }

    /// 0 for what is as near as small talk, 1 for the same words.
    fn above_small_talk(&self, cosine: f32) -> f32 {
        ((cosine - self.floor) / (1.0 - self.floor).max(f32::EPSILON)).clamp(0.0, 1.0)
    }
}

/// The nearest first, as many as are read.
fn nearest(near: &[Near]) -> Vec<Near> {
    let mut nearest = near.to_vec();
    nearest.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.passage.cmp(&b.passage)));
    nearest.truncate(DEPTH);
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Made;
    use crate::passage::Source;
    use std::sync::Arc;

    #[test]
    fn one_index_is_searched_by_many_at_once() {
        let passage = |at| Passage { source: Source::default(), text: format!("passage about topic{at}") };
        let passages = (0..200).map(passage).collect();
        let vectors = (0..200_u8).map(|at| vec![f32::from(at), 1.0]).collect();
        let made = Made { model: "m".into(), passages, vectors, small_talk: Vec::new(), precision: None };
        let index = Arc::new(Index::of(made).unwrap());
        let search = |at: usize| {
            let text = format!("topic{at}");
            let search = Search { text: &text, near: &[], passages: 1, min_score: Some(0.0) };
            index.search(&search).first().map(|found| found.passage.text.clone())
        };
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let search = &search;
                scope.spawn(move || {
                    for at in (thread..200).step_by(8) {
                        assert_eq!(search(at), Some(format!("passage about topic{at}")));
                    }
                });
            }
        });
    }
}
