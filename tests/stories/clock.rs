//! Time passes at once, in the whole stack.

use serde_json::{Value, json};

use crate::appointments::bot_with;
use crate::audit::audit;
use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, asked, turnwise, until};
use crate::web::uuid_v7;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

async fn advances(stack: &Stack, step: Value) -> Value {
    stack.post(stack.url("/local/clock"), &step).await
}

/// Everything is settled, nothing is missing, and it has come out so.
async fn has_come_out(stack: &Stack, outcomes: Value) {
    let ledger = stack.settles().await;
    assert_eq!(ledger["violations"], json!([]), "{ledger}");
    assert_eq!(ledger["outcomes"], outcomes, "{ledger}");
}

async fn asked_for(stack: &Stack, text: &str) -> usize {
    stack.model_requests().await.iter().filter(|request| asked(request) == text).count()
}

#[tokio::test]
async fn a_reminder_comes_when_the_clock_is_advanced_to_it_and_is_said_once() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    ann.says("/remind 3h the oven").await;
    ann.hears("I will remind you:").await;
    let due_ms =
        until("its alarm is set", || async { stack.state().await["clock"]["due_ms"].as_u64() }).await;
    has_come_out(&stack, json!({ "answered": 1 })).await;
    advances(&stack, json!({ "by_ms": HOUR_MS })).await;
    assert_eq!(ann.heard().await.len(), 1, "two hours are left");

    let clock = advances(&stack, json!({ "to": "due" })).await;
    assert!(clock["now_ms"].as_u64().unwrap() >= due_ms, "{clock}");
    ann.hears("⏰ the oven").await;
    has_come_out(&stack, json!({ "answered": 2 })).await;
    advances(&stack, json!({ "by_ms": 25 * HOUR_MS })).await;
    ann.says("thanks").await;
    ann.hears("You said: thanks").await;
    assert_eq!(ann.heard().await.len(), 3, "the oven once");
}

#[tokio::test]
async fn a_daily_schedule_is_said_on_time_when_the_clock_is_advanced_to_it() {
    if foreign_engines() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Not while the story is told.
    let hour = (startup::now().seconds().div_euclid(3_600) + 12).rem_euclid(24);
    let tea =
        format!("[[schedules]]\nname = \"tea\"\nat = \"cron(0 {hour} * * ? *)\"\nsays = \"Tea is ready.\"");
    bot_with(folder.path(), &tea);
    let stack = Setup::quick().bot(folder.path()).up().await;
    let ann = stack.person();
    ann.says("/subscribe tea").await;
    ann.hears("You are subscribed.").await;
    stack.settles().await;
    for days in 1..=2 {
        advances(&stack, json!({ "to": "due" })).await;
        ann.hears_in_all(1 + days).await;
        has_come_out(&stack, json!({ "answered": 1 + days })).await;
    }
    assert_eq!(ann.heard().await[1..], ["Tea is ready.", "Tea is ready."]);
}

#[tokio::test]
async fn a_turn_at_work_is_told_as_lost_at_once_and_the_model_is_not_asked_again() {
    if foreign_engines() {
        return;
    }
    // The timings of a deployment: nobody here waits for a minute and a quarter.
    let usual = ["answer_timeout_ms=30000", "deadline_reserve_ms=8000", "clock_skew_ms=60000"];
    let usual = usual.into_iter().chain(["processor_timeout_s=60", "visibility_timeout_s=75"]);
    let stack = usual.fold(Setup::quick(), Setup::set).up().await;
    stack.model_rules(json!([{ "contains": "important", "hang": true }])).await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("important").await;
    stack.model_is_asked("important").await;
    advances(&stack, json!({ "by_ms": 3 * MINUTE_MS })).await;
    ann.hears("Your answer was lost on our side. Please send your message again.").await;
    // Whoever waits so long may have been told before that it still works.
    ben.says("and me?").await;
    ben.hears("You said: and me?").await;
    let told = ann.heard().await.iter().filter(|line| line.contains("lost on our side")).count();
    assert_eq!((told, asked_for(&stack, "important").await), (1, 1));
    has_come_out(&stack, json!({ "answered": 1, "lost": 1 })).await;
}

#[tokio::test]
async fn a_message_is_known_when_the_queue_has_forgotten_it() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    let delivered = ann.says("only once").await;
    ann.hears("You said: only once").await;
    stack.settles().await;
    for hours in [1, 25, 6 * 24] {
        advances(&stack, json!({ "by_ms": hours * HOUR_MS })).await;
        ann.is_delivered_again(&delivered).await;
    }
    ann.says("and on").await;
    ann.hears("You said: and on").await;
    assert_eq!((ann.heard().await.len(), asked_for(&stack, "only once").await), (2, 1));
    let request = stack.model_requests().await.pop().unwrap();
    assert_eq!(request["messages"], 2, "the session has ended: prompt and question: {request}");
    has_come_out(&stack, json!({ "answered": 2 })).await;
}

#[tokio::test]
async fn an_owners_command_goes_by_the_stacks_time() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    advances(&stack, json!({ "by_ms": 2 * HOUR_MS })).await;
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    let (conversation, port) = (stack.conversation_of("telegram").await, stack.url(""));
    let port = port.rsplit(':').next().unwrap();
    let takes_over = ["takeover", &conversation, "--person", "Eve", "--port", port];
    let held = turnwise().args(takes_over).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&held.stdout).trim_end(), format!("{conversation}: Eve answers"));
    let (code, found) = audit(&stack).await;
    assert_eq!((code, &found["outcomes"]), (Some(0), &json!({ "answered": 1 })), "{found}");
}

#[tokio::test]
async fn a_restart_does_not_set_the_clock_back_and_a_fresh_start_does() {
    if foreign_engines() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let start = || Setup::quick().data(data.path()).up();
    let stack = start().await;
    let refused = stack.http().post(stack.url("/local/clock")).json(&json!({ "to": "due" })).send().await;
    assert_eq!(refused.unwrap().status(), 409, "nothing will be due");
    for wrong in [0, u64::MAX] {
        let step = json!({ "by_ms": wrong });
        let refused = stack.http().post(stack.url("/local/clock")).json(&step).send().await.unwrap();
        assert_eq!(refused.status(), 400);
    }
    assert_eq!(advances(&stack, json!({ "by_ms": HOUR_MS })).await["ahead_ms"], HOUR_MS);
    stack.kill().await;

    let stack = start().await;
    assert_eq!(stack.state().await["clock"]["ahead_ms"], HOUR_MS);
    let says = async |ahead_ms: u64| {
        let body = json!({ "message": "hello", "message_id": uuid_v7(u128::from(ahead_ms)) });
        stack.canaries().heard(&body);
        stack.http().post(stack.url("/api/chat")).json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!((says(0).await, says(HOUR_MS).await), (400, 200), "the functions go by the stack's clock");
    stack.stop().await;
    let stack = Setup::quick().data(data.path()).fresh().up().await;
    assert_eq!(stack.state().await["clock"]["ahead_ms"], 0);
}
