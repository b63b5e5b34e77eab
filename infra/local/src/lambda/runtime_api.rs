//! The Lambda Runtime API, one path prefix per sandbox. Source: AWS Lambda developer guide, "Using the Lambda
//! runtime API", version 2018-06-01.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{Ended, Lambda};

/// The routes.
pub fn router(lambda: Lambda) -> Router {
    let api = "/sandbox/{id}/2018-06-01/runtime";
    Router::new()
        .route(&format!("{api}/invocation/next"), get(next))
        .route(&format!("{api}/invocation/{{request}}/response"), post(response))
        .route(&format!("{api}/invocation/{{request}}/error"), post(error))
        .route(&format!("{api}/init/error"), post(init_error))
        // A response may be 6 MB on Lambda.
        .layer(axum::extract::DefaultBodyLimit::max(6_291_556))
        .with_state(lambda)
}

async fn next(State(lambda): State<Lambda>, Path(id): Path<u64>) -> Response {
    let Some(delivered) = lambda.asks(id) else { return StatusCode::GONE.into_response() };
    let Ok(delivered) = delivered.await else { return StatusCode::GONE.into_response() };
    let now_ms = u128::from(lambda.clock().now_ms());
    let deadline = now_ms + delivered.timeout.as_millis();
    let trace = format!("Root={};Sampled=0", trace_id(&delivered.id, now_ms / 1_000));
    let headers = [
        ("lambda-runtime-aws-request-id", delivered.id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:local".to_owned(),
        ),
        ("lambda-runtime-trace-id", trace),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, delivered.payload).into_response()
}

/// A trace of its own for each invocation, in X-Ray's form: `1-`, the second it began, 24 digits.
fn trace_id(request: &str, now_s: u128) -> String {
    let digits: String = request.chars().filter(char::is_ascii_hexdigit).collect();
    let (pid, number) = digits.split_at(digits.len().min(8));
    let number = number.get(number.len().saturating_sub(16)..).unwrap_or_default();
    format!("1-{now_s:08x}-{pid:0>8}{number:0>16}")
}

async fn response(
    State(lambda): State<Lambda>,
    Path((id, request)): Path<(u64, String)>,
    body: Bytes,
) -> (StatusCode, &'static str) {
    lambda.ends(id, &request, Ended::Response(body.to_vec()));
    (StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
}

async fn error(
    State(lambda): State<Lambda>,
    Path((id, request)): Path<(u64, String)>,
    body: Bytes,
) -> (StatusCode, &'static str) {
    lambda.ends(id, &request, Ended::Failed(String::from_utf8_lossy(&body).into_owned()));
    (StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
}

async fn init_error(body: Bytes) -> (StatusCode, &'static str) {
    tracing::error!(error = %String::from_utf8_lossy(&body), "a function could not start");
    (StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
}
