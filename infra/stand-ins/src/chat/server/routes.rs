//! The paths of both sides: what is not a user's or the control's is the platform's API.
use super::{Entry, Fault, Handle, Handshake, Line, Sign};
use crate::chat::answers::Answer;
use crate::chat::call::Call;
use crate::chat::people::{Delivered, Edit, Press, Refused, Say, Unsend};
use crate::connection::Cutter;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// Room for voice and pictures in base64.
const BODY_BYTES_MAX: usize = 64 << 20;

type Done = Result<Json<Delivered>, Refused>;

pub(super) fn router(handle: Handle) -> Router {
    Router::new()
        .route("/user/{chat}/say", post(say))
        .route("/user/{chat}/press", post(press))
        .route("/user/{chat}/edit", post(edit))
        .route("/user/{chat}/unsend", post(unsend))
        .route("/user/{chat}/block", post(block))
        .route("/user/{chat}/unblock", post(unblock))
        .route("/user/{chat}/messages", get(messages))
        .route("/user/{chat}/signs", get(signs))
        .route("/redeliver/{event}", post(redeliver))
        .route("/journal", get(journal))
        .route("/control/faults", post(set_faults))
        .route("/control/handshake", post(handshake))
        .fallback(call)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(handle)
}

async fn call(
    State(handle): State<Handle>,
    ConnectInfo(connection): ConnectInfo<Cutter>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
    let at_ms = (handle.clock)();
    let call = Call { verb: method.to_string(), path, query, headers, body, at_ms };
    let (answer, events) = handle.site().call(&call);
    for event in events {
        handle.send(event);
    }
    answer.map_or_else(
        || {
            connection.cut();
            StatusCode::BAD_GATEWAY.into_response()
        },
        Answer::into_response,
    )
}

async fn say(State(handle): State<Handle>, Path(chat): Path<String>, Json(said): Json<Say>) -> Done {
    handle.say(&chat, said).await.map(Json)
}

async fn press(State(handle): State<Handle>, Path(chat): Path<String>, Json(pressed): Json<Press>) -> Done {
    handle.press(&chat, pressed).await.map(Json)
}

async fn edit(State(handle): State<Handle>, Path(chat): Path<String>, Json(edit): Json<Edit>) -> Done {
    handle.edit(&chat, edit).await.map(Json)
}

async fn unsend(State(handle): State<Handle>, Path(chat): Path<String>, Json(unsend): Json<Unsend>) -> Done {
    handle.unsend(&chat, &unsend.message_id).await.map(Json)
}

async fn block(State(handle): State<Handle>, Path(chat): Path<String>) -> Done {
    handle.block(&chat, true).await.map(Json)
}

async fn unblock(State(handle): State<Handle>, Path(chat): Path<String>) -> Done {
    handle.block(&chat, false).await.map(Json)
}

async fn redeliver(State(handle): State<Handle>, Path(event): Path<String>) -> Done {
    handle.redeliver(&event).await.map(Json)
}

async fn messages(State(handle): State<Handle>, Path(chat): Path<String>) -> Json<Vec<Line>> {
    Json(handle.messages(&chat))
}

async fn signs(State(handle): State<Handle>, Path(chat): Path<String>) -> Json<Vec<Sign>> {
    Json(handle.signs(&chat))
}

async fn journal(State(handle): State<Handle>) -> Json<Vec<Entry>> {
    Json(handle.journal())
}

async fn set_faults(
    State(handle): State<Handle>,
    Json(faults): Json<Vec<Fault>>,
) -> (StatusCode, Json<Value>) {
    let count = faults.len();
    match handle.set_faults(faults) {
        Ok(()) => (StatusCode::OK, Json(json!({ "faults": count }))),
        Err(unknown) => (StatusCode::BAD_REQUEST, Json(json!({ "unknown": unknown }))),
    }
}

async fn handshake(State(handle): State<Handle>) -> Json<Handshake> {
    Json(handle.handshake().await)
}
