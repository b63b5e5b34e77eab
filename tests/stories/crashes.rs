//! What users see when processes die.

use serde_json::json;

use crate::figures::measures;
use crate::stack::{Setup, asked};

#[tokio::test]
async fn a_processor_killed_during_the_model_call_is_told_as_lost_and_the_model_is_not_asked_again() {
    let stack = Setup::mortal().up().await;
    stack.model_rules(json!([{ "contains": "important", "hang": true }])).await;
    let ann = stack.person();
    ann.says("important").await;
    stack.model_is_asked("important").await;
    stack.kill_processor().await;
    ann.hears("Your answer was lost on our side. Please send your message again.").await;
    assert_eq!(ann.heard().await.len(), 1);
    let requests = stack.model_requests().await;
    assert_eq!(requests.iter().filter(|request| asked(request) == "important").count(), 1);
}

#[tokio::test]
async fn a_crash_of_one_users_turn_delays_nobody_else() {
    let stack = Setup::late().up().await;
    stack.model_rules(json!([{ "contains": "important", "hang": true }])).await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("important").await;
    stack.model_is_asked("important").await;
    stack.kill_processor().await;
    ben.says("and me?").await;
    ben.hears("You said: and me?").await;
    assert!(ann.heard().await.is_empty(), "ben did not wait for ann's turn to be taken over");
    ann.hears("lost on our side").await;
}

#[tokio::test]
async fn a_processor_that_dies_before_it_begins_loses_nothing() {
    let stack = Setup::mortal().up().await;
    stack.kill_next("processor", 1).await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    assert_eq!(stack.model_requests().await.len(), 1);
}

#[tokio::test]
async fn a_webhook_that_dies_is_delivered_again_by_the_platform() {
    let stack = Setup::quick().up().await;
    stack.kill_next("webhook", 1).await;
    let ann = stack.person();
    let first = ann.tries_to_say("hello").await;
    assert_ne!(first["status"], 200);
    ann.hears("You said: hello").await;
    assert_eq!(ann.heard().await.len(), 1);
}

#[tokio::test]
async fn a_dead_letter_apologises_once() {
    let stack = Setup::poisoned().up().await;
    stack.kill_next("processor", 2).await;
    let ann = stack.person();
    ann.says("poison").await;
    ann.hears("An error occurred. Please try again.").await;
    ann.says("and now?").await;
    ann.hears("You said: and now?").await;
    let heard = ann.heard().await;
    assert_eq!(heard, ["An error occurred. Please try again.", "[scripted model] You said: and now?"]);
    assert_eq!(stack.model_requests().await.len(), 1);
    measures(&stack, "DeadLetters", 1.0).await;
}

const FAILED: &str = "An error occurred. Please try again.";
const LOST: &str = "Your answer was lost on our side. Please send your message again.";

#[tokio::test]
async fn a_turn_that_panics_fails_alone_and_its_process_lives_on() {
    poisons("please [[panic]] now", FAILED, 0).await;
}

#[tokio::test]
async fn a_turn_that_ends_its_process_is_told_as_lost_after_one_crash() {
    poisons("please [[abort]] now", LOST, 1).await;
}

#[tokio::test]
async fn a_turn_that_never_yields_is_told_as_lost_after_one_crash() {
    poisons("please [[spin]] now", LOST, 1).await;
}

/// Ann's turn is poison: so many processors end of it and not one more, she is told this, once, and is answered again;
/// Ben, who writes meanwhile, does not wait for any of it.
async fn poisons(text: &str, apology: &str, crashes: usize) {
    let stack = Setup::late().up().await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says(text).await;
    ben.says("and me?").await;
    ben.hears("You said: and me?").await;
    assert!(crashes == 0 || ann.heard().await.is_empty(), "ben did not wait for ann's turn to end");
    ann.hears(apology).await;
    ann.says("better?").await;
    ann.hears("You said: better?").await;
    assert_eq!(ann.heard().await, [apology, "[scripted model] You said: better?"]);
    assert_eq!(ben.heard().await, ["[scripted model] You said: and me?"]);
    assert_eq!(stack.processors_gone(), crashes);
    assert_eq!(stack.model_requests().await.len(), 2, "the poisoned turn was not begun again");
}
