//! A platform, a webhook that records what it gets and answers as told, and a bot that calls methods.
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use stand_ins::telegram::{Delivered, Handle, Options, Say, Webhook};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

pub const ANN: i64 = 5_012_345_678;
pub const BEN: i64 = 5_098_765_432;
pub const NOW_MS: u64 = 1_795_165_200_000;

pub struct World {
    pub handle: Handle,
    pub base: String,
    pub webhook: Bot,
    pub http: reqwest::Client,
}

/// The bot's webhook.
#[derive(Clone, Default)]
pub struct Bot {
    pub url: String,
    got: Arc<Mutex<Vec<Update>>>,
    answers: Arc<Mutex<BTreeMap<String, VecDeque<Response>>>>,
}

#[derive(Clone, Debug)]
pub struct Update {
    pub body: Value,
    pub secret: String,
    pub at: Instant,
}

impl Bot {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook/telegram", listener.local_addr().unwrap());
        let bot = Self { url, ..Self::default() };
        let router = Router::new().fallback(receive).with_state(bot.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        bot
    }

    /// The next updates whose text is this are answered so, one after the other; after that with 200.
    pub fn answers(&self, text: &str, answers: Vec<Response>) {
        self.answers.lock().unwrap().insert(text.to_owned(), answers.into());
    }

    pub fn texts(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|update| text(&update.body)).collect()
    }

    pub fn updates(&self) -> Vec<Update> {
        self.got.lock().unwrap().clone()
    }

    /// The updates, once there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Update> {
        let start = Instant::now();
        while self.got.lock().unwrap().len() < count {
            assert!(start.elapsed() < Duration::from_mins(1), "got {:?}", self.texts());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.updates()
    }
}

async fn receive(State(bot): State<Bot>, headers: HeaderMap, body: String) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap();
    let secret =
        headers.get("X-Telegram-Bot-Api-Secret-Token").map(|value| value.to_str().unwrap().to_owned());
    let planned = bot.answers.lock().unwrap().get_mut(&text(&body)).and_then(VecDeque::pop_front);
    bot.got.lock().unwrap().push(Update { body, secret: secret.unwrap_or_default(), at: Instant::now() });
    planned.unwrap_or_else(|| StatusCode::OK.into_response())
}

fn text(update: &Value) -> String {
    let texts =
        [&update["message"]["text"], &update["edited_message"]["text"], &update["callback_query"]["data"]];
    texts.iter().find_map(|text| text.as_str()).unwrap_or_default().to_owned()
}

impl World {
    pub async fn start() -> Self {
        let webhook = Bot::start().await;
        let target = Webhook { url: webhook.url.clone(), secret_token: Some("s3cret".into()) };
        Self::with(webhook, Some(target)).await
    }

    pub async fn without_webhook() -> Self {
        Self::with(Bot::start().await, None).await
    }

    async fn with(webhook: Bot, target: Option<Webhook>) -> Self {
        let files = BTreeMap::from([("voice1".to_owned(), b"OggS".to_vec())]);
        let clock = Arc::new(|| NOW_MS);
        let token = "42:test".to_owned();
        let backoff = Duration::from_millis(40);
        let handle = Handle::new(Options { token, webhook: target, backoff, files, clock }).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serving = handle.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        Self { handle, base, webhook, http: reqwest::Client::new() }
    }

    pub async fn say(&self, chat: i64, text: &str) -> Delivered {
        self.handle.say(chat, Say { text: text.into(), ..Say::default() }).await
    }

    /// A method call with a JSON body; an error when the connection broke.
    pub async fn bot(&self, method: &str, parameters: Value) -> reqwest::Result<(u16, Value)> {
        self.post(&format!("/bot42:test/{method}"), parameters).await
    }

    pub async fn post(&self, path: &str, body: Value) -> reqwest::Result<(u16, Value)> {
        let request =
            self.http.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or_default()))
    }

    pub async fn send(&self, chat: i64, text: &str) -> (u16, Value) {
        self.bot("sendMessage", json!({"chat_id": chat, "text": text})).await.unwrap()
    }
}
