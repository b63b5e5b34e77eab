//! `/local/...`: looking into the stack and breaking it. Only here, never in a deployment.

mod again;
mod armed;
mod clock;
mod deeds;
mod ledger;
mod model;
mod since;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use stand_ins::network::Weather;

use self::armed::Armed;
pub use self::deeds::Deeds;
use self::deeds::Did;
use crate::audit::Table;
use crate::lambda::Lambda;
use crate::metrics::Totals;
use crate::network::Network;
use crate::permissions::{Journal, Permissions};

/// What can be looked into.
#[derive(Clone)]
pub struct Control {
    /// The functions.
    pub lambda: Lambda,
    /// The queues, when they are the stand-in's.
    pub queues: Option<stand_ins::sqs::Handle>,
    /// What says when something is due.
    pub schedules: stand_ins::scheduler::Handle,
    /// The table.
    pub table: Arc<Table>,
    /// The model, when it is the scripted one.
    pub model: Option<stand_ins::model::Handle>,
    /// The mail server, when it is the stand-in.
    pub post: Option<stand_ins::smtp::Handle>,
    /// Telegram, when it is the stand-in.
    pub telegram: Option<stand_ins::telegram::Handle>,
    /// The other platforms that are stand-ins, by channel.
    pub platforms: Arc<BTreeMap<&'static str, stand_ins::chat::Handle>>,
    /// What each function may do, and did.
    pub permissions: Permissions,
    /// What the functions have measured.
    pub totals: Totals,
    /// What lies between the parts, when it can break.
    pub network: Option<Network>,
    /// What was done to the stack.
    pub deeds: Deeds,
    /// What does not change.
    pub facts: Arc<Facts>,
}

/// What does not change while the stack runs.
pub struct Facts {
    /// The bot's name.
    pub bot: String,
    /// The channel it is made for.
    pub channel: Option<String>,
    /// The table's name.
    pub table: String,
    /// Who answers.
    pub model: String,
    /// The most turns at a time, and so the most model calls.
    pub model_concurrency: u16,
    /// What the scripted model takes for an answer unless told otherwise.
    pub model_delay_ms: u64,
    /// Seconds until a doorbell that was not answered rings again.
    pub visibility_timeout_s: u64,
    /// Name to URL.
    pub endpoints: BTreeMap<&'static str, String>,
    /// Secrets that were made up for this stack.
    pub secrets: BTreeMap<String, String>,
}

/// The routes.
pub fn router(control: Control) -> Router {
    Router::new()
        .route("/local/state", get(state))
        .route("/local/permissions", get(permissions))
        .route("/local/metrics", get(metrics))
        .route("/local/clock", post(clock::advance))
        .route("/local/kill", post(kill))
        .route("/local/faults", post(faults))
        .route("/local/disarm", post(armed::disarm))
        .route("/local/deeds", post(deeds::tell).delete(deeds::forget))
        .route("/local/account", post(account))
        .route("/local/weather", post(weather))
        .route("/local/outbox", get(outbox))
        .route("/local/outbox/faults", post(outbox_faults))
        .route("/local/telegram/{chat}", get(telegram_chat).post(telegram_say))
        .route("/local/telegram/{chat}/press", post(telegram_press))
        .route("/local/telegram/{chat}/redeliver", post(again::telegram_redeliver))
        .route("/local/telegram/{chat}/outcomes", get(ledger::telegram_outcomes))
        .route("/local/{channel}/{chat}", get(chat).post(say))
        .route("/local/{channel}/{chat}/press", post(press))
        .route("/local/{channel}/{chat}/redeliver", post(again::redeliver))
        .route("/local/{channel}/{chat}/outcomes", get(ledger::outcomes))
        .route("/local/ledger", get(ledger::ledger))
        .route("/local/model", get(model::look).post(model::change))
        .layer(axum::middleware::from_fn(from_this_machine))
        .with_state(control)
}

/// Secrets and kills are for this machine alone. A tunnel to the webhooks comes with another host name, or says that
/// it forwards; a page of somebody else's in this machine's browser comes with an origin of its own.
async fn from_this_machine(request: Request, next: Next) -> Response {
    if is_local(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "only from this machine").into_response()
    }
}

fn is_local(headers: &HeaderMap) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = header("host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_forwarded = header("x-forwarded-for").is_some() || header("forwarded").is_some();
    let is_foreign = header("origin").is_some_and(|origin| origin != format!("http://{host}"));
    matches!(name, "127.0.0.1" | "localhost" | "[::1]") && !is_forwarded && !is_foreign
}

async fn state(State(control): State<Control>) -> Json<Value> {
    let queues = control.queues.as_ref().map(stand_ins::sqs::Handle::snapshot);
    Json(json!({
        "bot": control.facts.bot,
        "channel": control.facts.channel,
        "channels": channels::CHANNELS.iter().map(domain::Channel::name).collect::<Vec<_>>(),
        "table": control.facts.table,
        "model": control.facts.model,
        "model_concurrency": control.facts.model_concurrency,
        "model_delay_ms": control.facts.model_delay_ms,
        "visibility_timeout_s": control.facts.visibility_timeout_s,
        "endpoints": control.facts.endpoints,
        "secrets": control.facts.secrets,
        "clock": clock::shown(&control),
        "armed": armed::all(&control),
        "deeds": control.deeds.all(),
        "sandboxes": control.lambda.sandboxes(),
        "alarms": control.lambda.cloudwatch().alarms(),
        "backlog": control.lambda.backlog(),
        "queues": queues,
    }))
}

