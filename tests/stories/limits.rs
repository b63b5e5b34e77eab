//! Requests that are larger, deeper or more than any platform sends.

use serde_json::{Value, json};

use crate::audit::audit;
use crate::entries::{PAGE, deliver, said};
use crate::stack::{Setup, Stack, until};

const MIB: usize = 1024 * 1024;

/// Telegram's webhook, with its right proof.
async fn webhook(stack: &Stack, body: String) -> u16 {
    let secret = stack.state().await["secrets"]["TELEGRAM_SECRET_TOKEN"].as_str().unwrap().to_owned();
    let request = stack.http().post(stack.url("/webhook/telegram"));
    let request = request.header("x-telegram-bot-api-secret-token", secret);
    request.header("content-type", "application/json").body(body).send().await.unwrap().status().as_u16()
}

async fn chat(stack: &Stack, body: String) -> u16 {
    let request = stack.http().post(stack.url("/api/chat")).header("content-type", "application/json");
    request.body(body).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let stack = Setup::quick().up().await;
    let update = |filling: usize| json!({ "update_id": 1, "filling": "x".repeat(filling) }).to_string();
    assert_eq!(webhook(&stack, update(2 * MIB)).await, 200, "as large as a platform may send");
    assert_eq!(webhook(&stack, update(3 * MIB)).await, 413);
    let forged = stack.http().post(stack.url("/webhook/telegram")).body(update(3 * MIB));
    assert_eq!(forged.send().await.unwrap().status(), 413, "whoever sends it");
    assert_eq!(chat(&stack, json!({ "message": "x".repeat(256 * 1024) }).to_string()).await, 413);
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
}

#[tokio::test]
async fn a_body_that_is_nested_without_end_harms_nobody() {
    let stack = Setup::quick().up().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(webhook(&stack, deep.clone()).await, 200, "proven, and unreadable");
    assert_eq!(webhook(&stack, format!(r#"{{"update_id": 1, "unknown": {deep}}}"#)).await, 200);
    assert_eq!(webhook(&stack, format!(r#"{{"update_id": 1, "message": {deep}}}"#)).await, 200);
    assert_eq!(chat(&stack, format!(r#"{{"message": {deep}}}"#)).await, 400);
    let webhooks = |state: &Value| {
        let sandboxes = state["sandboxes"].as_array().unwrap().iter();
        sandboxes.filter(|one| one["function"] == "webhook").map(|one| one["pid"].clone()).collect::<Vec<_>>()
    };
    let before = webhooks(&stack.state().await);
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    assert_eq!(webhooks(&stack.state().await), before, "no process has died of it");
}

#[tokio::test]
async fn headers_that_are_too_large_do_not_come_through_the_gateway() {
    let stack = Setup::quick().up().await;
    let health =
        |bytes: usize| stack.http().get(stack.url("/health")).header("x-filling", "x".repeat(bytes)).send();
    assert_eq!(health(9_000).await.unwrap().status(), 200);
    assert_eq!(health(10_241).await.unwrap().status(), 431);
}

/// What is not taken in within the function's time comes again, and goes on where it stopped.
#[tokio::test]
async fn a_webhook_of_many_entries_is_taken_in_whole() {
    let stack = Setup::quick().up().await;
    let entries: Vec<Value> = (0..60)
        .map(|_| json!({ "id": PAGE, "messaging": [said(&stack.guest("messenger"), "hello", 1)] }))
        .collect();
    let events = json!({ "object": "page", "entry": entries });
    until("all of it is taken in", async || (deliver(&stack, &events).await == 200).then_some(())).await;
    // Nobody of them has written through the stand-in: it lets the bot write to none.
    let (code, found) = audit(&stack).await;
    assert_eq!(code, Some(0), "{found}");
    let ended: u64 = found["outcomes"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(ended, 60);
}
