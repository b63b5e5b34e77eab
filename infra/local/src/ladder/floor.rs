//! What the model's times alone would take on so many slots, if nothing else took any: what no schedule can beat, and
//! what those who are served in turn get.

/// Milliseconds before which no schedule of these calls has `done` of them done: the longest of the `done` quickest, their
/// sum over all slots, and, as one slot has to take several, the sum of those that at the least come together in it.
/// For calls of one length it is their number, divided by the slots and rounded up, times that length.
pub fn least(calls_ms: &[u64], slots: usize, done: usize) -> u64 {
    let mut quickest = calls_ms.to_vec();
    quickest.sort_unstable();
    quickest.truncate(done);
    let spread = quickest.iter().sum::<u64>().div_ceil(slots as u64);
    let rounds = quickest.len().div_ceil(slots).max(1);
    let together = (1..=rounds).map(|several| {
        // Of (several - 1) * slots + 1 calls, one slot has `several`: at best the quickest of the longest.
        let longest = (several - 1) * slots + 1;
        let skipped = quickest.len().saturating_sub(longest);
        quickest.iter().skip(skipped).take(several).sum::<u64>()
    });
    together.chain([spread]).max().unwrap_or(0)
}

/// When each of the calls ends, if each begins in its turn as soon as a slot is free.
pub fn in_turn(calls_ms: &[u64], slots: usize) -> Vec<u64> {
    let mut free_at = vec![0_u64; slots];
    let mut ends = Vec::with_capacity(calls_ms.len());
    for call in calls_ms {
        let first_free = free_at.iter_mut().min();
        ends.extend(first_free.map(|free| {
            *free += call;
            *free
        }));
    }
    ends
}

/// The wait that so many in a hundred exceed: as in the simulator's tests, the value at that hundredth of the sorted.
pub fn percentile(values: &[u64], percent: usize) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(rank(values.len(), percent)).copied().unwrap_or(0)
}

/// The place of that value, from 0.
pub fn rank(count: usize, percent: usize) -> usize {
    (count * percent / 100).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::{in_turn, least, percentile};

    #[test]
    fn calls_of_one_length_go_round_by_round() {
        for (users, rounds) in [(1, 1), (8, 1), (9, 2), (50, 7), (100, 13), (500, 63)] {
            let calls = vec![2_500; users];
            assert_eq!(least(&calls, 8, users), rounds * 2_500, "{users}");
            assert_eq!(in_turn(&calls, 8).into_iter().max(), Some(rounds * 2_500), "{users}");
        }
    }

    #[test]
    fn no_order_of_serving_beats_the_least() {
        let mut chance = fastrand::Rng::with_seed(1);
        for _ in 0..2_000 {
            let (users, slots) = (chance.usize(1..40), chance.usize(1..10));
            let mut calls: Vec<u64> = (0..users).map(|_| chance.u64(1..3_000)).collect();
            for shortest_first in [false, true] {
                if shortest_first {
                    calls.sort_unstable();
                }
                let mut ends = in_turn(&calls, slots);
                ends.sort_unstable();
                for (done, end) in (1..).zip(&ends) {
                    assert!(least(&calls, slots, done) <= *end, "{done} of {calls:?} on {slots}");
                }
            }
        }
    }

    #[test]
    fn one_slot_takes_the_two_quickest_of_three_on_two() {
        assert_eq!(least(&[3, 5, 4], 2, 3), 7);
        assert_eq!(least(&[3, 5, 4], 2, 2), 4);
        assert_eq!(in_turn(&[3, 5, 4], 2), [3, 5, 7]);
    }

    #[test]
    fn a_percentile_of_few_is_one_of_them() {
        assert_eq!(percentile(&[5, 1, 3], 50), 3);
        assert_eq!(percentile(&[5, 1, 3], 95), 5);
        assert_eq!(percentile(&[7], 95), 7);
        assert_eq!(percentile(&[], 95), 0);
    }
}
