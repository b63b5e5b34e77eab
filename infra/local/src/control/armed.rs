//! `/local/disarm`: what is to happen and has not happened yet, and how it is taken back.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Control;
use super::deeds::Did;

/// Something that waits for its occasion.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum Armed {
    /// The function's next invocations are killed as soon as they have begun.
    Kill { function: String },
    /// The scripted model's next calls get this status.
    Model { status: u16 },
}

/// Everything that waits, and how many times it is still to happen.
pub(super) fn all(control: &Control) -> Vec<Value> {
    let kills = control.lambda.kills_left().into_iter();
    let kills = kills.map(|(function, times)| (Armed::Kill { function }, times));
    let rules = control.model.as_ref().map(stand_ins::model::Handle::rules).unwrap_or_default();
    let refusals =
        rules.iter().filter_map(stand_ins::model::Rule::refuses_next).filter(|(_, times)| *times > 0);
    let refusals = refusals.map(|(status, times)| (Armed::Model { status }, times));
    kills.chain(refusals).map(|(armed, times)| json!({ "armed": armed, "times": times })).collect()
}

/// Lets it happen so many times, from now on; with 0 not any more. Answers whether it was to happen until now.
pub(super) fn arm(control: &Control, armed: Armed, times: u32) -> bool {
    let at = control.lambda.clock().now();
    let before = match &armed {
        Armed::Kill { function } => control.lambda.kill_next(function, times),
        Armed::Model { status } => {
            control.model.as_ref().map_or(0, |model| model.refuse_next(*status, times))
        }
    };
    match (before, times) {
        (0, 0) => {}
        (_, 0) => control.deeds.did(at, Did::Disarmed { armed }),
        _ => control.deeds.did(at, Did::Armed { armed, times }),
    }
    before > 0
}

/// Takes it back. It may have happened a moment ago.
pub(super) async fn disarm(State(control): State<Control>, Json(armed): Json<Armed>) -> Json<Value> {
    Json(json!({ "disarmed": arm(&control, armed, 0) }))
}
