//! Vectors, as planned.
use super::Handle;
use super::answer::{refusal, stopped};
use crate::model::meaning::EmbeddingsRequest;
use crate::model::script::{Act, Asked, Plan, Wants};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use std::sync::atomic::Ordering;

pub(super) async fn embed(State(handle): State<Handle>, body: Bytes) -> Response {
    handle.embeddings.fetch_add(1, Ordering::Relaxed);
    let request: EmbeddingsRequest = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return refusal(400, None, &format!("The body cannot be read: {error}")),
    };
    let texts = request.texts().join(" / ");
    let Plan { delay, act, .. } =
        handle.plan(Asked { system: "", said: &texts, wants: Wants::Vectors }).await;
    tokio::time::sleep(delay).await;
    match act {
        Act::Hang => stopped(&handle).await,
        Act::Refuse { status, retry_after_s } => {
            refusal(status, retry_after_s, "[scripted model] Refused by a rule.")
        }
        Act::Answer(_) => Json(request.answer()).into_response(),
    }
}
