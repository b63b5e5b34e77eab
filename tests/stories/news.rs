//! Web clients that listen are told that there is something to ask for; whatever goes wrong with that, nothing is lost.

use std::collections::BTreeSet;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::audit::{audit, dynamodb};
use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, until};

/// A web client, by its session.
pub struct Client<'s> {
    stack: &'s Stack,
    session: String,
    /// Its first message.
    pub request_id: String,
}

/// A connection of one, that listens.
pub struct Listener {
    socket: WebSocketStream<TcpStream>,
}

impl<'s> Client<'s> {
    /// Begins a conversation with this, and waits for the answer.
    pub async fn begins(stack: &'s Stack, text: &str) -> Client<'s> {
        let answer = posts(stack, json!({ "message": text })).await;
        let [session, request_id] =
            ["session_id", "request_id"].map(|name| answer[name].as_str().unwrap().to_owned());
        stack.canaries().heard(&json!({ "session_id": session }));
        let client = Client { stack, session, request_id };
        client.outcome(&format!("/api/chat/{}", client.request_id)).await;
        client
    }

    /// Goes on with it. The message's address.
    pub async fn says(&self, text: &str) -> String {
        let answer = posts(self.stack, json!({ "message": text, "session_id": self.session })).await;
        answer["status_url"].as_str().expect("it waits").to_owned()
    }

    /// What it is answered when it asks.
    pub async fn asks(&self, path: &str) -> Value {
        let asked = self.stack.http().get(self.stack.url(path)).bearer_auth(&self.session);
        asked.send().await.unwrap().json().await.unwrap()
    }

    /// Waits for a message's outcome, as a client does that is never told.
    pub async fn outcome(&self, path: &str) -> String {
        until("an outcome", async || self.asks(path).await["outcome"].as_str().map(ToOwned::to_owned)).await
    }

    /// One more connection that listens.
    pub async fn listens(&self) -> Listener {
        let before = self.listening().await;
        let url = self.stack.platform("socket");
        let host = url.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(host).await.unwrap();
        // What is dropped is cut: no goodbye on either layer.
        stream.set_zero_linger().unwrap();
        let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        let proof = json!({ "session": self.session }).to_string();
        socket.send(Message::text(proof)).await.unwrap();
        until("it is known who listens", async || (!self.listening().await.is_subset(&before)).then_some(()))
            .await;
        Listener { socket }
    }

    /// The connections that are told.
    async fn listening(&self) -> BTreeSet<String> {
        let [channel, conversation] = [0, 1].map(|part| self.request_id.split('.').nth(part).unwrap());
        let key = json!({ "pk": { "S": format!("{channel}:{conversation}") }, "sk": { "S": "W" } });
        let table = &self.stack.state().await["table"];
        let got = dynamodb(self.stack, "GetItem", json!({ "TableName": table, "Key": key })).await;
        let ids = got["Item"]["c"]["SS"].as_array().into_iter().flatten();
        ids.filter_map(|id| id.as_str().map(ToOwned::to_owned)).collect()
    }
}

impl Listener {
    /// Waits until it is told that there is news, and is told nothing else.
    pub async fn hears(&mut self) {
        let heard = tokio::time::timeout(crate::stack::PATIENCE, self.socket.next());
        let heard = heard.await.expect("it is told").expect("a connection").expect("a frame");
        assert_eq!(heard.to_text().unwrap(), r#"{"news":true}"#);
    }

    /// The same of this message, for what it is told of an earlier one may have been on its way. Answers with the outcome.
    async fn hears_of(&mut self, client: &Client<'_>, path: &str) -> String {
        loop {
            self.hears().await;
            if let Some(outcome) = client.asks(path).await["outcome"].as_str() {
                return outcome.to_owned();
            }
        }
    }

    /// Waits until it is closed, with this code.
    async fn is_closed(&mut self) -> u16 {
        loop {
            let closed = tokio::time::timeout(crate::stack::PATIENCE, self.socket.next());
            match closed.await.expect("it is closed").expect("a connection").expect("a frame") {
                Message::Close(Some(frame)) => return frame.code.into(),
                told => assert!(told.is_text(), "it was told {told}"),
            }
        }
    }
}

async fn posts(stack: &Stack, body: Value) -> Value {
    stack.canaries().heard(&body);
    let request = stack.http().post(stack.url("/api/chat")).header("prefer", "respond-async");
    request.json(&body).send().await.unwrap().json().await.unwrap()
}

/// What becomes of the next posts to connections: a status, or no answer.
async fn connections_fail(stack: &Stack, times: u32, status: Option<u16>) {
    let url = format!("{}/control/faults", stack.platform("connections"));
    stack.post(url, &json!({ "times": times, "status": status })).await;
}

#[tokio::test]
async fn who_has_gone_is_forgotten_and_who_stays_is_told() {
    let stack = Setup::quick().up().await;
    let ann = Client::begins(&stack, "hello").await;
    let (gone, mut stays) = (ann.listens().await, ann.listens().await);
    drop(gone);
    // The gateway may learn of it a moment later, from the connection itself.
    let mut missed = Vec::new();
    while missed.is_empty() || ann.listening().await.len() > 1 {
        missed.push(ann.says("are you there?").await);
        assert_eq!(stays.hears_of(&ann, missed.last().unwrap()).await, "answered");
    }

    // Back again, it asks for what it was not told of, and is told as before.
    let mut back = ann.listens().await;
    for path in &missed {
        assert_eq!(ann.asks(path).await["response"], "[scripted model] You said: are you there?");
    }
    let path = ann.says("and now?").await;
    for listener in [&mut back, &mut stays] {
        assert_eq!(listener.hears_of(&ann, &path).await, "answered", "news come after the outcome");
    }
    assert_eq!(audit(&stack).await.0, Some(0));
}

#[tokio::test]
async fn a_way_to_listeners_that_fails_or_hangs_takes_nothing_from_a_turn() {
    let stack = Setup::quick().up().await;
    let ann = Client::begins(&stack, "hello").await;
    let mut listener = ann.listens().await;
    for status in [Some(403), Some(429), Some(500), Some(503), None] {
        connections_fail(&stack, 1_000, status).await;
        for text in ["one", "two"] {
            let path = ann.says(text).await;
            assert_eq!(ann.outcome(&path).await, "answered", "{status:?}");
        }
    }
    connections_fail(&stack, 0, None).await;
    assert_eq!(ann.listening().await.len(), 1, "only who has gone is forgotten");
    let path = ann.says("three").await;
    listener.hears().await;
    assert_eq!(ann.outcome(&path).await, "answered");
    assert_eq!(stack.model_requests().await.len(), 12, "no turn came again");
    assert_eq!(audit(&stack).await.0, Some(0));
}

#[tokio::test]
async fn what_a_person_says_is_news() {
    let stack = Setup::quick().up().await;
    let ann = Client::begins(&stack, "hello").await;
    let mut listener = ann.listens().await;
    let owner = stack.owner().await;
    let acts = [
        ("takeover", json!({ "person": "Eve" }), "A person will answer you from here on."),
        ("say", json!({ "text": "I am Eve." }), "I am Eve."),
        ("release", json!({}), "The assistant answers you again."),
    ];
    for (act, body, told) in acts {
        assert_eq!(owner.does(&ann.request_id, act, body).await.0, 200);
        listener.hears().await;
        let messages = ann.asks("/api/chat/messages").await;
        assert_eq!(messages["messages"].as_array().unwrap().last().unwrap()["text"], told, "{messages}");
    }
}

#[tokio::test]
async fn a_connection_ends_by_the_stacks_time_and_the_next_one_is_told() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().up().await;
    let ann = Client::begins(&stack, "hello").await;
    let passes = async |minutes: u64| {
        stack.post(stack.url("/local/clock"), &json!({ "by_ms": minutes * 60_000 })).await;
    };
    let mut idle = ann.listens().await;
    passes(9).await;
    let path = ann.says("are you there?").await;
    idle.hears().await;
    assert_eq!(ann.outcome(&path).await, "answered");
    passes(11).await;
    assert_eq!(idle.is_closed().await, 1001, "ten idle minutes");

    let mut again = ann.listens().await;
    let path = ann.says("and now?").await;
    again.hears().await;
    assert_eq!(ann.outcome(&path).await, "answered");
    assert_eq!(audit(&stack).await.0, Some(0));
}

#[tokio::test]
async fn that_a_message_has_died_is_news() {
    let stack = Setup::mortal().set("max_receive_count=1").up().await;
    let ann = Client::begins(&stack, "hello").await;
    let mut listener = ann.listens().await;
    stack.kill_next("processor", 1).await;
    let path = ann.says("bad luck").await;
    assert_eq!(listener.hears_of(&ann, &path).await, "failed");
}
