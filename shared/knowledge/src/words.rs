//! Search by words: BM25 over the tokens of each passage.

use std::collections::HashMap;

use bm25::{Embedder, EmbedderBuilder, Embedding, Scorer, TokenEmbedding, Tokenizer};

use crate::tokens::Tokens;

/// The weighed tokens of one passage: hash of the token, and what its frequency there weighs.
pub(crate) type Weighed = Vec<(u32, f32)>;

/// The words of all passages.
pub(crate) struct Words {
    embedder: Embedder<u32, Tokens>,
    scorer: Scorer<usize>,
    /// In how many passages a token stands.
    spread: HashMap<u32, u32>,
    /// As stored.
    weighed: Vec<Weighed>,
    /// Mean number of tokens of a passage.
    mean_length: f32,
}

/// A passage that shares words with a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Match {
    /// Which passage.
    pub passage: usize,
    /// Which part of the question's words it has, rare ones counting more: 0 to 1.
    pub coverage: f32,
}

impl Words {
    /// Weighs the words of these texts.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Words {
        let lengths: Vec<usize> = texts.clone().map(|text| Tokens.tokenize(text).len()).collect();
        let mean_length = mean(&lengths);
        let embedder = embedder(mean_length);
        let weighed = texts.map(|text| {
            let mut tokens: Weighed =
                embedder.embed(text).iter().map(|token| (token.index, token.value)).collect();
            tokens.sort_by_key(|(token, _)| *token);
            tokens.dedup_by_key(|(token, _)| *token);
            tokens
        });
        Words::stored(mean_length, weighed.collect())
    }

    /// From what an index file holds.
    pub(crate) fn stored(mean_length: f32, weighed: Vec<Weighed>) -> Words {
        let mut scorer = Scorer::new();
        let mut spread = HashMap::new();
        for (passage, tokens) in weighed.iter().enumerate() {
            let tokens = tokens.iter().map(|(index, value)| TokenEmbedding { index: *index, value: *value });
            let tokens = Embedding(tokens.collect());
            for token in tokens.iter() {
                *spread.entry(token.index).or_insert(0) += 1;
            }
            scorer.upsert(&passage, tokens);
        }
        Words { embedder: embedder(mean_length), scorer, spread, weighed, mean_length }
    }

    /// What an index file holds of it.
    pub(crate) fn to_store(&self) -> (f32, &[Weighed]) {
        (self.mean_length, &self.weighed)
    }

    /// The best passages for a question, best first.
    pub(crate) fn search(&self, question: &str, count: usize) -> Vec<Match> {
        let asked = self.embedder.embed(question);
        let mut matches = self.scorer.matches(&asked);
        // The library's order is that of a hash table where scores are equal.
        matches.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        let rarities: HashMap<u32, f32> =
            asked.iter().map(|token| (token.index, self.rarity(token.index))).collect();
        let all: f32 = rarities.values().sum();
        let covered = |passage: usize| {
            let tokens = self.weighed.get(passage).into_iter().flatten();
            tokens.filter_map(|(token, _)| rarities.get(token)).sum::<f32>() / all
        };
        let best = matches.into_iter().take(count);
        best.map(|found| Match { passage: found.id, coverage: covered(found.id) }).collect()
    }

    /// How much a token tells: the inverse document frequency of BM25.
    #[expect(clippy::cast_precision_loss, reason = "counts of passages, far below 2^24")]
    fn rarity(&self, token: u32) -> f32 {
        let has = self.spread.get(&token).copied().unwrap_or(0) as f32;
        let all = self.weighed.len() as f32;
        (1.0 + (all - has + 0.5) / (has + 0.5)).ln()
    }
}

fn embedder(mean_length: f32) -> Embedder<u32, Tokens> {
    EmbedderBuilder::with_avgdl(mean_length).build()
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens, far below 2^24")]
fn mean(lengths: &[usize]) -> f32 {
    lengths.iter().sum::<usize>() as f32 / lengths.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] = [
        "Error E-1042 means that the filter is full.",
        "The filter is sold in our shop.",
        "我們的保固期是兩年",
    ];

    #[test]
    fn a_code_is_found_however_it_is_written() {
        let words = Words::of(TEXTS.into_iter());
        for question in ["e1042?", "what is E-1042", "1042"] {
            assert_eq!(words.search(question, 3).first().map(|found| found.passage), Some(0), "{question}");
        }
        assert_eq!(words.search("保固多久", 3).first().map(|found| found.passage), Some(2));
    }

    #[test]
    fn coverage_counts_rare_words_more_than_common_ones() {
        let words = Words::of(TEXTS.into_iter());
        let best = |question: &str| words.search(question, 1).first().map_or(0.0, |found| found.coverage);
        assert!(best("the filter") > 0.9);
        assert!(best("the astronaut") < 0.4, "{}", best("the astronaut"));
        assert_eq!(words.search("astronaut", 3), []);
    }

    #[test]
    fn equal_scores_keep_the_order_of_the_passages() {
        let words = Words::of(["same words"; 20].into_iter());
        let found: Vec<usize> = words.search("same", 20).iter().map(|found| found.passage).collect();
        assert!(found.is_sorted(), "{found:?}");
    }
}
