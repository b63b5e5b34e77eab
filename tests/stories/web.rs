//! The JSON API.

use serde_json::{Value, json};

use crate::stack::{Setup, Stack, until};

async fn chat(stack: &Stack, body: Value) -> (u16, Value) {
    stack.canaries().heard(&body);
    let answer = stack.http().post(stack.url("/api/chat")).json(&body).send().await.unwrap();
    let (status, answer): (u16, Value) = (answer.status().as_u16(), answer.json().await.unwrap());
    // A session is known by its id.
    stack.canaries().heard(&json!({ "session_id": answer["session_id"] }));
    (status, answer)
}

#[tokio::test]
async fn a_question_by_curl_gets_its_answer() {
    let stack = Setup::quick().up().await;
    let (status, answer) = chat(&stack, json!({ "message": "hello" })).await;
    assert_eq!(status, 200);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["response"], "[scripted model] You said: hello");
    assert_eq!(answer["answer_id"], answer["request_id"]);
    assert!(answer["request_id"].as_str().unwrap().starts_with("web."));
    assert!(answer["processing_time"].as_f64().unwrap() > 0.0);
    let (_, next) = chat(&stack, json!({ "message": "again", "session_id": answer["session_id"] })).await;
    assert_eq!(next["session_id"], answer["session_id"]);
    assert_eq!(stack.model_requests().await[1]["messages"], 4, "the same session has a history");
}

#[tokio::test]
async fn a_slow_answer_is_fetched_later_by_its_own_session_only() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "slow", "delay_ms": 800 }])).await;
    let request = stack.http().post(stack.url("/api/chat")).header("prefer", "respond-async");
    let answer = request.json(&json!({ "message": "slow" })).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let pending: Value = answer.json().await.unwrap();
    assert_eq!(pending["status"], "pending");
    let url = stack.url(pending["status_url"].as_str().unwrap());
    let session = pending["session_id"].as_str().unwrap().to_owned();

    let (_, stranger) = chat(&stack, json!({ "message": "who else is here?" })).await;
    let stranger = stranger["session_id"].as_str().unwrap().to_owned();
    let status = |token: String| stack.http().get(&url).bearer_auth(token).send();
    assert_eq!(
        status(stranger).await.unwrap().status(),
        404,
        "another session does not even learn that it exists"
    );
    assert_eq!(stack.http().get(&url).send().await.unwrap().status(), 401);

    let settled = until("the answer is there", || async {
        let answer: Value = status(session.clone()).await.unwrap().json().await.unwrap();
        (answer["status"] == "settled").then_some(answer)
    })
    .await;
    assert_eq!(settled["response"], "[scripted model] You said: slow");
    assert_eq!(settled["outcome"], "answered");
}

#[tokio::test]
async fn a_client_cannot_choose_who_it_is() {
    let stack = Setup::quick().up().await;
    let (_, answer) = chat(&stack, json!({ "message": "hello" })).await;
    let session = answer["session_id"].as_str().unwrap();
    let other = session.replacen(|c: char| c.is_ascii_digit(), "a", 1);
    for forged in [other.as_str(), "ann", "", "a.b"] {
        let (status, refused) = chat(&stack, json!({ "message": "hi", "session_id": forged })).await;
        assert_eq!(status, 401, "{forged}: {refused}");
    }
    assert_eq!(stack.model_requests().await.len(), 1);
}

#[tokio::test]
async fn the_same_message_id_is_the_same_message() {
    let stack = Setup::quick().up().await;
    let (_, first) = chat(&stack, json!({ "message": "hello" })).await;
    let id = uuid_v7(0);
    let body = json!({ "message": "once", "message_id": id, "session_id": first["session_id"] });
    let (_, one) = chat(&stack, body.clone()).await;
    let (_, two) = chat(&stack, body).await;
    assert_eq!(one["request_id"], two["request_id"]);
    assert_eq!(one["response"], two["response"]);
    assert_eq!(stack.model_requests().await.len(), 2);
}

#[tokio::test]
async fn a_running_answer_is_cancelled_by_the_api() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "slow", "delay_ms": 30_000 }])).await;
    let (_, first) = chat(&stack, json!({ "message": "hello" })).await;
    let session = first["session_id"].as_str().unwrap().to_owned();
    let asking = chat(&stack, json!({ "message": "slow", "session_id": session }));
    let stopping = async {
        stack.model_is_asked("slow").await;
        let cancel = stack.http().post(stack.url("/api/chat/cancel")).bearer_auth(&session);
        cancel.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let ((_, asked), stopped) = futures_util::future::join(asking, stopping).await;
    assert_eq!(stopped["stopped"], 1, "{stopped}");
    assert_eq!(asked["outcome"], "cancelled", "{asked}");
    assert_eq!(asked["success"], false);
}

