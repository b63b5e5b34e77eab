//! The users and the platform: who writes what, and when it is delivered.

use domain::Millis;
use fastrand::Rng;

use super::faults::Faults;

/// Something a user did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who: the chat id.
    pub user: u64,
    /// Which message of the platform; counted up in a chat.
    pub message_id: u64,
    /// When, in milliseconds since the start.
    pub at_ms: u64,
    /// The text: a word of its own for every message, or a cancel.
    pub text: String,
}

impl Said {
    /// The platform's time of it: whole seconds.
    pub fn sent_at(&self) -> Millis {
        let at_ms = super::START.0 + i64::try_from(self.at_ms).unwrap_or(0);
        Millis(at_ms - at_ms.rem_euclid(1_000))
    }
}

/// A delivery of it: when, in milliseconds since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When.
    pub at_ms: u64,
    /// What.
    pub said: Said,
}

/// What a cancel says.
pub const CANCEL: &str = "cancel";

/// A plan for a few users: what they write, and every delivery of it, in order of time.
pub fn plan(rng: &mut Rng, faults: &Faults) -> Vec<Delivery> {
    let users = rng.choice([1, 1, 1, 2, 3]).unwrap_or(1);
    let mut deliveries = Vec::new();
    for user in 1..=users {
        let shapes = [(1..=6, 20_000), (1..=6, 200_000), (11..=14, 5_000), (18..=26, 900_000)];
        let (count, span) = rng.choice(shapes).unwrap_or((1..=3, 20_000));
        let mut times: Vec<(u64, bool)> = (0..rng.u64(count)).map(|_| (rng.u64(0..span), false)).collect();
        let cancels = rng.choice([0, 0, 1, 2]).unwrap_or(0);
        times.extend((0..cancels).map(|_| (rng.u64(0..span + 10_000), true)));
        times.sort_unstable();
        for (number, (at_ms, is_cancel)) in (1_u64..).zip(times) {
            let text = if is_cancel { CANCEL.to_owned() } else { format!("u{user}m{number}") };
            let said = Said { user, message_id: number, at_ms, text };
            deliveries.extend(delivered(rng, faults, &said));
        }
    }
    deliveries.sort_by_key(|delivery| (delivery.at_ms, delivery.said.user, delivery.said.message_id));
    deliveries
}

/// At once and once; or late, and again after seconds, minutes, or the five minutes of SQS's memory.
fn delivered(rng: &mut Rng, faults: &Faults, said: &Said) -> Vec<Delivery> {
    if !faults.platform {
        return vec![Delivery { at_ms: said.at_ms + 100, said: said.clone() }];
    }
    let late = rng.choice([100, 100, 100, 100, 5_000, 70_000, 320_000, 900_000]).unwrap_or(100);
    let mut at_ms = said.at_ms + late;
    let mut all = Vec::new();
    for _ in 0..rng.choice([1, 1, 1, 2, 3]).unwrap_or(1) {
        all.push(Delivery { at_ms, said: said.clone() });
        at_ms += rng.choice([500, 30_000, 61_000, 310_000, 700_000, 3_000_000]).unwrap_or(500);
    }
    all
}