/// What the template grants, what of it was used, and what was refused.
async fn permissions(State(control): State<Control>) -> Json<Journal> {
    Json(control.permissions.journal())
}

/// What has been measured, as CloudWatch would have it.
async fn metrics(State(control): State<Control>) -> Json<Value> {
    Json(control.totals.shown())
}

#[derive(Deserialize)]
struct Kill {
    function: String,
}

/// Kills (SIGKILL) a sandbox of a function that is at work.
async fn kill(State(control): State<Control>, Json(kill): Json<Kill>) -> Json<Value> {
    let at = control.lambda.clock().now();
    let killed = control.lambda.kill_busy(&kill.function, 0);
    if killed > 0 {
        control.deeds.did(at, Did::Killed { function: kill.function });
    }
    Json(json!({ "killed": killed }))
}

#[derive(Deserialize)]
struct Faults {
    function: String,
    kill_next: Option<u32>,
    mappings: Option<bool>,
}

/// Kills the function's next invocations as soon as they have begun, or switches what feeds it off and on.
async fn faults(State(control): State<Control>, Json(faults): Json<Faults>) -> StatusCode {
    if let Some(times) = faults.kill_next {
        armed::arm(&control, Armed::Kill { function: faults.function.clone() }, times);
    }
    if let Some(on) = faults.mappings {
        control.lambda.switch_mappings(&faults.function, on);
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Account {
    concurrency: Option<usize>,
}

/// Lets the account run so many invocations at a time, or as many as come.
async fn account(State(control): State<Control>, Json(account): Json<Account>) -> StatusCode {
    control.lambda.limit_account(account.concurrency);
    StatusCode::NO_CONTENT
}

/// On the functions' way to the table. What is left out is as in good weather.
#[derive(Default, Deserialize)]
#[serde(default)]
struct TableWeather {
    delay_ms: u64,
    fails: f64,
    throttles: f64,
}

/// Makes the way to the table a bad one, or a good one again.
async fn weather(State(control): State<Control>, Json(wanted): Json<TableWeather>) -> Response {
    let Some(network) = &control.network else {
        return (StatusCode::NOT_FOUND, "start with --breakable").into_response();
    };
    let delay_us = wanted.delay_ms * 1_000;
    network.dynamodb.set_weather(Weather {
        delay_us: (delay_us, delay_us),
        fails: wanted.fails,
        throttles: wanted.throttles,
        ..Weather::default()
    });
    StatusCode::NO_CONTENT.into_response()
}

/// Everything that was mailed.
async fn outbox(State(control): State<Control>) -> Response {
    match &control.post {
        Some(post) => Json(json!({ "mails": post.mails() })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What goes wrong with the next mails.
async fn outbox_faults(
    State(control): State<Control>,
    Json(faults): Json<stand_ins::smtp::Faults>,
) -> Response {
    let Some(post) = &control.post else { return StatusCode::NOT_FOUND.into_response() };
    post.set_faults(faults);
    StatusCode::NO_CONTENT.into_response()
}

/// What a user of the Telegram stand-in sees.
async fn telegram_chat(State(control): State<Control>, Path(chat): Path<i64>) -> Response {
    match &control.telegram {
        Some(telegram) => Json(json!({ "messages": telegram.messages(chat) })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What a user of another platform's stand-in sees.
async fn chat(State(control): State<Control>, Path((channel, chat)): Path<(String, String)>) -> Response {
    match control.platforms.get(channel.as_str()) {
        Some(platform) => Json(json!({ "messages": platform.messages(&chat) })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Says something there: the platform signs and sends the webhook.
async fn say(
    State(control): State<Control>,
    Path((channel, chat)): Path<(String, String)>,
    Json(say): Json<stand_ins::chat::Say>,
) -> Response {
    match control.platforms.get(channel.as_str()) {
        Some(platform) => delivered(platform.say(&chat, say).await),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What became of something that a user did there.
fn delivered(done: Result<stand_ins::chat::Delivered, stand_ins::chat::Refused>) -> Response {
    match done {
        Ok(delivered) => Json(delivered).into_response(),
        Err(refused) => (StatusCode::BAD_REQUEST, refused.to_string()).into_response(),
    }
}

/// Presses a button there, by what it carries.
async fn press(
    State(control): State<Control>,
    Path((channel, chat)): Path<(String, String)>,
    Json(press): Json<stand_ins::chat::Press>,
) -> Response {
    match control.platforms.get(channel.as_str()) {
        Some(platform) => delivered(platform.press(&chat, press).await),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Presses a button of the Telegram stand-in.
async fn telegram_press(
    State(control): State<Control>,
    Path(chat): Path<i64>,
    Json(press): Json<stand_ins::chat::Press>,
) -> Response {
    let Some(telegram) = &control.telegram else { return StatusCode::NOT_FOUND.into_response() };
    Json(telegram.press(chat, &press.data).await).into_response()
}

/// Says something as a user of the Telegram stand-in: it signs and sends the webhook.
async fn telegram_say(
    State(control): State<Control>,
    Path(chat): Path<i64>,
    Json(say): Json<stand_ins::telegram::Say>,
) -> Response {
    let Some(telegram) = &control.telegram else { return StatusCode::NOT_FOUND.into_response() };
    Json(telegram.say(chat, say).await).into_response()
}
