//! `POST /model/{id}/converse-stream`, as planned.
use super::Handle;
use super::stream::{Step, streamed};
use crate::connection::Cutter;
use crate::listening::wait_for_stop;
use crate::model::converse::{self, ConverseRequest};
use crate::model::journal::Outcome;
use crate::model::script::{Act, Answer, Asked, Plan};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::collections::VecDeque;
use std::time::Duration;

pub(super) async fn stream(
    State(handle): State<Handle>,
    ConnectInfo(connection): ConnectInfo<Cutter>,
    body: Bytes,
) -> Response {
    let request: ConverseRequest = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return refusal(400, None, &format!("The body cannot be read: {error}")),
    };
    let (said, results) = (request.last_said(), request.last_results());
    let mut running = handle.journal.start(&said, request.messages.len(), request.has_system_prompt(), true);
    if let Some(complaint) = request.complaint() {
        running.finish(Outcome::Refused);
        return refusal(400, None, complaint);
    }
    running.shows(request.shown());
    let system = request.system();
    let Plan { delay, act, .. } = handle.plan(Asked::of(&system, &said, results.as_deref())).await;
    match act {
        Act::Hang => {
            wait_for_stop(&mut handle.stopping.subscribe()).await;
            running.finish(Outcome::CutByRule);
            refusal(503, None, "[scripted model] The server stops.")
        }
        Act::Refuse { status, retry_after_s } => {
            tokio::time::sleep(delay).await;
            running.finish(Outcome::Refused);
            refusal(status, retry_after_s, "[scripted model] Refused by a rule.")
        }
        Act::Answer(answer) => {
            let steps = steps(&request, running.sequence(), &answer, delay);
            streamed("application/vnd.amazon.eventstream", steps, running, connection)
        }
    }
}

/// The words come evenly over the delay.
fn steps(request: &ConverseRequest, sequence: u64, answer: &Answer, delay: Duration) -> VecDeque<Step> {
    let words = converse::text_events(&answer.reply);
    let pause = delay / u32::try_from(words.len()).unwrap_or(u32::MAX).max(1);
    let mut steps = VecDeque::from([Step::now(converse::begin())]);
    let told = words.into_iter().take(answer.cut_after_words.unwrap_or(usize::MAX));
    steps.extend(told.map(|event| Step::Send { after: pause, event }));
    if answer.cut_after_words.is_some() {
        steps.push_back(Step::Cut);
        return steps;
    }
    steps.extend(converse::call_events(sequence, &answer.calls).into_iter().map(Step::now));
    steps.push_back(Step::now(converse::end(answer)));
    if answer.is_counted {
        steps.push_back(Step::now(request.usage(answer)));
    }
    steps
}

fn refusal(status: u16, retry_after_s: Option<u32>, message: &str) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (code, Json(json!({ "message": message }))).into_response();
    let exception = HeaderValue::from_static(converse::exception(status));
    response.headers_mut().insert("x-amzn-errortype", exception);
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
