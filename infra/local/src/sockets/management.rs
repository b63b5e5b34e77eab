//! `@connections`: how functions reach those who are connected, and what goes wrong on that way. Source: API Gateway
//! developer guide, "Use @connections commands in your backend service".

use std::sync::{MutexGuard, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::Sockets;

/// What becomes of the next posts.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Faults {
    /// Of so many.
    times: u32,
    /// They are answered with this; without one, not at all.
    status: Option<u16>,
}

impl Sockets {
    /// Where functions reach the connections of an API's stage, and tests break the way there.
    pub fn management(&self) -> Router {
        Router::new()
            .route("/{api}/{stage}/@connections/{id}", post(tell))
            .route("/control/faults", post(set_faults))
            .with_state(self.clone())
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with this post, if something does.
    fn next_fault(&self) -> Option<Faults> {
        let mut faults = self.faults();
        faults.times = faults.times.checked_sub(1)?;
        Some(faults.clone())
    }
}

async fn set_faults(State(sockets): State<Sockets>, Json(faults): Json<Faults>) -> StatusCode {
    *sockets.faults() = faults;
    StatusCode::NO_CONTENT
}

/// `POST /@connections/{id}`: what the client is to be told.
async fn tell(
    State(sockets): State<Sockets>,
    Path((_, _, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    text: String,
) -> Response {
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !(signed.starts_with("AWS4-HMAC-SHA256 ") && signed.contains("/execute-api/aws4_request")) {
        return error(StatusCode::FORBIDDEN, "ForbiddenException");
    }
    if let Some(fault) = sockets.next_fault() {
        let Some(status) = fault.status else { return std::future::pending().await };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return error(status, name_of(status));
    }
    let is_there = sockets.open().get(&id).is_some_and(|teller| teller.send(text).is_ok());
    if is_there { StatusCode::OK.into_response() } else { error(StatusCode::GONE, name_of(StatusCode::GONE)) }
}

fn name_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::GONE => "GoneException",
        StatusCode::FORBIDDEN => "ForbiddenException",
        StatusCode::TOO_MANY_REQUESTS => "LimitExceededException",
        _ => "InternalServerErrorException",
    }
}

fn error(status: StatusCode, name: &'static str) -> Response {
    (status, [("x-amzn-errortype", name)], json!({ "message": name }).to_string()).into_response()
}
