//! AWS JSON 1.1, as the AWS SDKs speak it.
use super::rules::Refusal;
use super::server::{Faults, Handle};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const JSON: [(&str, &str); 1] = [("content-type", "application/x-amz-json-1.1")];

pub(super) fn router(handle: Handle) -> Router {
    Router::new()
        .route("/", post(call))
        .route("/control/faults", post(faults))
        .route("/control/counts", get(counts))
        .with_state(handle)
}

async fn call(State(handle): State<Handle>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = header("authorization");
    if !signature.starts_with("AWS4-HMAC-SHA256 ") || !signature.contains("/ssm/aws4_request") {
        return refused(400, &of("MissingAuthenticationTokenException", "Request is not signed for ssm"));
    }
    let Some(operation) = header("x-amz-target").strip_prefix("AmazonSSM.") else {
        return refused(400, &of("UnknownOperationException", ""));
    };
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else {
        return refused(400, &of("SerializationException", ""));
    };
    match handle.call(operation, &asked) {
        (_, Ok(body)) => (JSON, body.to_string()).into_response(),
        (status, Err(refusal)) => refused(status, &refusal),
    }
}

async fn faults(State(handle): State<Handle>, Json(faults): Json<Faults>) -> StatusCode {
    handle.set_faults(faults);
    StatusCode::NO_CONTENT
}

async fn counts(State(handle): State<Handle>) -> Json<BTreeMap<String, u64>> {
    Json(handle.counts())
}

fn of(kind: &'static str, message: &str) -> Refusal {
    Refusal { kind, message: message.to_owned() }
}

fn refused(status: u16, refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({ "__type": refusal.kind, "message": refusal.message });
    (status, JSON, body.to_string()).into_response()
}
