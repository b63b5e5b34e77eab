//! REST-JSON, as the AWS SDKs speak it: `POST /OPERATION`. Source: S3 Vectors API reference.
use super::rules::Refusal;
use super::server::{Faults, Handle};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// "Request payload size: Up to 20 MiB" (user guide, "Limitations and restrictions").
const REQUEST_BYTES_MAX: usize = 20 * 1024 * 1024;

pub(super) fn router(handle: Handle) -> Router {
    Router::new()
        .route("/{operation}", post(call))
        .route("/control/faults", post(faults))
        .route("/control/counts", get(counts))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(handle)
}

async fn call(State(handle): State<Handle>, Path(operation): Path<String>, body: Bytes) -> Response {
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else {
        return refused(Refusal::Validation("Could not parse the request body.".to_owned()));
    };
    match handle.call(&operation, &asked).await {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refused(refusal),
    }
}

async fn faults(State(handle): State<Handle>, Json(faults): Json<Faults>) -> StatusCode {
    handle.set_faults(faults);
    StatusCode::NO_CONTENT
}

async fn counts(State(handle): State<Handle>) -> Json<BTreeMap<String, usize>> {
    Json(handle.counts())
}

fn refused(refusal: Refusal) -> Response {
    let (status, kind, message) = match refusal {
        Refusal::Validation(message) => (StatusCode::BAD_REQUEST, "ValidationException", message),
        Refusal::Denied => (StatusCode::FORBIDDEN, "AccessDeniedException", "Access denied.".to_owned()),
        Refusal::NotFound(message) => (StatusCode::NOT_FOUND, "NotFoundException", message),
        Refusal::Conflict(message) => (StatusCode::CONFLICT, "ConflictException", message),
        Refusal::Throttled => {
            (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate exceeded".to_owned())
        }
        Refusal::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
            "Currently unable to handle the request".to_owned(),
        ),
    };
    (status, [("x-amzn-errortype", kind)], Json(json!({ "message": message }))).into_response()
}
