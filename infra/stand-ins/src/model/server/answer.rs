//! One chat completion, as planned: whole or word by word, late, broken or never.
use super::Handle;
use super::stream::{Step, streamed};
use crate::connection::Cutter;
use crate::listening::wait_for_stop;
use crate::model::journal::{Outcome, Running};
use crate::model::script::{Act, Answer, Asked, Plan};
use crate::model::wire::{self, ChatRequest, Heading, event, words};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) async fn chat(
    State(handle): State<Handle>,
    ConnectInfo(connection): ConnectInfo<Cutter>,
    body: Bytes,
) -> Response {
    let request: ChatRequest = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return refusal(400, None, &format!("The body cannot be read: {error}")),
    };
    let said = request.last_said();
    let running =
        handle.journal.start(&said, request.messages.len(), request.has_system_prompt(), request.stream);
    running.quotes(request.quoted());
    running.shows(request.shown());
    let (system, results) = (request.system(), request.last_results());
    let Plan { delay, act, .. } = handle.plan(Asked::of(&system, &said, results.as_deref())).await;
    match act {
        Act::Hang => hang(&handle, running).await,
        Act::Refuse { status, retry_after_s } => {
            let mut running = running;
            tokio::time::sleep(delay).await;
            running.finish(Outcome::Refused);
            refusal(status, retry_after_s, "[scripted model] Refused by a rule.")
        }
        Act::Answer(answer) if request.stream => {
            let steps = steps(&request, &running, &answer, delay);
            streamed("text/event-stream", steps, running, connection)
        }
        Act::Answer(answer) => {
            let body = heading(&request, &running).completion(&answer);
            plain(&body, running, delay, answer.cut_after_words.map(|_| connection)).await
        }
    }
}

fn heading(request: &ChatRequest, running: &Running) -> Heading {
    Heading {
        sequence: running.sequence(),
        created_at_s: running.received_at_s(),
        model: request.model.clone(),
        prompt_tokens: request.words(),
    }
}

async fn hang(handle: &Handle, mut running: Running) -> Response {
    let stopped = stopped(handle).await;
    running.finish(Outcome::CutByRule);
    stopped
}

/// What a request that is never answered gets at the end.
pub(super) async fn stopped(handle: &Handle) -> Response {
    wait_for_stop(&mut handle.stopping.subscribe()).await;
    refusal(503, None, "[scripted model] The server stops.")
}

async fn plain(answer: &Value, mut running: Running, delay: Duration, cut: Option<Cutter>) -> Response {
    tokio::time::sleep(delay).await;
    if let Some(connection) = cut {
        connection.cut();
        running.finish(Outcome::CutByRule);
    } else {
        running.finish(Outcome::Answered);
    }
    Json(answer).into_response()
}

/// The words come evenly over the delay.
fn steps(request: &ChatRequest, running: &Running, answer: &Answer, delay: Duration) -> VecDeque<Step> {
    let heading = heading(request, running);
    let words = words(&answer.reply);
    let pause = delay / u32::try_from(words.len()).unwrap_or(u32::MAX).max(1);
    let chunk = |delta: Value, end| event(&heading.chunk(&delta, end).to_string());
    let mut steps = VecDeque::from([Step::now(chunk(json!({"role": "assistant", "content": ""}), None))]);
    for word in words.iter().take(answer.cut_after_words.unwrap_or(usize::MAX)) {
        steps.push_back(Step::Send { after: pause, event: chunk(json!({ "content": word }), None).into() });
    }
    if answer.cut_after_words.is_some() {
        steps.push_back(Step::Cut);
        return steps;
    }
    steps.extend(heading.call_deltas(&answer.calls).into_iter().map(|delta| Step::now(chunk(delta, None))));
    steps.push_back(Step::now(chunk(json!({}), Some(answer.finish_reason()))));
    if request.wants_usage() && answer.is_counted {
        steps.push_back(Step::now(event(&heading.usage_chunk(&answer.reply).to_string())));
    }
    steps.push_back(Step::now(event("[DONE]")));
    steps
}

pub(super) fn refusal(status: u16, retry_after_s: Option<u32>, message: &str) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (code, Json(wire::error(status, message))).into_response();
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
