//! Requests that do not come from the platform.

use crate::stack::Setup;

#[tokio::test]
async fn forged_missing_and_truncated_proof_is_refused_and_touches_nothing() {
    let stack = Setup::quick().up().await;
    let secret = stack.state().await["secrets"]["TELEGRAM_SECRET_TOKEN"].as_str().unwrap().to_owned();
    let truncated = &secret[..secret.len() - 1];
    let body = std::fs::read(crate::stack::root().join("events/telegram/text.json")).unwrap();
    for proof in [None, Some("forged"), Some(truncated), Some("")] {
        let request = stack.http().post(stack.url("/webhook/telegram")).body(body.clone());
        let request = request.header("content-type", "application/json");
        let request = match proof {
            Some(proof) => request.header("x-telegram-bot-api-secret-token", proof),
            None => request,
        };
        assert_eq!(request.send().await.unwrap().status(), 401, "{proof:?}");
    }
    if std::env::var_os("TURNWISE_SQS_ENDPOINT").is_none() {
        let queues = stack.state().await["queues"]["queues"].as_array().unwrap().clone();
        assert!(queues.iter().all(|queue| queue["messages"].as_array().unwrap().is_empty()), "{queues:?}");
    }
    assert!(stack.model_requests().await.is_empty());
}

#[tokio::test]
async fn unknown_channels_and_events_are_harmless() {
    let stack = Setup::quick().up().await;
    let secret = stack.state().await["secrets"]["TELEGRAM_SECRET_TOKEN"].as_str().unwrap().to_owned();
    let post = |path: &str, body: &str| {
        let request = stack.http().post(stack.url(path)).body(body.to_owned());
        request
            .header("x-telegram-bot-api-secret-token", &secret)
            .header("content-type", "application/json")
            .send()
    };
    assert_eq!(post("/webhook/fax", "{}").await.unwrap().status(), 404);
    assert_eq!(post("/webhook/web", "{}").await.unwrap().status(), 404);
    for body in ["{}", "not JSON", r#"{"update_id": 1, "from_the_future": {"x": 1}}"#, "[]", ""] {
        assert_eq!(post("/webhook/telegram", body).await.unwrap().status(), 200, "{body}");
    }
    assert_eq!(stack.http().get(stack.url("/webhook/telegram")).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn secrets_and_kills_are_for_this_machine_alone() {
    let stack = Setup::quick().up().await;
    let state = |host: &'static str| stack.http().get(stack.url("/local/state")).header("host", host).send();
    assert_eq!(state("localhost:9000").await.unwrap().status(), 200);
    assert_eq!(state("a-tunnel.example").await.unwrap().status(), 403);
    for (header, value) in [("x-forwarded-for", "203.0.113.7"), ("origin", "https://elsewhere.example")] {
        let request = stack.http().get(stack.url("/local/state")).header(header, value);
        assert_eq!(request.send().await.unwrap().status(), 403, "{header}");
    }
    // A page of somebody else's may send text without asking; JSON it may not.
    let simple = stack.http().post(stack.url("/api/chat")).header("content-type", "text/plain");
    assert_eq!(simple.body(r#"{"message": "hi"}"#).send().await.unwrap().status(), 415);
}
