//! Metrics as CloudWatch reads them out of a log: one line for each invocation, and no agent.
//!
//! Source: Amazon CloudWatch user guide, "Specification: Embedded metric format". Nothing of a user's is in a line.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::figures::{Figures, Tally};
use domain::metric::Unit;
use domain::{Metric, Millis};
use serde_json::{Map, Value, json};

/// Where CloudWatch keeps them.
pub const NAMESPACE: &str = "Turnwise";

/// Most values of one metric in a line; the format's own bound.
const VALUES_MAX: usize = 100;

/// What was measured: times value by value, anything else as its sum.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured(BTreeMap<Metric, Vec<u64>>);

impl Measured {
    /// Adds a value.
    pub fn add(&mut self, metric: Metric, value: u64) {
        let values = self.0.entry(metric).or_default();
        if metric.unit() == Unit::Milliseconds {
            let has_room = values.len() < VALUES_MAX;
            values.extend(has_room.then_some(value));
        } else {
            *values = vec![values.iter().sum::<u64>() + value];
        }
    }

    /// The sum of what was measured of a metric.
    pub fn sum(&self, metric: Metric) -> u64 {
        self.0.get(&metric).map_or(0, |values| values.iter().sum())
    }

    /// The line for CloudWatch. `None`: nothing was measured.
    pub fn line(&self, stack: &str, at: Millis) -> Option<String> {
        let measured = self.0.iter().filter(|(_, values)| values.iter().any(|value| *value > 0));
        let measured: Vec<(&Metric, &Vec<u64>)> = measured.collect();
        if measured.is_empty() {
            return None;
        }
        let declared =
            measured.iter().map(|(metric, _)| json!({ "Name": metric.name(), "Unit": unit(**metric) }));
        let declared = json!([{
            "Namespace": NAMESPACE,
            "Dimensions": [["Stack"]],
            "Metrics": declared.collect::<Vec<_>>(),
        }]);
        let mut line = Map::new();
        line.insert("_aws".to_owned(), json!({ "Timestamp": at.0, "CloudWatchMetrics": declared }));
        line.insert("Stack".to_owned(), stack.into());
        line.extend(
            measured.into_iter().map(|(metric, values)| (metric.name().to_owned(), shown(*metric, values))),
        );
        Some(Value::Object(line).to_string())
    }
}

fn unit(metric: Metric) -> &'static str {
    match metric.unit() {
        Unit::Count => "Count",
        Unit::Milliseconds => "Milliseconds",
        Unit::Microcents => "None",
    }
}

/// One value by itself, several as a list.
fn shown(metric: Metric, values: &[u64]) -> Value {
    let value = |value: &u64| match metric.unit() {
        Unit::Count | Unit::Milliseconds => (*value).into(),
        Unit::Microcents => dollars(*value).into(),
    };
    match values {
        [only] => value(only),
        values => values.iter().map(value).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn dollars(microcents: u64) -> f64 {
    microcents as f64 / 100_000_000.0
}

/// What a process measures: until it is printed, and until it is written for all. A sandbox handles one event at a time.
#[derive(Debug, Default)]
pub struct Meter(Mutex<(Measured, Tally)>);

impl Meter {
    /// Adds a value.
    pub fn add(&self, metric: Metric, value: u64, now: Millis) {
        let mut meter = self.locked();
        meter.0.add(metric, value);
        meter.1.add(metric, value, now);
    }

    /// Prints what was measured since the last time. That nobody reads it is no reason to fail.
    pub fn print(&self, stack: &str, at: Millis) {
        let measured = std::mem::take(&mut self.locked().0);
        if let Some(line) = measured.line(stack, at) {
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }

    /// What is to be written for all, by slots.
    pub fn due(&self, now: Millis) -> Vec<(i64, Figures)> {
        self.locked().1.due(now)
    }

    fn locked(&self) -> MutexGuard<'_, (Measured, Tally)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::Outcome;

    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let mut measured = Measured::default();
        measured.add(Metric::Acknowledged, 1);
        measured.add(Metric::Acknowledged, 1);
        measured.add(Metric::Ended(Outcome::TimedOut), 1);
        measured.add(Metric::WaitingTime, 12);
        measured.add(Metric::WaitingTime, 30);
        measured.add(Metric::ModelCost, 25_000_000);
        measured.add(Metric::ModelRetries, 0);
        let line: Value = measured
            .line("shop-prod", Millis(7))
            .and_then(|line| serde_json::from_str(&line).ok())
            .unwrap_or_default();
        let metric = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
        let metrics = [
            metric("Acknowledged", "Count"),
            metric("TimedOut", "Count"),
            metric("WaitingTime", "Milliseconds"),
            metric("ModelCost", "None"),
        ];
        let wanted = json!({
            "_aws": { "Timestamp": 7, "CloudWatchMetrics": [
                { "Namespace": "Turnwise", "Dimensions": [["Stack"]], "Metrics": metrics },
            ] },
            "Stack": "shop-prod",
            "Acknowledged": 2, "TimedOut": 1, "WaitingTime": [12, 30], "ModelCost": 0.25,
        });
        assert_eq!(line, wanted);
    }

    #[test]
    fn nothing_measured_is_no_line() {
        assert_eq!(Measured::default().line("local", Millis(0)), None);
    }
}
