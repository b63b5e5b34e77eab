//! What users of one bot share: its models, their health, budgets, answers, slots.

use std::time::Duration;

use serde_json::{Value, json};

use crate::channels::voice;
use crate::stack::{PATIENCE, Setup, asked, root};

const BUSY: &str = "The service is busy right now. Please try again in a moment.";
const SPENT: &str = "The limit for today has been reached. Please come back tomorrow.";

#[tokio::test]
async fn a_fallback_answers_when_the_first_model_takes_no_request() {
    let bot = bot("", "fallbacks = [\"openai::understudy\"]");
    let stack = Setup::quick().bot(bot.path()).set("model_attempts=2").up().await;
    stack.model_rules(json!([{ "model": "gpt-5-mini", "status": 503 }])).await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    assert_eq!(ann.heard().await.len(), 1);
    assert_eq!(models(&stack.model_requests().await), ["gpt-5-mini", "gpt-5-mini", "understudy"]);
}

#[tokio::test]
async fn a_model_that_fails_is_left_alone_and_who_was_told_so_is_not_told_again() {
    let settings =
        ["model_attempts=1", "circuit_failures_max=1", "circuit_open_ms=600000", "circuit_look_ms=0"];
    let stack = settings.into_iter().fold(Setup::quick(), Setup::set).up().await;
    stack.model_rules(json!([{ "contains": "first", "status": 503, "held": true }])).await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("first").await;
    stack.model_is_asked("first").await;
    ann.says("meanwhile").await;
    stack.let_go().await;
    ann.hears(BUSY).await;
    ben.says("and me?").await;
    ben.hears(BUSY).await;
    stack.settles().await;
    ann.says("afterwards").await;
    ann.hears_in_all(2).await;
    stack.settles().await;
    assert_eq!(ann.heard().await, [BUSY, BUSY], "what was written before the first needs no second");
    assert_eq!(stack.model_requests().await.len(), 1);
}

#[tokio::test]
async fn a_model_that_works_again_is_found_by_one_who_tries() {
    let settings =
        ["model_attempts=1", "circuit_failures_max=1", "circuit_open_ms=1500", "circuit_look_ms=0"];
    let stack = settings.into_iter().fold(Setup::quick(), Setup::set).up().await;
    stack.model_rules(json!([{ "contains": "first", "status": 503 }])).await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("first").await;
    ann.hears(BUSY).await;
    // Somebody who comes when the pause is over.
    tokio::time::sleep(Duration::from_secs(2)).await;
    ben.says("still away?").await;
    ben.hears("You said: still away?").await;
    ann.says("me too").await;
    ann.hears("You said: me too").await;
}

#[tokio::test]
async fn over_the_day_s_quota_a_user_is_refused_and_told_and_nobody_else_is() {
    today_lasts().await;
    let stack = Setup::quick().set("user_messages_per_day=2").up().await;
    let (ann, ben) = (stack.person(), stack.person());
    for said in ["one", "two"] {
        ann.says(said).await;
        ann.hears(&format!("You said: {said}")).await;
    }
    let third = ann.says("three").await;
    ann.hears(SPENT).await;
    ann.is_delivered_again(&third).await;
    ben.says("and me?").await;
    ben.hears("You said: and me?").await;
    assert!(!stack.model_requests().await.iter().any(|request| asked(request).contains("three")));
}

#[tokio::test]
async fn when_the_bot_s_budget_is_spent_whoever_asks_is_told() {
    today_lasts().await;
    let stack = Setup::quick().set("bot_requests_per_day=2").set("user_tokens_per_day=100000").up().await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("one").await;
    ann.hears("You said: one").await;
    ben.says("two").await;
    ben.hears("You said: two").await;
    ann.says("three").await;
    ann.hears(SPENT).await;
    assert_eq!(stack.model_requests().await.len(), 2);
}

#[tokio::test]
async fn writing_down_what_is_spoken_is_paid_for_like_the_answer() {
    today_lasts().await;
    let stack = Setup::quick().set("bot_requests_per_day=2").up().await;
    let ann = stack.guest("telegram");
    ann.sends(json!({ "voice": voice("what time is it") })).await;
    ann.hears("You said: what time is it").await;
    ann.says("and now?").await;
    ann.hears(SPENT).await;
    assert_eq!(stack.model_requests().await.len(), 1);
}

#[tokio::test]
async fn a_voice_message_that_nobody_can_pay_for_is_not_written_down() {
    today_lasts().await;
    let stack = Setup::quick().set("user_tokens_per_day=300").up().await;
    let ann = stack.guest("telegram");
    ann.sends(json!({ "voice": voice("what time is it") })).await;
    ann.hears(SPENT).await;
    assert_eq!(ann.heard().await, [SPENT]);
    assert!(stack.model_requests().await.is_empty());
}

#[tokio::test]
async fn two_who_ask_the_same_share_one_call_of_the_model() {
    let bot = bot("context = false", "[cache]\nanswers = true");
    let stack = Setup::quick().bot(bot.path()).up().await;
    stack.model_rules(json!([{ "contains": "flu", "delay_ms": 1000, "reply": "A fever." }])).await;
    let (ann, ben, cid) = (stack.person(), stack.person(), stack.person());
    ann.says("What is flu?").await;
    stack.model_is_asked("flu").await;
    ben.says("what is  flu").await;
    ann.hears("A fever.").await;
    ben.hears("A fever.").await;
    cid.says("WHAT IS FLU").await;
    cid.hears("A fever.").await;
    assert_eq!(stack.model_requests().await.len(), 1);
}

#[tokio::test]
async fn an_urgent_message_waits_behind_no_ordinary_one() {
    let bot = bot("", "[urgent]\nwords = [\"emergency\"]");
    // The one ordinary slot is taken until the story ends.
    let setup = Setup::patient().bot(bot.path());
    let stack = setup.model_concurrency(2).set("urgent_concurrency=1").up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let (ann, ben, cid) = (stack.person(), stack.person(), stack.person());
    ann.says("slow").await;
    stack.model_is_asked("slow").await;
    ben.says("ordinary").await;
    cid.says("Emergency!").await;
    cid.hears("You said: Emergency!").await;
    assert!(ben.heard().await.is_empty(), "his lane is taken");
    // A cancel frees it.
    ann.says("cancel").await;
    ben.hears("You said: ordinary").await;
}

/// What is counted by the day begins anew at midnight (UTC): not while the story is told.
async fn today_lasts() {
    let left_s = 86_400 - startup::now().seconds().rem_euclid(86_400);
    if left_s < 2 * PATIENCE.as_secs().cast_signed() {
        tokio::time::sleep(Duration::from_secs(left_s.unsigned_abs() + 1)).await;
    }
}

/// The example bot with lines before its first section, and behind everything.
fn bot(top: &str, end: &str) -> tempfile::TempDir {
    let (folder, from) = (tempfile::tempdir().unwrap(), root().join("bots/assistant"));
    let toml = std::fs::read_to_string(from.join("bot.toml")).unwrap();
    std::fs::write(folder.path().join("bot.toml"), format!("{top}\n{toml}\n{end}\n")).unwrap();
    std::fs::create_dir(folder.path().join("prompts")).unwrap();
    std::fs::copy(from.join("prompts/default.md"), folder.path().join("prompts/default.md")).unwrap();
    folder
}

/// Who was asked, in order.
fn models(requests: &[Value]) -> Vec<&str> {
    requests.iter().map(|request| request["model"].as_str().unwrap_or_default()).collect()
}
