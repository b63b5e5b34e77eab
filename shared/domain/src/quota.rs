//! How many messages a user may send: in a burst, and in a day.

use crate::limits::Limits;
use crate::mailbox::{Mailbox, NotAdmitted};
use crate::time::Millis;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// A user's quota. 0: as many as they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Messages in a minute.
    pub per_minute: u64,
    /// Messages in a day, which begins at 00:00 UTC.
    pub per_day: u64,
}

/// The day a time falls on, counted from 1970-01-01, in UTC.
pub fn day(at: Millis) -> i64 {
    at.0.div_euclid(DAY_MS)
}

impl Quota {
    /// The quota that these limits give to a user.
    pub fn of(limits: &Limits) -> Quota {
        Quota { per_minute: limits.user_messages_per_minute, per_day: limits.user_messages_per_day }
    }

    /// Milliseconds after which an even stream brings the next message (GCRA: the generic cell rate algorithm of ATM
    /// traffic management, a leaky bucket that keeps one number).
    pub fn interval_ms(&self) -> u64 {
        MINUTE_MS / self.per_minute.max(1)
    }

    /// Up to when the messages of an even stream may have been sent ahead.
    pub fn latest(&self, now: Millis) -> Millis {
        now + MINUTE_MS.saturating_sub(self.interval_ms())
    }

    /// Why no more is admitted now.
    pub fn exceeded(&self, mailbox: &Mailbox, now: Millis) -> Option<NotAdmitted> {
        let is_today = |(counted, _): &(i64, u64)| *counted == day(now);
        let today = mailbox.counted.filter(is_today).map_or(0, |(_, messages)| messages);
        if self.per_day > 0 && today >= self.per_day {
            return Some(NotAdmitted::OverQuota);
        }
        let too_fast = self.per_minute > 0 && mailbox.paced_until > Some(self.latest(now));
        too_fast.then_some(NotAdmitted::TooFast)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_165_200_000);

    #[test]
    fn a_day_s_count_ends_with_the_day() {
        let quota = Quota { per_minute: 0, per_day: 3 };
        let mailbox = |on, messages| Mailbox { counted: Some((on, messages)), ..Mailbox::default() };
        assert_eq!(quota.exceeded(&mailbox(day(NOW), 3), NOW), Some(NotAdmitted::OverQuota));
        assert_eq!(quota.exceeded(&mailbox(day(NOW), 2), NOW), None);
        assert_eq!(quota.exceeded(&mailbox(day(NOW) - 1, 3), NOW), None);
        assert_eq!(Quota { per_day: 0, ..quota }.exceeded(&mailbox(day(NOW), 3_000), NOW), None);
    }

    #[test]
    fn a_minute_s_messages_may_come_at_once_and_then_one_by_one() {
        let quota = Quota { per_minute: 4, per_day: 0 };
        let mut mailbox = Mailbox::default();
        let mut sent = |at| {
            let is_free = quota.exceeded(&mailbox, at).is_none();
            if is_free {
                mailbox.paced_until =
                    Some(mailbox.paced_until.map_or(at, |until| until.max(at)) + quota.interval_ms());
            }
            is_free
        };
        assert_eq!([0; 5].map(|_| sent(NOW)), [true, true, true, true, false]);
        assert_eq!([15_000, 15_001, 30_000].map(|ms| sent(NOW + ms)), [true, false, true]);
    }
}
