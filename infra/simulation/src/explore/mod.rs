//! Exploration: users, a platform, an owner, a model and four functions in one process, under a seeded scheduler and a
//! virtual clock, with everything going wrong that may go wrong; and a ledger that says what must hold.
//!
//! The handlers are the deployed ones, the table evaluates the deployed expressions, and the queues are the rules of
//! the SQS stand-in. Every call over the seam is a point where another process may run, time may pass, or the caller
//! may die. The same seed gives the same run: `Report::trace` is its fingerprint.

mod errands;
mod faults;
mod ledger;
mod mutant;
mod people;
mod scheduler;
mod shared;
mod world;

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use domain::budget::Spending;
use domain::{Millis, Outcome};

pub use crate::table::Engine;
pub use faults::Faults;
pub use ledger::{Asked, Figures, Shown};
pub use mutant::Mutant;
pub use people::{Deed, Delivery, Said};

/// When virtual time begins.
pub const START: Millis = Millis(1_795_165_200_000);

/// The name of the bot in all runs.
pub(crate) const BOT: &str = "demo";

/// Proves the platform's requests.
pub(crate) const SECRET: &str = "a-secret";

/// What one run is made of.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// The bot's strategy, as in `bot.toml`.
    pub strategy: &'static str,
    /// The bot's policy for a full mailbox, as in `bot.toml`.
    pub when_full: &'static str,
    /// Lines of `bot.toml` before its limits.
    pub bot: &'static str,
    /// Limits that differ from the standard, as lines of `bot.toml`.
    pub limits: &'static str,
    /// A broken variant of the system, to see that it is caught.
    pub mutant: Option<Mutant>,
    /// What goes wrong; drawn from the seed when absent.
    pub faults: Option<Faults>,
    /// What is done and delivered; drawn from the seed when absent.
    pub script: Option<Vec<Delivery>>,
    /// How long the model takes.
    pub model_time: ModelTime,
    /// How long a call over the seam takes, in milliseconds: all processes of a run share one processor.
    pub step_ms: RangeInclusive<i64>,
    /// From when to when the model takes no request, in milliseconds since the start.
    pub model_down_ms: Range<u64>,
    /// How many processors may run at once.
    pub cap: usize,
    /// And for urgent messages.
    pub urgent_cap: usize,
    /// How often kept dead letters are put back into the queue once all is quiet.
    pub replays: u32,
    /// What evaluates the table's expressions.
    pub engine: Engine,
    /// Whether every effect is printed as it happens.
    pub narrate: bool,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            seed: 0,
            strategy: "burst",
            when_full: "reject_newest",
            bot: "",
            limits: "",
            mutant: None,
            faults: None,
            script: None,
            model_time: ModelTime::Drawn,
            step_ms: 2..=10,
            model_down_ms: 0..0,
            cap: 1_000,
            urgent_cap: 1_000,
            replays: 0,
            engine: Engine::default(),
            narrate: false,
        }
    }
}

/// How long the model takes.
#[derive(Debug, Clone)]
pub enum ModelTime {
    /// From 0.3 to 45 seconds, and one to three parts, drawn from the seed.
    Drawn,
    /// So many milliseconds, one part.
    Fixed(u64),
    /// From so many to so many milliseconds, drawn from the seed, one part.
    Between(u64, u64),
    /// So many milliseconds for this user and so many for every other, one part.
    SlowUser {
        /// Who.
        user: u64,
        /// Their milliseconds.
        slow_ms: u64,
        /// Everybody else's.
        others_ms: u64,
    },
}

/// What a run showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What did not hold. Empty when all is well.
    pub violations: Vec<String>,
    /// Counts.
    pub figures: Figures,
    /// The outcome of every message, by user and message id.
    pub outcomes: BTreeMap<(u64, u64), Outcome>,
    /// Everything users saw, in order.
    pub shown: Vec<Shown>,
    /// Everything the model was shown, in order.
    pub asked: Vec<Asked>,
    /// Most model calls at the same time.
    pub in_flight_max: usize,
    /// When requests reached the model while it took none, in milliseconds since the start.
    pub turned_away: Vec<i64>,
    /// What stands in the bot's account at the end, and in each user's.
    pub spent: (Spending, BTreeMap<u64, Spending>),
    /// Everything mailed, in order: address and id.
    pub mailed: Vec<(String, String)>,
    /// Fingerprint of everything that happened.
    pub trace: u64,
}

/// Runs one schedule to its end.
pub fn explore(setup: &Setup) -> Report {
    scheduler::Scheduler::new(setup).run()
}
