//! More is asked than can be answered.

use serde_json::json;

use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, until};

const BUSY: &str = "The service is busy right now. Please try again in a moment.";

/// Eight answers are made at once, and these last until somebody stops them.
#[tokio::test]
async fn what_has_waited_too_long_is_told_so_and_costs_no_answer() {
    let setup = Setup::patient().set("stale_after_ms=60000");
    let stack = setup.up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let crowd: Vec<_> = (0..8).map(|_| stack.person()).collect();
    for (number, person) in crowd.iter().enumerate() {
        let question = format!("slow {number}");
        person.says(&question).await;
        stack.model_is_asked(&question).await;
    }
    // Written a while ago, she has waited too long soon, and nobody else has.
    let (ann, written) = (stack.guest("telegram"), startup::now().0 - 57_000);
    ann.sends(json!({ "text": "and me?", "date_ms": written })).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert!(ann.heard().await.is_empty(), "no slot was free");
    for person in &crowd {
        person.says("cancel").await;
    }
    ann.hears(BUSY).await;
    ann.says("and now?").await;
    ann.hears("You said: and now?").await;
    assert_eq!(ann.heard().await, [BUSY, "[scripted model] You said: and now?"]);
    assert_eq!(stack.model_requests().await.len(), 9, "what came too late was not asked");
}

async fn processors(stack: &Stack) -> usize {
    let state = stack.state().await;
    state["sandboxes"].as_array().unwrap().iter().filter(|one| one["function"] == "processor").count()
}

/// One waits ahead of the first event; on Lambda it would be none.
#[tokio::test]
async fn sandboxes_become_as_many_as_the_cap_and_go_when_nobody_writes() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().model_concurrency(4).up().await;
    assert_eq!(processors(&stack).await, 1);
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let crowd: Vec<_> = (0..12).map(|_| stack.person()).collect();
    for person in &crowd {
        person.says("slow").await;
    }
    let at_the_model = async || (stack.model_requests().await.len() == 4).then_some(());
    until("as many are at the model as may be", at_the_model).await;
    assert_eq!(processors(&stack).await, 4, "eight wait");
    for person in &crowd {
        person.says("cancel").await;
    }
    let ledger = stack.settles().await;
    assert_eq!(
        (&ledger["violations"], &ledger["outcomes"]["cancelled"]),
        (&json!([]), &json!(12)),
        "{ledger}"
    );
    assert_eq!(processors(&stack).await, 4, "never more");

    stack.post(stack.url("/local/clock"), &json!({ "by_ms": 3_600_000 })).await;
    until("one is left", async || (processors(&stack).await == 1).then_some(())).await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
}
