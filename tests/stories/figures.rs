//! What an owner can read of the whole system: figures of the last minute, and what CloudWatch would be told.

use serde_json::{Value, json};

use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, until};

/// Waits until the sum of what was measured is this.
pub async fn measures(stack: &Stack, metric: &str, sum: f64) {
    let what = format!("{metric} is {sum}");
    until(&what, || async {
        let metrics = stack.get(stack.url("/local/metrics")).await;
        (metrics[metric]["sum"] == json!(sum)).then_some(())
    })
    .await;
}

/// A stack that was sent five messages, one of them twice and one forged.
async fn written_to() -> Stack {
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
    stack
}

/// The figures of the last minute once they say this; they never say more. `None`: it passes and they do not. A process
/// writes its figures when an invocation ends, and leaves it when the table does not take them at once.
async fn four_answers_to_five_requests(stack: &Stack) -> Option<Value> {
    for _ in 0..400 {
        let stats = stack.get(stack.url("/api/stats")).await;
        let count = |name: &str| stats[name]["count"].as_u64().unwrap_or_default();
        let (answers, requests) = (count("answers"), count("requests"));
        assert!(answers <= 4 && requests <= 5, "{stats}");
        if (answers, requests) == (4, 5) {
            return Some(stats);
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    None
}

#[tokio::test]
async fn what_was_sent_is_counted_once_wherever_it_was_handled() {
    let mut tries = 1..=3;
    let (stack, stats) = loop {
        assert!(tries.next().is_some(), "it is never counted whole");
        let stack = written_to().await;
        if let Some(stats) = four_answers_to_five_requests(&stack).await {
            break (stack, stats);
        }
    };
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
        measures(&stack, metric, f64::from(count)).await;
    }
}

#[tokio::test]
async fn who_is_at_work_and_what_waits_is_told_alike_by_every_instance() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "slow", "held": true }])).await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("slow, please").await;
    ben.says("slow as well").await;
    stack.model_is_asked("slow, please").await;
    stack.model_is_asked("slow as well").await;
    ann.says("and this?").await;
    let url = || stack.url("/health/concurrency");
    let both_work =
        |told: &Value| told["metrics"]["processing_sessions"] == 2 && told["metrics"]["queued_messages"] == 1;
    let seen = until("two turns and one message that waits, from every instance", || async {
        let told = tokio::join!(stack.get(url()), stack.get(url()), stack.get(url()));
        let told: [Value; 3] = told.into();
        told.iter().all(both_work).then(|| told[0].clone())
    })
    .await;
    assert_eq!((&seen["status"], &seen["warnings"]), (&json!("ok"), &json!([])), "{seen}");
    assert_eq!(seen["metrics"]["active_sessions"], 2);
    assert!(seen["metrics"]["oldest_waiting"]["age_s"].is_u64(), "{seen}");

    stack.let_go().await;
    ann.hears_in_all(2).await;
    ben.hears_in_all(1).await;
    let idle = until("nobody at work", || async {
        let told = stack.get(url()).await;
        (told["metrics"]["processing_sessions"] == 0 && told["metrics"]["queued_messages"] == 0)
            .then_some(told)
    })
    .await;
    assert_eq!(idle["metrics"]["active_sessions"], 2, "sessions outlive their turns: {idle}");
    assert_eq!(idle["metrics"]["oldest_waiting"], Value::Null);
    assert!(idle["metrics"]["oldest_session"]["start"].as_str().unwrap().ends_with('Z'), "{idle}");
    let age_s = idle["metrics"]["oldest_session"]["age_s"].as_u64();
    assert!(age_s < Some(86_400), "a first session begins with its first message: {idle}");
}

#[tokio::test]
async fn a_model_that_is_down_shows_in_health_and_messages_still_end_honestly() {
    let down = ["model_attempts=1", "circuit_failures_max=1", "circuit_open_ms=600000", "circuit_look_ms=0"];
    let stack = down.into_iter().fold(Setup::quick(), Setup::set).up().await;
    let health = || stack.get(stack.url("/health"));
    let well = health().await;
    assert_eq!((&well["status"], &well["parts"]["model"]["status"]), (&json!("ok"), &json!("ok")), "{well}");
    stack.model_rules(json!([{ "contains": "hello", "status": 503 }])).await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("try again in a moment").await;
    let ill = until("health tells of the model", || async {
        let told = health().await;
        (told["parts"]["model"]["status"] == "degraded").then_some(told)
    })
    .await;
    assert_eq!(
        (&ill["status"], &ill["parts"]["table"]["status"]),
        (&json!("degraded"), &json!("ok")),
        "{ill}"
    );
    assert!(ill["parts"]["model"]["says"].as_str().unwrap().contains("is not asked for"), "{ill}");
    let answer = stack.http().get(stack.url("/health")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "messages are taken in");
    let answer = stack.post(stack.url("/api/chat"), &json!({ "message": "still there?" })).await;
    assert_eq!((&answer["success"], &answer["outcome"]), (&json!(false), &json!("failed")), "{answer}");
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
        measures(&stack, metric, f64::from(count)).await;
    }
}

#[tokio::test]
async fn without_its_table_health_says_so_and_what_is_sent_comes_again() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().breakable().up().await;
    let health = async || {
        let reply = stack.http().get(stack.url("/health")).send().await.unwrap();
        (reply.status().as_u16(), reply.json::<Value>().await.unwrap())
    };
    let is = async |wanted: u16| {
        let what = format!("health is {wanted}");
        until(&what, async || Some(health().await).filter(|(status, _)| *status == wanted)).await.1
    };
    assert_eq!(is(200).await["status"], "ok");
    let weather = stack.url("/local/weather");
    stack.post(weather.clone(), &json!({ "throttles": 1.0 })).await;
    let told = is(503).await;
    assert_eq!(told["parts"]["table"]["status"], "unavailable", "{told}");
    let ann = stack.person();
    let delivered = ann.tries_to_say("hello").await;
    assert!(
        delivered["status"].as_u64() >= Some(500),
        "nothing is acknowledged that is not stored: {delivered}"
    );
    stack.post(weather, &json!({})).await;
    assert_eq!(is(200).await["parts"]["table"]["status"], "ok");
    ann.hears("You said: hello").await;
}
