//! AWS JSON 1.0: `POST /` with the action in `X-Amz-Target`.
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>
mod actions;
mod answers;
mod digest;
mod errors;
mod requests;

use super::server::Handle;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use errors::WireError;

/// A batch of 1 MiB grows by escapes and base64, at worst sixfold.
const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(super) fn router(handle: Handle) -> Router {
    Router::new()
        .route("/", post(call))
        .fallback(post(call))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(handle)
}

async fn call(State(handle): State<Handle>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    let action = target.strip_prefix("AmazonSQS.").unwrap_or_default();
    let answered = actions::answer(&handle, action, host, &body).await;
    match answered {
        Ok(answer) => answers::json_1_0(&answer),
        Err(error) => error.into_response(),
    }
}

type Answer = Result<serde_json::Value, WireError>;
