//! `/local/CHANNEL/CHAT/redeliver`: a platform sends a webhook once more.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Control, delivered};

/// Which one: the event that saying something was answered with, Telegram's `update_id`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Again {
    event: String,
}

/// Sends it as the platform words a repetition.
pub(super) async fn redeliver(
    State(control): State<Control>,
    Path((channel, _)): Path<(String, String)>,
    Json(again): Json<Again>,
) -> Response {
    match control.platforms.get(channel.as_str()) {
        Some(platform) => delivered(platform.redeliver(&again.event).await),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The same of Telegram.
pub(super) async fn telegram_redeliver(State(control): State<Control>, Json(again): Json<Again>) -> Response {
    let Some(telegram) = &control.telegram else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(update_id) = again.event.parse() else { return StatusCode::BAD_REQUEST.into_response() };
    match telegram.redeliver(update_id).await {
        Ok(delivered) => Json(delivered).into_response(),
        Err(_) => (StatusCode::BAD_REQUEST, "there is no such update").into_response(),
    }
}
