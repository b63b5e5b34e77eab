//! `/local/model`: the scripted model at work, slowed or failing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use stand_ins::model::{Outcome, Record};

use super::Control;
use super::armed::{self, Armed};
use super::deeds::Did;

/// Calls that are shown: the newest.
const CALLS_MAX: usize = 300;

/// Its delay and its newest calls. Of a real model nothing is known here.
pub(super) async fn look(State(control): State<Control>) -> Json<Value> {
    let Some(model) = &control.model else { return Json(json!({ "scripted": false })) };
    let journal = model.journal();
    let in_flight = journal.iter().filter(|record| record.outcome == Outcome::Running).count();
    let newest = journal.get(journal.len().saturating_sub(CALLS_MAX)..).unwrap_or_default();
    Json(json!({
        "scripted": true,
        "delay_ms": model.default_delay_ms(),
        "asked": journal.len(),
        "in_flight": in_flight,
        "calls": newest.iter().map(call).collect::<Vec<_>>(),
    }))
}

fn call(record: &Record) -> Value {
    let took_ms = record.finished_at_ms.map(|at| at.saturating_sub(record.received_at_ms));
    json!({ "at": record.received_at_ms, "took_ms": took_ms, "outcome": record.outcome })
}

/// What becomes of its next calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// How long an answer takes from now on.
    delay_ms: Option<u64>,
    /// Answers the next calls with this status.
    status: Option<u16>,
    /// So many of them; 0: none any more.
    #[serde(default = "one")]
    times: u32,
}

fn one() -> u32 {
    1
}

/// Slows the model, or lets its next calls fail.
pub(super) async fn change(State(control): State<Control>, Json(change): Json<Change>) -> Response {
    let Some(model) = &control.model else {
        return (StatusCode::NOT_FOUND, "a real model answers: it cannot be changed from here")
            .into_response();
    };
    if let Some(delay_ms) = change.delay_ms {
        let (at, before_ms) = (control.lambda.clock().now(), model.default_delay_ms());
        model.set_default_delay_ms(delay_ms);
        control.deeds.did(at, Did::ModelTakes { delay_ms, before_ms });
    }
    if let Some(status) = change.status {
        armed::arm(&control, Armed::Model { status }, change.times);
    }
    StatusCode::NO_CONTENT.into_response()
}
