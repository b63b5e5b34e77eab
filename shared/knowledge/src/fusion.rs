//! Two rankings become one: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

use std::collections::BTreeMap;

/// Damps the first ranks: what stands high in both rankings goes before what leads one. The paper's value.
const DAMPING: f32 = 60.0;

/// Joins rankings of passages, each best first, into one, best first. Ranks are joined and not scores: a cosine and a BM25
/// score have no common measure. Of equals the earlier passage comes first.
pub fn fused(rankings: &[Vec<usize>]) -> Vec<usize> {
    let mut scores: BTreeMap<usize, f32> = BTreeMap::new();
    for ranking in rankings {
        let mut rank = DAMPING;
        for passage in ranking {
            rank += 1.0;
            *scores.entry(*passage).or_insert(0.0) += 1.0 / rank;
        }
    }
    let mut ranked: Vec<(usize, f32)> = scores.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.into_iter().map(|(passage, _)| passage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_find_goes_before_what_one_finds_first() {
        assert_eq!(fused(&[vec![7, 1], vec![8, 1]]), [1, 7, 8]);
        assert_eq!(fused(&[vec![3, 4], vec![]]), [3, 4]);
        assert_eq!(fused(&[]), [] as [usize; 0]);
    }
}
