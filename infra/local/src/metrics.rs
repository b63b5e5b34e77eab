//! What the functions have measured since the stack began, out of the lines that CloudWatch would read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

/// Sums and numbers of values by metric. Clones are the same totals.
#[derive(Clone, Default)]
pub struct Totals(Arc<Mutex<BTreeMap<String, (f64, u64)>>>);

impl Totals {
    /// Takes up a line of embedded metrics.
    pub fn take_up(&self, line: &str) {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        let declared = line.pointer("/_aws/CloudWatchMetrics/0/Metrics").and_then(Value::as_array);
        let names = declared.into_iter().flatten().filter_map(|metric| metric.get("Name")?.as_str());
        let mut totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            let total = totals.entry(name.to_owned()).or_default();
            for value in values(line.get(name)) {
                *total = (total.0 + value, total.1 + 1);
            }
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

/// One value, or a list of them.
fn values(value: Option<&Value>) -> Vec<f64> {
    match value {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_f64).collect(),
        value => value.and_then(Value::as_f64).into_iter().collect(),
    }
}
