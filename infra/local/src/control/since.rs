//! What came of each deed. Every outcome counts once: under what was done last before it was written.

use std::collections::BTreeMap;

use domain::{Millis, Outcome};
use serde_json::{Value, json};

/// The time after each deed, up to the next one.
pub(super) struct Since(Vec<Span>);

struct Span {
    deed: u64,
    from: Millis,
    outcomes: BTreeMap<Outcome, u64>,
    /// Messages without an outcome at its end.
    waiting: u64,
}

impl Since {
    /// Of deeds in their order: the id of each, and when it was.
    pub(super) fn of(deeds: &[(u64, Millis)]) -> Since {
        let span = |(deed, from): &(u64, Millis)| Span {
            deed: *deed,
            from: *from,
            outcomes: BTreeMap::new(),
            waiting: 0,
        };
        Since(deeds.iter().map(span).collect())
    }

    /// A message has its outcome since then; one that is not stored any more came long before.
    pub(super) fn settled(&mut self, came: Option<Millis>, at: Millis, outcome: Outcome) {
        let Some(last) = self.last_before(at) else { return };
        if let Some(span) = self.0.get_mut(last) {
            *span.outcomes.entry(outcome).or_default() += 1;
        }
        self.waits(came.unwrap_or(at), last);
    }

    /// A message that has none.
    pub(super) fn open(&mut self, came: Millis) {
        self.waits(came, self.0.len());
    }

    pub(super) fn shown(&self) -> Vec<Value> {
        let shown = self.0.iter().map(|span| {
            let outcomes: BTreeMap<_, _> =
                span.outcomes.iter().map(|(outcome, count)| (outcome.name(), count)).collect();
            json!({ "deed": span.deed, "outcomes": outcomes, "waiting": span.waiting })
        });
        shown.collect()
    }

    /// It waits at the end of every span from its coming on, up to the one (not included) in which it is settled.
    fn waits(&mut self, came: Millis, until: usize) {
        let first = self.last_before(came).unwrap_or(0);
        let spans = self.0.iter_mut().take(until).skip(first);
        spans.for_each(|span| span.waiting += 1);
    }

    fn last_before(&self, at: Millis) -> Option<usize> {
        self.0.iter().rposition(|span| span.from <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_deeds_that_overlap_each_outcome_counts_once_and_what_waits_between_them_is_told() {
        let mut since = Since::of(&[(1, Millis(100)), (2, Millis(200)), (3, Millis(300))]);
        since.settled(Some(Millis(50)), Millis(90), Outcome::Answered);
        since.settled(Some(Millis(50)), Millis(150), Outcome::Answered);
        since.settled(Some(Millis(120)), Millis(310), Outcome::Lost);
        since.open(Millis(210));
        assert_eq!(
            since.shown(),
            [
                json!({ "deed": 1, "outcomes": { "answered": 1 }, "waiting": 1 }),
                json!({ "deed": 2, "outcomes": {}, "waiting": 2 }),
                json!({ "deed": 3, "outcomes": { "lost": 1 }, "waiting": 1 }),
            ]
        );
    }
}
