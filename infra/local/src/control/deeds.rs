//! `/local/deeds`: what was done to the stack, for whoever looks. It is forgotten when the stack stops.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::Millis;
use serde::{Deserialize, Serialize};

use super::Control;
use super::armed::Armed;

/// Deeds that are kept: the newest.
const KEPT: usize = 20;

/// The deeds, the oldest first. Clones are the same ones.
#[derive(Clone, Default)]
pub struct Deeds(Arc<Mutex<Journal>>);

#[derive(Default)]
struct Journal {
    last_id: u64,
    deeds: VecDeque<Deed>,
}

/// Something that was done.
#[derive(Clone, Serialize)]
pub(super) struct Deed {
    id: u64,
    at_ms: i64,
    #[serde(flatten)]
    did: Did,
}

/// What it was.
#[derive(Clone, Serialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub(super) enum Did {
    /// A sandbox that was at work.
    Killed { function: String },
    /// Something is to happen so many times.
    Armed { armed: Armed, times: u32 },
    /// It is not to happen any more.
    Disarmed { armed: Armed },
    /// The scripted model has another delay.
    ModelTakes { delay_ms: u64, before_ms: u64 },
    /// The clock was advanced, perhaps to what was due.
    Passed { by_ms: u64, is_due: bool },
    /// Somebody did it at a page.
    Told { what: Told },
}

/// What people do at a page, and only the page knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub(super) enum Told {
    /// Everybody sent ten.
    Flood,
    /// One person sent ten.
    Ten,
    /// A voice note.
    Voice,
    /// An answer was stopped.
    Stopped,
    /// A message came once more, and was answered with this status.
    Redelivered { status: u16 },
}

impl Deeds {
    /// Writes a deed down, with the moment from which on its outcomes count.
    pub(super) fn did(&self, at: Millis, did: Did) {
        let mut journal = self.journal();
        journal.last_id += 1;
        // Two at once: in the order in which they are written down.
        let at_ms = journal.deeds.back().map_or(at.0, |last| last.at_ms.max(at.0));
        let id = journal.last_id;
        journal.deeds.push_back(Deed { id, at_ms, did });
        if journal.deeds.len() > KEPT {
            journal.deeds.pop_front();
        }
    }

    /// All that are kept.
    pub(super) fn all(&self) -> Vec<Deed> {
        self.journal().deeds.iter().cloned().collect()
    }

    /// The id of each, and when it was.
    pub(super) fn moments(&self) -> Vec<(u64, Millis)> {
        self.journal().deeds.iter().map(|deed| (deed.id, Millis(deed.at_ms))).collect()
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page tells what somebody did there.
pub(super) async fn tell(State(control): State<Control>, Json(what): Json<Told>) -> StatusCode {
    control.deeds.did(control.lambda.clock().now(), Did::Told { what });
    StatusCode::NO_CONTENT
}

/// Empties the list.
pub(super) async fn forget(State(control): State<Control>) -> StatusCode {
    control.deeds.journal().deeds.clear();
    StatusCode::NO_CONTENT
}
