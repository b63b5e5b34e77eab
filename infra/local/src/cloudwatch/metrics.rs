//! What was measured, minute by minute.

use std::collections::BTreeMap;
use std::ops::Range;

use super::statistic::Statistic;

/// Minutes that are kept: more than any alarm looks back.
const KEPT: u64 = 180;

/// A metric of somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// `AWS/Lambda`, ...
    pub namespace: String,
    /// `Errors`, ...
    pub name: String,
    /// Whose: `FunctionName` to a function's name.
    pub dimensions: BTreeMap<String, String>,
}

impl Metric {
    /// A metric with one dimension.
    pub fn of(namespace: &str, name: &str, dimension: &str, whose: &str) -> Metric {
        let dimensions = BTreeMap::from([(dimension.to_owned(), whose.to_owned())]);
        Metric { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
    }
}

/// Values by metric and minute.
#[derive(Default)]
pub struct Metrics(BTreeMap<Metric, BTreeMap<u64, Vec<f64>>>);

impl Metrics {
    /// Adds a value to a minute.
    pub fn put(&mut self, metric: Metric, minute: u64, value: f64) {
        let minutes = self.0.entry(metric).or_default();
        minutes.entry(minute).or_default().push(value);
        while minutes.first_key_value().is_some_and(|(first, _)| first + KEPT < minute) {
            minutes.pop_first();
        }
    }

    /// What was measured in some minutes, and of how many values that is. `None`: nothing.
    pub fn point(&self, metric: &Metric, minutes: Range<u64>, statistic: Statistic) -> Option<(f64, usize)> {
        let values: Vec<f64> =
            self.0.get(metric)?.range(minutes).flat_map(|(_, values)| values).copied().collect();
        Some((statistic.of(&values)?, values.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_of_its_minutes_alone() {
        let errors = Metric::of("AWS/Lambda", "Errors", "FunctionName", "f");
        let mut metrics = Metrics::default();
        for (minute, value) in [(1, 1.0), (2, 2.0), (2, 3.0), (3, 8.0)] {
            metrics.put(errors.clone(), minute, value);
        }
        let sum = |minutes| metrics.point(&errors, minutes, Statistic::Sum);
        assert_eq!((sum(1..3), sum(2..3), sum(4..9)), (Some((6.0, 3)), Some((5.0, 2)), None));
        metrics.put(errors.clone(), 500, 1.0);
        assert_eq!(metrics.point(&errors, 0..400, Statistic::Sum), None, "what is old is forgotten");
    }
}
