//! The WebSocket API stand-in: connections become events of the function `api`, and `@connections` reaches them. Source:
//! API Gateway developer guide, "WebSocket APIs": two hours at most, ten idle minutes, 128 KB a message.

mod management;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::extract::{State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::lambda::{Ended, Lambda};
use management::Faults;

const LIFE_MS: u64 = 2 * 3_600_000;
const IDLE_MS: u64 = 10 * 60_000;
/// A client that reads no more is let go without a word.
const GOES_WITHIN: Duration = Duration::from_secs(5);
const MESSAGE_BYTES_MAX: usize = 131_072;

/// The open connections.
#[derive(Clone)]
pub struct Sockets {
    lambda: Lambda,
    open: Arc<Mutex<BTreeMap<String, UnboundedSender<String>>>>,
    faults: Arc<Mutex<Faults>>,
}

impl Sockets {
    /// None yet.
    pub fn new(lambda: Lambda) -> Sockets {
        Sockets { lambda, open: Arc::default(), faults: Arc::default() }
    }

    /// Where clients connect.
    pub fn front(&self) -> Router {
        Router::new().route("/socket", get(accept)).with_state(self.clone())
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, UnboundedSender<String>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The function's status.
    async fn invoke(&self, id: &str, route: &str, kind: &str, body: Option<&str>) -> u64 {
        let now_ms = self.lambda.clock().now_ms();
        let event = event(now_ms, id, route, kind, body).to_string().into_bytes();
        match self.lambda.invoke("api", event).await {
            Ended::Response(reply) => {
                let reply = serde_json::from_slice::<Value>(&reply).unwrap_or_default();
                reply.get("statusCode").and_then(Value::as_u64).unwrap_or(500)
            }
            Ended::Failed(why) => {
                tracing::warn!(why, "a connection's invocation failed");
                500
            }
            Ended::Throttled => 429,
        }
    }

    async fn serve(self, id: String, mut socket: WebSocket, mut told: UnboundedReceiver<String>) {
        let clock = self.lambda.clock();
        let is_over = clock.reaches(clock.now() + LIFE_MS);
        tokio::select! {
            () = self.pass_on(&id, &mut socket, &mut told) => {}
            // Also of one that does not read.
            () = is_over => {}
        }
        self.open().remove(&id);
        let goes = CloseFrame { code: close_code::AWAY, reason: "Going away".into() };
        // Whoever has gone before is not told.
        let _ = tokio::time::timeout(GOES_WITHIN, socket.send(Message::Close(Some(goes)))).await;
        self.invoke(&id, "$disconnect", "DISCONNECT", None).await;
    }

    /// Until either side has gone, or nothing was said for too long.
    async fn pass_on(&self, id: &str, socket: &mut WebSocket, told: &mut UnboundedReceiver<String>) {
        let clock = self.lambda.clock();
        loop {
            let is_idle = clock.reaches(clock.now() + IDLE_MS);
            tokio::select! {
                text = told.recv() => {
                    let Some(text) = text else { return };
                    if socket.send(Message::Text(text.into())).await.is_err() {
                        return;
                    }
                }
                () = is_idle => return,
                said = socket.recv() => match said {
                    Some(Ok(Message::Text(text))) => {
                        self.invoke(id, "$default", "MESSAGE", Some(text.as_str())).await;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => {}
                    _ => return,
                },
            }
        }
    }
}

/// Opens a connection, if the function wants it.
async fn accept(State(sockets): State<Sockets>, upgrade: WebSocketUpgrade) -> Response {
    #[expect(clippy::disallowed_methods, reason = "a gateway numbers its connections")]
    let id = uuid::Uuid::new_v4().simple().to_string();
    if sockets.invoke(&id, "$connect", "CONNECT", None).await != 200 {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (teller, told) = unbounded_channel();
    sockets.open().insert(id.clone(), teller);
    upgrade.max_message_size(MESSAGE_BYTES_MAX).on_upgrade(move |socket| sockets.serve(id, socket, told))
}

fn event(now_ms: u64, id: &str, route: &str, kind: &str, body: Option<&str>) -> Value {
    json!({
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "extendedRequestId": id,
            "requestTime": "01/Jan/1970:00:00:00 +0000",
            "messageDirection": "IN",
            "stage": "local",
            "connectedAt": now_ms,
            "requestTimeEpoch": now_ms,
            "requestId": id,
            "domainName": "127.0.0.1",
            "connectionId": id,
            "apiId": "local",
        },
        "body": body,
        "isBase64Encoded": false,
    })
}
