//! Exploration: users, a platform, a model and four functions in one process, under a seeded scheduler and a
//! virtual clock, with everything going wrong that may go wrong; and a ledger that says what must hold.
//!
//! The handlers are the deployed ones, the table's expressions are evaluated by the embedded engine, and the queues
//! are the rules of the SQS stand-in. Every call over the seam is a point where another process may run, time may
//! pass, or the caller may die. The same seed gives the same run: `Report::trace` is its fingerprint.

mod faults;
mod ledger;
mod mutant;
mod people;
mod scheduler;
mod shared;
mod world;

use domain::Millis;

pub use faults::Faults;
pub use ledger::Figures;
pub use mutant::Mutant;

/// When virtual time begins.
pub const START: Millis = Millis(1_795_165_200_000);

/// What one run is made of.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// The bot's strategy, as in `bot.toml`.
    pub strategy: &'static str,
    /// A broken variant of the system, to see that it is caught.
    pub mutant: Option<Mutant>,
    /// What goes wrong; drawn from the seed when absent.
    pub faults: Option<Faults>,
}

/// What a run showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What did not hold. Empty when all is well.
    pub violations: Vec<String>,
    /// Counts.
    pub figures: Figures,
    /// Fingerprint of everything that happened.
    pub trace: u64,
}

/// Runs one schedule to its end.
pub fn explore(setup: &Setup) -> Report {
    scheduler::Scheduler::new(setup).run()
}
