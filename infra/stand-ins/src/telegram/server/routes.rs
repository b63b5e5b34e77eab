//! The paths of both sides.
use super::{Call, Delivered, Fault, Handle, Line, Say, UnknownId, locked};
use crate::connection::Cutter;
use crate::telegram::methods::Answer;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) fn router(handle: Handle) -> Router {
    Router::new()
        .route("/{bot}/{method}", any(call))
        .route("/file/{bot}/{*path}", get(file))
        .route("/user/{chat}/say", post(say))
        .route("/user/{chat}/press", post(press))
        .route("/user/{chat}/edit", post(edit))
        .route("/user/{chat}/messages", get(messages))
        .route("/redeliver/{update}", post(redeliver))
        .route("/journal", get(journal))
        .route("/control/faults", post(set_faults))
        .route("/control/token", post(revoke))
        .fallback(not_found)
        .with_state(handle)
}

async fn not_found() -> Response {
    Answer::error(404, "Not Found").into_response()
}

async fn call(
    State(handle): State<Handle>,
    ConnectInfo(connection): ConnectInfo<Cutter>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = check_token(&handle, &bot) {
        return refusal.into_response();
    }
    let Some(parameters) = parameters(query.as_deref(), &headers, &body) else {
        return Answer::error(400, "Bad Request: can't parse the request").into_response();
    };
    handle.call(&method, parameters).map_or_else(
        || {
            connection.cut();
            StatusCode::BAD_GATEWAY.into_response()
        },
        IntoResponse::into_response,
    )
}

fn check_token(handle: &Handle, bot: &str) -> Result<(), Answer> {
    let token = bot.strip_prefix("bot").ok_or_else(|| Answer::error(404, "Not Found"))?;
    if *token == *locked(&handle.token) { Ok(()) } else { Err(Answer::error(401, "Unauthorized")) }
}

/// <https://core.telegram.org/bots/api#making-requests>: query string, form and JSON, together.
fn parameters(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    let form = |bytes: &[u8]| serde_urlencoded::from_bytes::<Vec<(String, String)>>(bytes).ok();
    let mut all: Map<String, Value> = form(query.unwrap_or_default().as_bytes())?
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if body.is_empty() {
    } else if kind.starts_with("application/json") {
        all.extend(serde_json::from_slice::<Map<String, Value>>(body).ok()?);
    } else {
        all.extend(form(body)?.into_iter().map(|(name, value)| (name, value.into())));
    }
    Some(Value::Object(all))
}

/// `{"token": "..."}`: the bot's new one.
async fn revoke(State(handle): State<Handle>, Json(revoked): Json<Value>) -> StatusCode {
    handle.revoke(crate::json::text(&revoked, "token"));
    StatusCode::NO_CONTENT
}

async fn file(State(handle): State<Handle>, Path((bot, path)): Path<(String, String)>) -> Response {
    match check_token(&handle, &bot).map(|()| handle.file(&path)) {
        Ok(Some(bytes)) => bytes.into_response(),
        Ok(None) => not_found().await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn say(State(handle): State<Handle>, Path(chat): Path<i64>, Json(said): Json<Say>) -> Json<Delivered> {
    Json(handle.say(chat, said).await)
}

#[derive(Deserialize)]
struct Press {
    data: String,
}

async fn press(
    State(handle): State<Handle>,
    Path(chat): Path<i64>,
    Json(pressed): Json<Press>,
) -> Json<Delivered> {
    Json(handle.press(chat, &pressed.data).await)
}

#[derive(Deserialize)]
struct Edit {
    message_id: i64,
    text: String,
}

async fn edit(
    State(handle): State<Handle>,
    Path(chat): Path<i64>,
    Json(edit): Json<Edit>,
) -> Result<Json<Delivered>, UnknownId> {
    handle.edit(chat, edit.message_id, &edit.text).await.map(Json)
}

async fn redeliver(
    State(handle): State<Handle>,
    Path(update): Path<i64>,
) -> Result<Json<Delivered>, UnknownId> {
    handle.redeliver(update).await.map(Json)
}

async fn messages(State(handle): State<Handle>, Path(chat): Path<i64>) -> Json<Vec<Line>> {
    Json(handle.messages(chat))
}

async fn journal(State(handle): State<Handle>) -> Json<Vec<Call>> {
    Json(handle.journal())
}

async fn set_faults(State(handle): State<Handle>, Json(faults): Json<Vec<Fault>>) -> Json<Value> {
    let count = faults.len();
    handle.set_faults(faults);
    Json(json!({ "faults": count }))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body)).into_response()
    }
}

impl IntoResponse for UnknownId {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
