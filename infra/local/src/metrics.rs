//! What the functions have measured since the stack began, out of the lines that CloudWatch would read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::cloudwatch;

/// Sums and numbers of values by metric. Clones are the same totals.
#[derive(Clone, Default)]
pub struct Totals(Arc<Mutex<BTreeMap<String, (f64, u64)>>>);

impl Totals {
    /// Takes up a line of embedded metrics; any other says nothing.
    pub fn take_up(&self, line: &str) {
        let mut totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (metric, value) in cloudwatch::measured(line) {
            let total = totals.entry(metric.name).or_default();
            *total = (total.0 + value, total.1 + 1);
        }
    }

    /// For people and scripts.
    pub fn shown(&self) -> Value {
        let totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = totals
            .iter()
            .map(|(name, (sum, values))| (name.clone(), json!({ "sum": sum, "values": values })));
        Value::Object(shown.collect())
    }
}
