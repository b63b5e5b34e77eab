//! What W2 takes from a user's quota: a part of its expression, condition and values.

use domain::quota::{Quota, day};
use domain::{Mailbox, Millis};

use super::expressions as ex;
use super::mailbox_item::number;
use super::writing::Building;

/// Nothing at all, for a bot without quotas.
#[derive(Default)]
pub(super) struct Toll {
    pub set: String,
    pub condition: String,
    values: Vec<(&'static str, String)>,
}

impl Toll {
    /// What is taken now. One write is enough within the same day and pace; in any other case it fails, shows the
    /// mailbox, and the next attempt goes by what was seen.
    pub(super) fn of(quota: &Quota, seen: Option<&Mailbox>, now: Millis) -> Toll {
        let mut toll = Toll::default();
        if quota.per_day > 0 {
            toll.counts(quota, seen, now);
        }
        if quota.per_minute > 0 {
            toll.paces(quota, seen, now);
        }
        toll
    }

    pub(super) fn paid(&self, write: Building) -> Building {
        self.values.iter().fold(write, |write, (name, value)| write.value(name, number(value)))
    }

    fn counts(&mut self, quota: &Quota, seen: Option<&Mailbox>, now: Millis) {
        let today = day(now);
        self.take(":day", &today);
        let another = seen.and_then(|mailbox| mailbox.counted).filter(|(counted, _)| *counted != today);
        if let Some((another, _)) = another {
            self.adds(ex::COUNT_ANEW, ex::AND_ANOTHER_DAY);
            self.take(":seen_day", &another);
        } else {
            self.adds(ex::COUNT, ex::AND_QUOTA_LEFT);
            self.take(":per_day", &quota.per_day);
        }
    }

    fn paces(&mut self, quota: &Quota, seen: Option<&Mailbox>, now: Millis) {
        self.take(":now", &now.0);
        if seen.is_some_and(|mailbox| mailbox.paced_until > Some(now)) {
            self.adds(ex::PACE_AHEAD, ex::AND_WITHIN_PACE);
            self.take(":interval", &quota.interval_ms());
            self.take(":latest", &quota.latest(now).0);
        } else {
            self.adds(ex::PACE, ex::AND_NOT_AHEAD);
            self.take(":next", &(now + quota.interval_ms()).0);
        }
    }

    fn adds(&mut self, set: &str, condition: &str) {
        self.set += set;
        self.condition += condition;
    }

    fn take(&mut self, name: &'static str, value: &impl ToString) {
        self.values.push((name, value.to_string()));
    }
}
