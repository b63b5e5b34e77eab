//! Latencies as figures.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// Latencies are told apart to three digits, as HDR histograms are used to be.
const DIGITS: u8 = 3;
/// An hour, in milliseconds.
const LONGEST_MS: u64 = 3_600_000;

/// Latencies in milliseconds.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// Of these. `None` where the library cannot be had with our bounds, which does not happen.
    pub fn of(all_ms: impl IntoIterator<Item = u64>) -> Option<Latencies> {
        let mut histogram = Histogram::new_with_bounds(1, LONGEST_MS, DIGITS).ok()?;
        for ms in all_ms {
            histogram.saturating_record(ms);
        }
        Some(Latencies(histogram))
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The value that so many percent do not exceed.
    pub fn percentile(&self, percent: f64) -> u64 {
        self.0.value_at_percentile(percent)
    }

    /// For people.
    pub fn sentence(&self) -> String {
        let at = |percent| self.percentile(percent);
        format!(
            "average {:.0} ms, p50 {}, p95 {}, p99 {}, p99.9 {}, most {}",
            self.0.mean(),
            at(50.0),
            at(95.0),
            at(99.0),
            at(99.9),
            self.0.max()
        )
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        let at = |percent| self.percentile(percent);
        json!({
            "count": self.count(),
            "average_ms": self.0.mean(),
            "p50_ms": at(50.0),
            "p95_ms": at(95.0),
            "p99_ms": at(99.0),
            "p999_ms": at(99.9),
            "max_ms": self.0.max(),
        })
    }
}
