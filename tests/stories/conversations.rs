//! What users see when nothing breaks.

use serde_json::json;

use crate::channels::voice;
use crate::stack::{Setup, asked, root, until};

#[tokio::test]
async fn a_first_message_is_answered() {
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("[scripted model] You said: hello").await;
    assert_eq!(stack.model_requests().await.len(), 1);
}

#[tokio::test]
async fn the_next_message_brings_the_history_along() {
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    ann.says("my name is Ann").await;
    ann.hears("You said: my name is Ann").await;
    ann.says("what is my name?").await;
    ann.hears("You said: what is my name?").await;
    let requests = stack.model_requests().await;
    assert_eq!(requests[0]["messages"], 2, "prompt and question");
    assert_eq!(requests[1]["messages"], 4, "prompt, question, answer, question");
}

#[tokio::test]
async fn ten_rapid_messages_are_answered_in_order_and_none_is_lost() {
    let stack = Setup::quick().set("debounce_ms=200").up().await;
    let ann = stack.person();
    let said: Vec<String> = (0..10).map(|number| format!("m{number}")).collect();
    for text in &said {
        ann.says(text).await;
    }
    ann.hears("m9").await;
    let answered: Vec<String> = ann.heard().await.iter().flat_map(|answer| words(answer)).collect();
    assert_eq!(answered, said);
}

#[tokio::test]
async fn in_a_queue_each_of_ten_messages_gets_its_own_answer_in_order() {
    let folder = tempfile::tempdir().unwrap();
    copy_bot(folder.path(), "strategy = \"queue\"");
    let stack = Setup::quick().bot(folder.path()).up().await;
    let ann = stack.person();
    let said: Vec<String> = (0..10).map(|number| format!("m{number}")).collect();
    for text in &said {
        ann.says(text).await;
    }
    let heard = ann.hears_in_all(10).await;
    let wanted: Vec<String> = said.iter().map(|text| format!("[scripted model] You said: {text}")).collect();
    assert_eq!(heard, wanted);
}

#[tokio::test]
async fn two_users_are_answered_in_parallel_and_never_mixed() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "from", "held": true }])).await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("from ann").await;
    ben.says("from ben").await;
    // The second does not wait for the first.
    stack.model_is_asked("from ann").await;
    stack.model_is_asked("from ben").await;
    stack.let_go().await;
    ann.hears("from ann").await;
    ben.hears("from ben").await;
    assert_eq!(ann.heard().await, ["[scripted model] You said: from ann"]);
    assert_eq!(ben.heard().await, ["[scripted model] You said: from ben"]);
}

#[tokio::test]
async fn a_webhook_delivered_again_changes_nothing() {
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    let first = ann.says("once").await;
    ann.is_delivered_again(&first).await;
    ann.hears("You said: once").await;
    ann.is_delivered_again(&first).await;
    ann.says("and on").await;
    ann.hears("You said: and on").await;
    assert_eq!(ann.heard().await.len(), 2);
    assert_eq!(stack.model_requests().await.len(), 2);
}

#[tokio::test]
async fn cancel_stops_a_running_answer_and_overtakes_the_queue() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let ann = stack.person();
    ann.says("slow question").await;
    stack.model_is_asked("slow question").await;
    ann.says("another").await;
    ann.says("ＣＡＮＣＥＬ").await;
    ann.hears("Stopped (2).").await;
    ann.says("still there?").await;
    ann.hears("still there?").await;
    let heard = ann.heard().await;
    assert_eq!(heard, ["Stopped (2).", "[scripted model] You said: still there?"]);
    until("the provider sees the connection close", || async {
        (stack.model_requests().await[0]["outcome"] == "cut_by_client").then_some(())
    })
    .await;
    let requests = stack.model_requests().await;
    assert_eq!(requests.len(), 2, "what was cancelled in the queue never reached the model");
}

#[tokio::test]
async fn a_cancel_during_the_sending_says_so_and_stops_what_waits_behind() {
    let stack = Setup::quick().up().await;
    stack
        .telegram_faults(json!([{ "method": "sendMessage", "times": 2, "status": 429, "retry_after_s": 5 }]))
        .await;
    let ann = stack.guest("telegram");
    ann.says("first").await;
    until("the answer is on its way", || async { (ann.calls("sendMessage").await > 0).then_some(()) }).await;
    ann.says("second").await;
    ann.says("cancel").await;
    ann.hears("already on its way; what waited behind it was stopped (1).").await;
    ann.hears("You said: first").await;
    ann.says("third").await;
    ann.hears("You said: third").await;
    assert!(!stack.model_requests().await.iter().any(|request| asked(request).contains("second")));
}

#[tokio::test]
async fn a_cancel_delivered_again_says_the_same_and_stops_nothing_newer() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let ann = stack.person();
    ann.says("slow").await;
    stack.model_is_asked("slow").await;
    let cancel = ann.says("cancel").await;
    ann.hears("Stopped (1).").await;
    ann.says("newer").await;
    ann.is_delivered_again(&cancel).await;
    ann.hears("You said: newer").await;
    let told = ann.heard().await.into_iter().filter(|line| !line.contains("newer")).collect::<Vec<_>>();
    assert!(told.iter().all(|line| line == "Stopped (1)."), "{told:?}");
}

#[tokio::test]
async fn a_cancel_with_nothing_to_stop_says_so() {
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    ann.says("cancel").await;
    ann.hears("There is nothing to stop.").await;
    ann.says("取消").await;
    ann.hears("目前沒有可以停止的回答。").await;
    assert!(stack.model_requests().await.is_empty());
}

