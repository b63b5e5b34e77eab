//! The listener: the model's API, and the controls of the script.
use super::journal::{Journal, Outcome, Record, Running};
use super::script::{Act, Plan, Rule, Script};
use super::wire::{self, ChatRequest, Heading, event, words};
use crate::clock::{Clock, system_clock};
use crate::connection::Cutter;
use crate::listening::{serve_until, wait_for_stop};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A long conversation with images in it, and some room.
const REQUEST_BYTES_MAX: usize = 32 * 1024 * 1024;

#[derive(Clone)]
pub struct Options {
    /// The delay of an answer without a rule.
    pub delay_ms: u64,
    /// The name in the list of models. Requests may name any.
    pub model: String,
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { delay_ms: 0, model: "scripted".to_owned(), clock: system_clock() }
    }
}

/// The model, for serving it and for controlling it without the wire.
#[derive(Clone)]
pub struct Handle {
    script: Arc<Mutex<Script>>,
    journal: Journal,
    model: Arc<str>,
    stopping: watch::Sender<bool>,
}

/// Serves the model until the shutdown.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    Handle::new(options).serve(listener, shutdown).await
}

impl Handle {
    pub fn new(options: Options) -> Self {
        let Options { delay_ms, model, clock } = options;
        let (stopping, _) = watch::channel(false);
        let script = Arc::new(Mutex::new(Script::new(delay_ms)));
        Self { script, journal: Journal::new(clock), model: model.into(), stopping }
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        serve_until(listener, router(self.clone()), self.stopping.clone(), shutdown).await
    }

    /// Replaces the rules.
    pub fn set_rules(&self, rules: Vec<Rule>) {
        self.script().set_rules(rules);
    }

    /// The rules with what is left of their times.
    pub fn rules(&self) -> Vec<Rule> {
        self.script().rules().to_vec()
    }

    pub fn set_default_delay_ms(&self, delay_ms: u64) {
        self.script().set_default_delay_ms(delay_ms);
    }

    /// Every request so far, in order of arrival.
    pub fn journal(&self) -> Vec<Record> {
        self.journal.records()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(handle: Handle) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/models", get(models))
        .route("/control/rules", get(rules).post(set_rules))
        .route("/control/default", post(set_default))
        .route("/control/journal", get(journal))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(handle)
}

async fn models(State(handle): State<Handle>) -> Json<Value> {
    Json(wire::models(&handle.model))
}

async fn rules(State(handle): State<Handle>) -> Json<Vec<Rule>> {
    Json(handle.rules())
}

async fn set_rules(State(handle): State<Handle>, Json(rules): Json<Vec<Rule>>) -> Json<Value> {
    let count = rules.len();
    handle.set_rules(rules);
    Json(json!({ "rules": count }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultDelay {
    delay_ms: u64,
}

async fn set_default(State(handle): State<Handle>, Json(default): Json<DefaultDelay>) -> Json<Value> {
    handle.set_default_delay_ms(default.delay_ms);
    Json(json!({ "delay_ms": default.delay_ms }))
}

async fn journal(State(handle): State<Handle>) -> Json<Vec<Record>> {
    Json(handle.journal())
}

async fn chat(
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
    let Plan { delay, act } = handle.script().plan(&said);
    match act {
        Act::Hang => hang(&handle, running).await,
        Act::Refuse { status, retry_after_s } => {
            let mut running = running;
            tokio::time::sleep(delay).await;
            running.finish(Outcome::Refused);
            refusal(status, retry_after_s, "[scripted model] Refused by a rule.")
        }
        Act::Answer { reply, cut_after_words } if request.stream => {
            let steps = steps(&request, &running, &reply, cut_after_words, delay);
            streamed(steps, running, connection)
        }
        Act::Answer { reply, cut_after_words } => {
            let answer = heading(&request, &running).completion(&reply);
            plain(&answer, running, delay, cut_after_words.map(|_| connection)).await
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
    wait_for_stop(&mut handle.stopping.subscribe()).await;
    running.finish(Outcome::CutByRule);
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

/// What a stream does next.
enum Step {
    Send { after: Duration, event: String },
    Cut,
}

/// The words come evenly over the delay.
fn steps(
    request: &ChatRequest,
    running: &Running,
    reply: &str,
    cut_after_words: Option<usize>,
    delay: Duration,
) -> VecDeque<Step> {
    let heading = heading(request, running);
    let words = words(reply);
    let pause = delay / u32::try_from(words.len()).unwrap_or(u32::MAX).max(1);
    let now = |event| Step::Send { after: Duration::ZERO, event };
    let chunk = |delta: Value, end| event(&heading.chunk(&delta, end).to_string());
    let mut steps = VecDeque::from([now(chunk(json!({"role": "assistant", "content": ""}), None))]);
    for word in words.iter().take(cut_after_words.unwrap_or(usize::MAX)) {
        steps.push_back(Step::Send { after: pause, event: chunk(json!({ "content": word }), None) });
    }
    if cut_after_words.is_some() {
        steps.push_back(Step::Cut);
        return steps;
    }
    steps.push_back(now(chunk(json!({}), Some("stop"))));
    if request.wants_usage() {
        steps.push_back(now(event(&heading.usage_chunk(reply).to_string())));
    }
    steps.push_back(now(event("[DONE]")));
    steps
}

/// The stream owns the running request: when the client hangs up, both are dropped.
fn streamed(steps: VecDeque<Step>, running: Running, connection: Cutter) -> Response {
    let body =
        stream::unfold((steps, running, connection), |(mut steps, mut running, connection)| async move {
            let part = match steps.pop_front()? {
                Step::Send { after, event } => {
                    tokio::time::sleep(after).await;
                    Ok(Bytes::from(event))
                }
                Step::Cut => {
                    // One turn of the runtime, so that the words before are on their way.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    connection.cut();
                    running.finish(Outcome::CutByRule);
                    Err(io::Error::from(io::ErrorKind::ConnectionReset))
                }
            };
            if steps.is_empty() && part.is_ok() {
                running.finish(Outcome::Answered);
            }
            Some((part, (steps, running, connection)))
        });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    (headers, Body::from_stream(body)).into_response()
}

fn refusal(status: u16, retry_after_s: Option<u32>, message: &str) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (code, Json(wire::error(status, message))).into_response();
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
