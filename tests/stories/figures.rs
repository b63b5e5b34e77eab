//! What an owner can read of the whole system: figures of the last minute, and what CloudWatch would be told.

use serde_json::{Value, json};

use crate::stack::{Setup, Stack, until};

/// The figures of the last minute, once they say this.
async fn stats(stack: &Stack, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    until(what, || async {
        let stats = stack.get(stack.url("/api/stats")).await;
        is_so(&stats).then_some(stats)
    })
    .await
}

/// The sum of what was measured.
async fn measured(stack: &Stack, metric: &str) -> u64 {
    let metrics = stack.get(stack.url("/local/metrics")).await;
    metrics[metric]["sum"].as_f64().map_or(0, |sum| sum as u64)
}

#[tokio::test]
async fn what_was_sent_is_counted_once_wherever_it_was_handled() {
    let stack = Setup::quick().up().await;
    let (ann, ben) = (stack.person(), stack.person());
    let (delivered, _) = tokio::join!(ann.says("one"), ben.says("two"));
    ann.hears_in_all(1).await;
    ben.hears_in_all(1).await;
    ann.says("three").await;
    ann.hears_in_all(2).await;
    ann.is_delivered_again(&delivered).await;
    let forged = stack.http().post(stack.url("/webhook/telegram")).body("{}").send().await.unwrap();
    assert_eq!(forged.status(), 401);
    let said = json!({ "message": "four" });
    let answer = stack.post(stack.url("/api/chat"), &said).await;
    assert_eq!(answer["outcome"], "answered");

    let all = |stats: &Value| stats["answers"]["count"] == 4 && stats["requests"]["count"] == 5;
    let stats = stats(&stack, "four answers to five requests", all).await;
    assert_eq!(stats["outcomes"]["answered"], 4, "{stats}");
    assert_eq!(stats["outcomes"]["lost"], 0);
    assert_eq!(stats["store"]["available"], true);
    let answers = &stats["answers"];
    let ms = |name: &str| answers[name].as_f64().unwrap();
    assert!(
        ms("p50_ms") <= ms("p95_ms") && ms("p95_ms") <= ms("p99_ms") && ms("average_ms") > 0.0,
        "{answers}"
    );

    for (metric, count) in [
        ("Acknowledged", 4),
        ("Answered", 4),
        ("DuplicatesDropped", 1),
        ("ForgedRequests", 1),
        ("ModelRequests", 4),
    ] {
        let what = format!("{metric} is {count}");
        until(&what, || async { (measured(&stack, metric).await == count).then_some(()) }).await;
    }
}

#[tokio::test]
async fn a_model_that_takes_nothing_is_counted_with_what_became_of_it() {
    let stack = Setup::quick().set("circuit_failures_max=1").up().await;
    stack.model_rules(json!([{ "contains": "hello", "status": 503 }])).await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears_in_all(1).await;
    for (metric, count) in
        [("Failed", 1), ("ModelRequests", 3), ("ModelRetries", 2), ("ModelFailures", 3), ("CircuitOpened", 1)]
    {
        let what = format!("{metric} is {count}");
        until(&what, || async { (measured(&stack, metric).await == count).then_some(()) }).await;
    }
}
