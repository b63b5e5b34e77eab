//! A platform, a webhook that records what it gets and answers as told, and a bot that calls the API.
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use stand_ins::chat::{Account, Handle, Options};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

pub const NOW_MS: u64 = 1_795_165_200_000;

pub struct World {
    pub handle: Handle,
    pub base: String,
    pub webhook: Bot,
    pub http: reqwest::Client,
    pub now_ms: Arc<AtomicU64>,
    token: String,
}

/// The bot's webhook.
#[derive(Clone, Default)]
pub struct Bot {
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<Response>>>,
}

#[derive(Clone, Debug)]
pub struct Got {
    pub method: Method,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Bot {
    /// The next requests are answered so; after that with an empty 200.
    pub fn answers(&self, answers: impl IntoIterator<Item = Response>) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub fn fails(&self, times: usize) {
        self.answers((0..times).map(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()));
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub fn last(&self) -> Got {
        self.got().pop().unwrap()
    }

    /// The requests, once there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Got> {
        let start = Instant::now();
        while self.got.lock().unwrap().len() < count {
            assert!(start.elapsed() < Duration::from_mins(1), "got {:?}", self.got());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.got()
    }
}

async fn receive(
    State(bot): State<Bot>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default().to_owned();
    bot.got.lock().unwrap().push(Got { method, query, headers, body });
    let planned = bot.answers.lock().unwrap().pop_front();
    planned.unwrap_or_else(|| StatusCode::OK.into_response())
}

impl World {
    /// `token` is what the bot sends as `Authorization`. A minute between deliveries lasts 6 ms here.
    pub async fn new(account: Account, token: &str) -> Self {
        let webhook = Bot::default();
        let router = Router::new().fallback(receive).with_state(webhook.clone());
        let url = serve(router).await;
        let now_ms = Arc::new(AtomicU64::new(NOW_MS));
        let time = Arc::clone(&now_ms);
        let handle = Handle::new(Options {
            webhook: Some(format!("{url}/webhook")),
            clock: Arc::new(move || time.load(Ordering::Acquire)),
            pause_scale: 0.0001,
            ..Options::new(account)
        });
        let handle = handle.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serving = handle.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let world = Self { handle, base, webhook, http, now_ms, token: token.to_owned() };
        // The base URL stands when the listener is served.
        assert_eq!(world.get("/journal").await.0, 200);
        world
    }

    pub fn passes(&self, time: Duration) {
        self.now_ms.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::AcqRel);
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call("POST", path, body, &[]).await
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, Value::Null, &[]).await
    }

    /// A call of the bot, or of a test that plays a user over HTTP.
    pub async fn call(&self, verb: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let request = self.http.request(verb.parse().unwrap(), url);
        let request = request.header("authorization", &self.token).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&text).unwrap_or(Value::Null))
    }

    /// Bytes and their content type.
    pub async fn download(&self, url: &str, token: Option<&str>) -> (u16, String, Vec<u8>) {
        let request = self.http.get(url);
        let request =
            token.into_iter().fold(request, |request, token| request.header("authorization", token));
        let answer = request.send().await.unwrap();
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (answer.status().as_u16(), kind.unwrap_or_default(), answer.bytes().await.unwrap().to_vec())
    }

    pub async fn set_fault(&self, fault: Value) {
        assert_eq!(self.post("/control/faults", json!([fault])).await, (200, json!({"faults": 1})));
    }

    /// Who wrote what in a chat.
    pub fn talk(&self, chat: &str) -> Vec<String> {
        self.handle.messages(chat).iter().map(|line| format!("{:?}: {}", line.from, line.text)).collect()
    }

    pub fn signs(&self, chat: &str) -> Vec<String> {
        self.handle.signs(chat).into_iter().map(|sign| sign.kind).collect()
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
