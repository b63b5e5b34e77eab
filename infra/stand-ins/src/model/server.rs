//! The listener: the model's API, and the controls of the script.
mod answer;
mod converse;
mod embeddings;
mod speech;
mod stream;

use super::journal::{Journal, Record};
use super::script::{Asked, Plan, Rule, Script};
use super::wire;
use crate::clock::{Clock, system_clock};
use crate::connection::Connections;
use crate::listening::serve_until;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A long conversation with images in it, and some room.
const REQUEST_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How the model is served.
#[derive(Clone)]
pub struct Options {
    /// The delay of an answer without a rule.
    pub delay_ms: u64,
    /// The name in the list of models. Requests may name any.
    pub model: String,
    /// Dates the journal and the answers.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { delay_ms: 0, model: "scripted".to_owned(), clock: system_clock() }
    }
}

/// Which rules hold their requests: those that came behind the last ones that were let go. Both count.
#[derive(Clone, Copy)]
struct Held {
    rules: u64,
    let_go: u64,
}

/// The model, for serving it and for controlling it without the wire.
#[derive(Clone)]
pub struct Handle {
    script: Arc<Mutex<Script>>,
    journal: Journal,
    model: Arc<str>,
    stopping: watch::Sender<bool>,
    held: watch::Sender<Held>,
    embeddings: Arc<AtomicUsize>,
    connections: Connections,
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
    /// A model without rules.
    pub fn new(options: Options) -> Self {
        let Options { delay_ms, model, clock } = options;
        let (stopping, held) = (watch::Sender::new(false), watch::Sender::new(Held { rules: 1, let_go: 0 }));
        let script = Arc::new(Mutex::new(Script::new(delay_ms)));
        Self {
            script,
            journal: Journal::new(clock),
            model: model.into(),
            stopping,
            held,
            embeddings: Arc::default(),
            connections: Connections::default(),
        }
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        serve_until(listener, router(self.clone()), self.stopping.clone(), self.connections.clone(), shutdown)
            .await
    }

    /// How many connections its clients have opened so far.
    pub fn connections(&self) -> usize {
        self.connections.taken()
    }

    /// Replaces the rules. Those that hold their requests do so until `let_go`.
    pub fn set_rules(&self, rules: Vec<Rule>) {
        self.held.send_modify(|held| held.rules += 1);
        self.script().set_rules(rules);
    }

    /// Lets go what is held, and what will be by these rules.
    pub fn let_go(&self) {
        self.held.send_modify(|held| held.let_go = held.rules);
    }

    /// So many of the next requests get this status; the rules stay. Answers how many would have.
    pub fn refuse_next(&self, status: u16, times: u32) -> u32 {
        self.script().refuse_next(status, times)
    }

    /// The rules with what is left of their times.
    pub fn rules(&self) -> Vec<Rule> {
        self.script().rules().to_vec()
    }

    /// Changes the delay of answers without a rule.
    pub fn set_default_delay_ms(&self, delay_ms: u64) {
        self.script().set_default_delay_ms(delay_ms);
    }

    /// The delay of answers without a rule.
    pub fn default_delay_ms(&self) -> u64 {
        self.script().default_delay_ms()
    }

    /// How many requests for embeddings came; the journal has those for answers.
    pub fn embeddings(&self) -> usize {
        self.embeddings.load(Ordering::Relaxed)
    }

    /// Every request so far, in order of arrival.
    pub fn journal(&self) -> Vec<Record> {
        self.journal.records()
    }

    /// All that a request said, a line for each of its messages, calls and tools; only the newest are kept.
    pub fn shown(&self, sequence: u64) -> Option<String> {
        self.journal.shown(sequence)
    }

    /// Decides what is done with a request; returns when it may be done.
    async fn plan(&self, asked: Asked<'_>) -> Plan {
        let plan = self.script().plan(asked);
        if plan.held {
            let mut held = self.held.subscribe();
            let rules = held.borrow().rules;
            // It cannot fail: the sender is ours.
            let _ = held.wait_for(|held| held.let_go >= rules).await;
        }
        plan
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(handle: Handle) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(answer::chat))
        .route("/v1/embeddings", post(embeddings::embed))
        .route("/model/{id}/converse-stream", post(converse::stream))
        .route("/v1/audio/transcriptions", post(speech::transcribe))
        .route("/v1/models", get(models))
        .route("/control/rules", get(rules).post(set_rules))
        .route("/control/let-go", post(let_go))
        .route("/control/default", post(set_default))
        .route("/control/journal", get(journal))
        .route("/control/shown/{sequence}", get(shown))
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

async fn let_go(State(handle): State<Handle>) {
    handle.let_go();
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

async fn shown(State(handle): State<Handle>, Path(sequence): Path<u64>) -> Result<String, StatusCode> {
    handle.shown(sequence).ok_or(StatusCode::NOT_FOUND)
}
