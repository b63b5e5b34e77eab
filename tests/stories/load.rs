//! More is asked than can be answered.

use serde_json::json;

use crate::stack::Setup;

const BUSY: &str = "The service is busy right now. Please try again in a moment.";

/// Eight answers are made at once, and these last until somebody stops them.
#[tokio::test]
async fn what_has_waited_too_long_is_told_so_and_costs_no_answer() {
    let patient = ["answer_timeout_ms=100000", "processor_timeout_s=110", "visibility_timeout_s=120"];
    let setup = patient.into_iter().fold(Setup::quick(), Setup::set).set("stale_after_ms=5000");
    let stack = setup.up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let crowd: Vec<_> = (0..8).map(|_| stack.person()).collect();
    for (number, person) in crowd.iter().enumerate() {
        let question = format!("slow {number}");
        person.says(&question).await;
        stack.model_is_asked(&question).await;
    }
    let ann = stack.person();
    ann.says("and me?").await;
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
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
