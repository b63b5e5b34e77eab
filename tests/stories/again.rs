//! What was lost is asked once more.

use serde_json::{Value, json};

use crate::audit::audit;
use crate::stack::{Setup, Stack, asked};

const LOST: &str = "Your answer was lost on our side. Please send your message again.";

/// A stack whose model thinks about this for so long that its processor can be killed; the second time it does not.
async fn stack() -> Stack {
    let stack = Setup::mortal().up().await;
    stack.model_rules(json!([{ "contains": "important", "hang": true, "times": 1 }])).await;
    stack
}

async fn asked_for(stack: &Stack, text: &str) -> usize {
    stack.model_requests().await.iter().filter(|request| asked(request) == text).count()
}

#[tokio::test]
async fn what_was_lost_is_asked_once_more_by_a_tap_and_not_twice_by_two() {
    for platform in ["telegram", "line"] {
        let stack = stack().await;
        let ann = stack.guest(platform);
        ann.says("important").await;
        stack.model_is_asked("important").await;
        stack.kill_processor().await;
        ann.hears(LOST).await;
        ann.taps("Try again").await;
        ann.hears("You said: important").await;
        ann.taps("Try again").await;
        ann.hears("That has been answered already.").await;
        assert_eq!(asked_for(&stack, "important").await, 2, "{platform}: once lost, once answered");
        ann.says("and on").await;
        ann.hears("You said: and on").await;
        let request = stack.model_requests().await.pop().unwrap();
        assert_eq!(
            request["messages"], 4,
            "{platform}: the prompt, what was lost, its answer, the question: {request}"
        );
        let (code, found) = audit(&stack).await;
        assert_eq!(code, Some(0), "{found}");
        assert_eq!(found["outcomes"], json!({ "answered": 3, "lost": 1 }), "{platform}: {found}");
    }
}

#[tokio::test]
async fn what_was_lost_is_asked_once_more_by_words() {
    let stack = stack().await;
    let ann = stack.person();
    ann.says("important").await;
    stack.model_is_asked("important").await;
    stack.kill_processor().await;
    ann.hears(LOST).await;
    ann.says("Try again").await;
    ann.hears("You said: important").await;
    assert_eq!(asked_for(&stack, "important").await, 2);
}

#[tokio::test]
async fn a_web_client_is_told_what_to_send() {
    let stack = stack().await;
    let chat = async |body: Value| -> Value {
        stack.canaries().heard(&body);
        let answer = stack.http().post(stack.url("/api/chat")).json(&body).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let killing = async {
        stack.model_is_asked("important").await;
        stack.kill_processor().await;
    };
    let (lost, ()) = futures_util::future::join(chat(json!({ "message": "important" })), killing).await;
    assert_eq!((&lost["outcome"], &lost["response"]), (&json!("lost"), &json!(LOST)));
    let button = &lost["buttons"][0];
    assert_eq!(button["label"], "Try again");
    let again = chat(json!({ "message": button["says"], "session_id": lost["session_id"] })).await;
    assert_eq!(again["response"], "[scripted model] You said: important");
    let twice = chat(json!({ "message": button["says"], "session_id": lost["session_id"] })).await;
    assert_eq!(twice["response"], "That has been answered already.");
    assert_eq!(asked_for(&stack, "important").await, 2);
}
