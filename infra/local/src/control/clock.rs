//! `/local/clock`: time passes, at once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Control;
use super::deeds::Did;

/// The longest step: as far ahead as a reminder may be.
const STEP_MS_MAX: u64 = 366 * 86_400_000;

/// How far: `{"by_ms": 180000}`, or `{"to": "due"}`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Advance {
    ByMs(u64),
    To(Moment),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Moment {
    /// When a schedule or a reminder is due next.
    Due,
}

/// The stack's time, how far it is ahead of the machine's, and when something is due next.
pub(super) fn shown(control: &Control) -> Value {
    let clock = control.lambda.clock();
    json!({ "now_ms": clock.now_ms(), "ahead_ms": clock.ahead_ms(), "due_ms": due_ms(control) })
}

fn due_ms(control: &Control) -> Option<u64> {
    control.schedules.next_after(control.lambda.clock().now_ms())
}

/// Advances the clock of everything here at once, and puts new sandboxes in the place of those that there are.
pub(super) async fn advance(State(control): State<Control>, Json(advance): Json<Advance>) -> Response {
    let Some(queues) = &control.queues else {
        return refused(StatusCode::CONFLICT, "the queues are another engine's, which keeps its own time");
    };
    let _alone = control.lambda.clock().alone();
    let by_ms = match advance {
        Advance::ByMs(by_ms) => Some(by_ms),
        Advance::To(Moment::Due) => {
            due_ms(&control).map(|at| at.saturating_sub(control.lambda.clock().now_ms()).max(1))
        }
    };
    let Some(by_ms) = by_ms else { return refused(StatusCode::CONFLICT, "nothing will be due") };
    if !(1..=STEP_MS_MAX).contains(&by_ms) {
        return refused(StatusCode::BAD_REQUEST, "time goes forward, by at most 366 days at once");
    }
    let at = control.lambda.clock().now() + by_ms;
    if let Err(error) = control.lambda.let_pass(by_ms) {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string());
    }
    let is_due = matches!(advance, Advance::To(_));
    control.deeds.did(at, Did::Passed { by_ms, is_due });
    queues.clock_moved();
    control.lambda.warm_all();
    Json(shown(&control)).into_response()
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, why.to_owned()).into_response()
}
