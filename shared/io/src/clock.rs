//! The time: the machine's. A local stack's clock can be advanced: there it is so much later.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Millis;

use crate::config::{self, ConfigError};

/// The variable that says how many milliseconds a local stack's clock is ahead. No deployment has it.
pub const AHEAD: &str = "CLOCK_AHEAD_MS";

/// The machine's clock, or one that is ahead of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    ahead_ms: u64,
}

impl Clock {
    /// So far ahead as `CLOCK_AHEAD_MS` says: the machine's own where it is not set.
    ///
    /// # Errors
    /// It is no number of milliseconds: the owner has to correct it.
    pub fn from_env() -> Result<Clock, ConfigError> {
        Clock::read(config::optional(AHEAD).as_deref())
    }

    fn read(written: Option<&str>) -> Result<Clock, ConfigError> {
        let Some(written) = written else { return Ok(Clock::default()) };
        // A signed number holds it, so that a time can be so much later.
        let ahead_ms = written.parse::<u64>().ok().filter(|ahead_ms| i64::try_from(*ahead_ms).is_ok());
        ahead_ms.map(Clock::ahead).ok_or_else(|| ConfigError::Ahead(written.to_owned()))
    }

    /// The machine's clock, so many milliseconds later.
    pub fn ahead(ahead_ms: u64) -> Clock {
        Clock { ahead_ms }
    }

    /// The time. The one place that reads the machine's clock.
    #[expect(clippy::disallowed_methods, reason = "everything else gets the time from the seam")]
    pub fn now(self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)) + self.ahead_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_ahead_by_so_much_and_what_is_no_number_of_milliseconds_is_refused() {
        let hour = Clock::read(Some("3600000")).unwrap();
        let (machine, ahead) = (Clock::read(None).unwrap().now(), hour.now());
        assert!(ahead.since(machine) >= 3_600_000);
        for wrong in ["an hour", "-1", "1.5", "3600000ms", " 1", "9223372036854775808"] {
            let refused = Clock::read(Some(wrong)).unwrap_err().to_string();
            assert_eq!(
                refused,
                format!(
                    "CLOCK_AHEAD_MS: `{wrong}` is no number of milliseconds; leave it out for the machine's time"
                )
            );
        }
    }
}
