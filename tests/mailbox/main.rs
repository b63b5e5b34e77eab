//! One mailbox and many who want it at once, on real threads: nobody may be able to tell that they did not come one
//! after another, and however many come, ten wait.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod crowd;
mod linearizability;
mod ring;

mod clients;
mod restless;
mod specification;

use domain::Millis;

/// The time. It stands.
const NOW: Millis = Millis(1_795_165_200_000);
