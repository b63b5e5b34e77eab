//! Every interleaving: the deployed handlers under a seeded scheduler, with everything going wrong.
//!
//! `docs/guarantees.md` says what each test shows and gives the figures of long runs.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod appointments;
mod crashes;
mod dead_letters;
mod engines;
mod fairness;
mod incidents;
mod mails;
mod mutants;
mod schedules;
mod sharing;
mod sweeps;
mod takeover;

use simulation::explore::Setup;

/// A third of an exploration is allocation: this one takes two thirds of the system's time for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The strategies and policies for a full mailbox that are explored.
const SHAPES: [(&str, &str); 8] = [
    ("burst", "reject_newest"),
    ("queue", "reject_newest"),
    ("collect", "reject_newest"),
    ("interrupt", "reject_newest"),
    ("latest", "reject_newest"),
    ("reject", "reject_newest"),
    ("queue", "drop_oldest"),
    ("burst", "drop_oldest"),
];

/// A run of this seed, each shape in its turn.
fn setup(seed: u64) -> Setup {
    let at = usize::try_from(seed).unwrap_or(0) % SHAPES.len();
    let (strategy, when_full) = SHAPES.get(at).copied().unwrap_or(("burst", "reject_newest"));
    Setup { seed, strategy, when_full, ..Setup::default() }
}

/// A number from the environment.
fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}
