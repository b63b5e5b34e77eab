//! Answers about the whole system, kept for a moment: whoever asks all the time costs no more than one who asks once a
//! second.

use std::sync::{Mutex, PoisonError};

use domain::Millis;
use gateway::Reply;

/// Milliseconds for which an answer counts.
const FRESH_MS: u64 = 1_000;

/// The last answer, and when it was made. It is the same for everybody: nothing of a user's is in it.
#[derive(Default)]
pub struct Look(Mutex<Option<(Millis, Reply)>>);

impl Look {
    /// The answer, unless it is too old.
    pub(crate) fn fresh(&self, now: Millis) -> Option<Reply> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(at, _)| now.since(*at) < FRESH_MS).map(|(_, reply)| reply.clone())
    }

    pub(crate) fn keep(&self, now: Millis, reply: &Reply) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, reply.clone()));
    }
}

/// Of each route that looks at the whole system.
#[derive(Default)]
pub struct Looks {
    pub(crate) stats: Look,
    pub(crate) concurrency: Look,
    pub(crate) health: Look,
}