/// Refused messages are stored too, between a message and the answer that covers it.
#[tokio::test]
async fn a_message_finds_its_answer_behind_any_number_of_refused_ones() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "first", "held": true }])).await;
    let (_, hello) = chat(&stack, json!({ "message": "hello" })).await;
    let session = hello["session_id"].as_str().unwrap().to_owned();
    let say = |text: String| {
        let body = json!({ "message": text, "session_id": session });
        let request = stack.http().post(stack.url("/api/chat")).header("prefer", "respond-async");
        async move { request.json(&body).send().await.unwrap().json::<Value>().await.unwrap() }
    };
    say("first".to_owned()).await;
    stack.model_is_asked("first").await;
    let waiting = say("second".to_owned()).await;
    // Eight more fill the mailbox; the rest are refused, and one that joins the turn comes last.
    let crowd = futures_util::future::join_all((0..90).map(|number| say(format!("m{number}")))).await;
    assert!(crowd.iter().filter(|answer| answer["outcome"] == "refused").count() > 70);
    stack.let_go().await;
    let url = stack.url(waiting["status_url"].as_str().unwrap());
    let settled = until("the second message is settled", || async {
        let answer: Value =
            stack.http().get(&url).bearer_auth(&session).send().await.ok()?.json().await.ok()?;
        assert_ne!(answer["error"], "unknown", "an acknowledged message is never forgotten");
        (answer["status"] == "settled").then_some(answer)
    })
    .await;
    assert_eq!(settled["outcome"], "answered");
}

#[tokio::test]
async fn a_client_whose_clock_is_ahead_can_cancel() {
    let stack = Setup::quick().up().await;
    stack.model_rules(json!([{ "contains": "slow", "delay_ms": 30_000 }])).await;
    let (_, first) = chat(&stack, json!({ "message": "hello" })).await;
    let session = first["session_id"].as_str().unwrap().to_owned();
    let asking =
        chat(&stack, json!({ "message": "slow", "session_id": session, "message_id": uuid_v7(120_000) }));
    let stopping = async {
        stack.model_is_asked("slow").await;
        chat(&stack, json!({ "message": "cancel", "session_id": session })).await.1
    };
    let ((_, asked), stopped) = futures_util::future::join(asking, stopping).await;
    assert_eq!(
        (asked["outcome"].as_str(), stopped["stopped"].as_u64()),
        (Some("cancelled"), Some(1)),
        "{stopped}"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let stack = Setup::quick().up().await;
    for (body, told) in [
        (json!({}), "`message` must be a text that is not empty"),
        (json!({ "message": "hi", "message_id": "7" }), "`message_id` must be a UUID of version 7"),
    ] {
        let (status, answer) = chat(&stack, body).await;
        assert_eq!((status, answer["message"].as_str().unwrap()), (400, told));
    }
    let (status, wrong_clock) =
        chat(&stack, json!({ "message": "hi", "message_id": uuid_v7(600_000) })).await;
    assert_eq!((status, wrong_clock["error"].as_str()), (400, Some("clock")));
    assert!(wrong_clock["now_ms"].as_u64().unwrap() <= u64::try_from(startup::now().0).unwrap());
    let raw =
        stack.http().post(stack.url("/api/chat")).header("content-type", "application/json").body("hello");
    let raw = raw.send().await.unwrap();
    assert_eq!(raw.status(), 400);
    let (status, long) = chat(&stack, json!({ "message": "x".repeat(8_001) })).await;
    assert_eq!((status, long["error"].as_str()), (413, Some("too-long")), "nothing is cut in silence");
    let nothing = stack.http().get(stack.url("/api/chat/not-an-id")).send().await.unwrap();
    assert_eq!(
        (nothing.status().as_u16(), nothing.json::<Value>().await.unwrap()["success"].as_bool()),
        (404, Some(false))
    );
    let health: Value = stack.http().get(stack.url("/health")).send().await.unwrap().json().await.unwrap();
    assert_eq!(health["status"], "ok");
}

/// A UUIDv7 as a client makes one whose clock is so many milliseconds ahead.
pub fn uuid_v7(ahead_ms: u128) -> String {
    #[expect(clippy::disallowed_methods, reason = "a client has a clock of its own")]
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() + ahead_ms;
    let hex = format!("{now:012x}7abc8000{:012x}", crate::stack::number());
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}
