//! The machine, or the program, goes down.

use serde_json::{Value, json};

use crate::stack::{Setup, until};

/// A restart is about our own engines: another engine keeps its own state.
pub fn foreign_engines() -> bool {
    std::env::var_os("TURNWISE_SQS_ENDPOINT").is_some()
        || std::env::var_os("TURNWISE_DYNAMODB_ENDPOINT").is_some()
}

#[tokio::test]
async fn a_session_survives_a_stop_and_a_start() {
    if foreign_engines() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let stack = Setup::quick().data(data.path()).up().await;
    let chat = stack.http().post(stack.url("/api/chat")).json(&json!({ "message": "remember me" }));
    let first: Value = chat.send().await.unwrap().json().await.unwrap();
    assert_eq!(stack.stop().await, Some(0), "a clean end");

    let stack = Setup::quick().data(data.path()).up().await;
    let body = json!({ "message": "do you?", "session_id": first["session_id"] });
    let chat = stack.http().post(stack.url("/api/chat")).json(&body);
    let second: Value = chat.send().await.unwrap().json().await.unwrap();
    assert_eq!(second["session_id"], first["session_id"]);
    assert_eq!(stack.model_requests().await[0]["messages"], 4, "the history came back");
}

#[tokio::test]
async fn kill_9_in_the_middle_of_an_answer_loses_no_message() {
    if foreign_engines() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let stack = Setup::late().data(data.path()).up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let ask = |text: &str, session: Value| {
        let body = json!({ "message": text, "session_id": session });
        stack.http().post(stack.url("/api/chat")).header("prefer", "respond-async").json(&body).send()
    };
    let first: Value = ask("slow", Value::Null).await.unwrap().json().await.unwrap();
    stack.model_is_asked("slow").await;
    let second: Value = ask("waiting", first["session_id"].clone()).await.unwrap().json().await.unwrap();
    stack.kill().await;

    let stack = Setup::late().data(data.path()).up().await;
    let session = first["session_id"].as_str().unwrap();
    let mut outcomes = Vec::new();
    for pending in [&first, &second] {
        let url = stack.url(pending["status_url"].as_str().unwrap());
        let settled = until("every acknowledged message has an outcome", || async {
            let answer: Value =
                stack.http().get(&url).bearer_auth(session).send().await.ok()?.json().await.ok()?;
            (answer["status"] == "settled").then_some(answer)
        })
        .await;
        outcomes.push(settled["outcome"].as_str().unwrap().to_owned());
    }
    assert_eq!(outcomes, ["lost", "answered"]);
}
