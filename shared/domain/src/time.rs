//! Points in time, always passed in.

use std::ops::{Add, Sub};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// The same point in whole seconds, rounded down: what DynamoDB's TTL counts in.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds from `earlier` to here; zero when `earlier` is later (clocks differ between machines).
    pub fn since(self, earlier: Millis) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

impl Add<u64> for Millis {
    type Output = Millis;
    fn add(self, milliseconds: u64) -> Millis {
        Millis(self.0.saturating_add(i64::try_from(milliseconds).unwrap_or(i64::MAX)))
    }
}

impl Sub<u64> for Millis {
    type Output = Millis;
    fn sub(self, milliseconds: u64) -> Millis {
        Millis(self.0.saturating_sub(i64::try_from(milliseconds).unwrap_or(i64::MAX)))
    }
}
