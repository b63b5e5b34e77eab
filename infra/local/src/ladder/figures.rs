//! What one crowd's times mean.

use super::crowd::{Seen, Told};
use super::floor::{in_turn, least, percentile, rank};

/// A measured time beside what the model's times alone would take. In milliseconds.
#[derive(Clone, Copy)]
pub struct Time {
    /// As it was.
    pub measured: u64,
    /// If the calls went in the order of acceptance.
    pub in_turn: u64,
    /// What no schedule can beat.
    pub floor: u64,
}

/// The figures of one crowd. A *wait* lasts from the webhook's acknowledgement of a message until its user sees the answer.
///
/// The simulator (`tests/simulation/fairness.rs`) has the same measures; there a webhook takes no time.
pub struct Figures {
    /// The wait that half of all exceed.
    pub median: Time,
    /// The wait that one in twenty exceeds.
    pub p95: Time,
    /// *Makespan*: from the moment at which all write until the last of them sees the answer. Its floor is what no schedule
    /// of the model's times on the slots can beat: for calls of one length, users / slots, rounded up, times the length.
    pub makespan: Time,
    /// The slowest wait beside the *fair share*: when the last is done if the calls begin in the order of acceptance, each as
    /// soon as a slot is free, and nothing but the model takes time. For calls of one length it is the floor.
    pub slowest: Time,
    /// Until all were acknowledged.
    pub accepted_ms: u64,
}

impl Figures {
    /// Of what was seen.
    pub fn of(seen: &Seen) -> Figures {
        let Seen { told, cap, .. } = seen;
        let calls: Vec<u64> = told.iter().map(|told| told.call).collect();
        let waits: Vec<u64> = told.iter().map(Told::wait).collect();
        let turns = in_turn(&calls, *cap);
        let at = |percent| Time {
            measured: percentile(&waits, percent),
            in_turn: percentile(&turns, percent),
            floor: least(&calls, *cap, rank(calls.len(), percent) + 1),
        };
        let slowest = at(100);
        let last_seen = told.iter().map(|told| told.seen).max().unwrap_or(0);
        Figures {
            median: at(50),
            p95: at(95),
            makespan: Time { measured: last_seen, ..slowest },
            slowest,
            accepted_ms: told.iter().map(|told| told.accepted).max().unwrap_or(0),
        }
    }
}

impl Time {
    /// In thousandths of the floor.
    pub fn to_floor(self) -> u64 {
        (self.measured * 1_000).div_ceil(self.floor.max(1))
    }

    /// In thousandths of the time when served in turn.
    pub fn to_turn(self) -> u64 {
        (self.measured * 1_000).div_ceil(self.in_turn.max(1))
    }
}

impl Told {
    fn wait(&self) -> u64 {
        self.seen.saturating_sub(self.accepted)
    }
}