#[tokio::test]
async fn the_eleventh_waiting_message_is_refused_and_told() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "m0", "held": true }])).await;
    let ann = stack.person();
    ann.says("m0").await;
    stack.model_is_asked("m0").await;
    for number in 1..=9 {
        ann.says(&format!("m{number}")).await;
    }
    let eleventh = ann.says("m10").await;
    stack.let_go().await;
    ann.hears("Too many pending requests, please wait for the current one.").await;
    ann.hears("m9").await;
    let requests = stack.model_requests().await;
    assert!(!requests.iter().any(|request| asked(request).contains("m10")), "{requests:?}");
    // A redelivery of what was refused is still refused: it was told so.
    ann.is_delivered_again(&eleventh).await;
    ann.says("afterwards").await;
    ann.hears("afterwards").await;
    assert!(!stack.model_requests().await.iter().any(|request| asked(request).contains("m10")));
}

#[tokio::test]
async fn after_idle_time_a_new_session_starts_without_the_old_context() {
    let stack = Setup::quick().set("session_idle_ms=700").up().await;
    let ann = stack.person();
    ann.says("a secret").await;
    ann.hears("a secret").await;
    stack.settles().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    ann.says("what did I say?").await;
    ann.hears("what did I say?").await;
    let requests = stack.model_requests().await;
    assert_eq!(requests[1]["messages"], 2, "prompt and question, no history");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up_and_the_next_message_works() {
    let stack = Setup::quick().set("answer_timeout_ms=6000").up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let ann = stack.person();
    ann.says("slow").await;
    ann.hears("This takes longer than expected. Please try again.").await;
    ann.says("quick").await;
    ann.hears("You said: quick").await;
    assert_eq!(stack.model_requests().await.len(), 2);
}

#[tokio::test]
async fn a_voice_message_that_takes_too_long_to_write_down_is_given_up_and_the_next_message_works() {
    let stack = Setup::quick().set("transcribe_timeout_ms=6000").up().await;
    stack.model_rules(json!([{ "speech": true, "contains": "slow", "hang": true }])).await;
    let ann = stack.guest("telegram");
    ann.sends(json!({ "voice": voice("slow") })).await;
    ann.hears("This takes longer than expected. Please try again.").await;
    assert!(stack.model_requests().await.is_empty(), "it was never asked to answer");
    ann.sends(json!({ "voice": voice("quick") })).await;
    ann.hears("You said: quick").await;
}

#[tokio::test]
async fn the_answers_time_begins_when_what_was_spoken_is_written_down() {
    let times = ["answer_timeout_ms=8000", "processor_timeout_s=30", "visibility_timeout_s=35"];
    let stack = times.into_iter().fold(Setup::quick(), Setup::set).up().await;
    let rules = json!([
        { "speech": true, "contains": "slow", "delay_ms": 7000 },
        { "contains": "slow", "delay_ms": 1500 },
    ]);
    stack.model_rules(rules).await;
    let ann = stack.guest("telegram");
    ann.sends(json!({ "voice": voice("slow") })).await;
    ann.hears("You said: slow").await;
    let heard = ann.heard().await;
    assert!(
        heard.len() == 2 && heard[0].contains("🎤 slow"),
        "both together last longer than an answer may: {heard:?}"
    );
}

#[tokio::test]
async fn a_waiting_user_is_told_once_that_it_still_works() {
    let stack = Setup::quick().set("watch_after_s=1").up().await;
    stack.model_rules(json!([{ "contains": "slow", "held": true }])).await;
    let ann = stack.person();
    ann.says("slow").await;
    ann.hears("Still working").await;
    stack.let_go().await;
    ann.hears("You said: slow").await;
    assert_eq!(
        ann.heard().await,
        ["Still working on your answer, one moment please.", "[scripted model] You said: slow"]
    );
}

#[tokio::test]
async fn a_model_that_refuses_is_asked_again_and_one_that_fails_is_not() {
    let stack = Setup::quick().up().await;
    stack
        .model_rules(json!([
            { "contains": "busy", "status": 429, "times": 2 },
            { "contains": "broken", "status": 500 },
        ]))
        .await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("busy").await;
    ann.hears("You said: busy").await;
    ben.says("broken").await;
    ben.hears("An error occurred. Please try again.").await;
    let requests = stack.model_requests().await;
    let count = |text: &str| requests.iter().filter(|request| asked(request) == text).count();
    assert_eq!((count("busy"), count("broken")), (3, 1));
}

/// A copy of the example bot with one line more.
pub fn copy_bot(to: &std::path::Path, line: &str) {
    let from = root().join("bots/assistant");
    let toml = std::fs::read_to_string(from.join("bot.toml")).unwrap();
    let key = line.split('=').next().unwrap().trim();
    let kept: Vec<&str> = toml.lines().filter(|line| !line.starts_with(key)).collect();
    let at = kept.iter().position(|line| line.starts_with('[')).unwrap_or(kept.len());
    let (before, after) = kept.split_at(at);
    std::fs::write(to.join("bot.toml"), [before, &[line], after].concat().join("\n")).unwrap();
    std::fs::create_dir(to.join("prompts")).unwrap();
    std::fs::copy(from.join("prompts/default.md"), to.join("prompts/default.md")).unwrap();
}

/// The messages that a scripted answer repeats.
fn words(answer: &str) -> Vec<String> {
    let said = answer.strip_prefix("[scripted model] You said: ").unwrap_or_default();
    said.split(" / ").map(ToOwned::to_owned).collect()
}
