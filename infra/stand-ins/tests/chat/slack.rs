use crate::world::{Got, World};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use stand_ins::chat::Account;
use std::collections::BTreeMap;
use std::time::Duration;

const DIRECT: &str = "D0DEMODM001";
const CHANNEL: &str = "/user/C0DEMOCHAN1";
const SAY: &str = "/user/D0DEMODM001/say";
const POST: &str = "/api/chat.postMessage";

async fn world() -> World {
    World::new(Account::Slack(stand_ins::slack::Account::default()), "Bearer xoxb-stand-in").await
}

fn event(world: &World) -> Value {
    world.webhook.last().json()["event"].clone()
}

fn form(got: &Got) -> BTreeMap<String, String> {
    serde_urlencoded::from_bytes(&got.body).unwrap()
}

fn check_signature(got: &Got) {
    let secret = stand_ins::slack::Account::default().signing_secret;
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let time = got.header("x-slack-request-timestamp");
    let mac = mac.chain_update(format!("v0:{time}:")).chain_update(&got.body);
    assert_eq!(got.header("x-slack-signature"), format!("v0={}", hex::encode(mac.finalize().into_bytes())));
}

#[tokio::test]
async fn a_direct_message_and_its_answer() {
    let world = world().await;
    let (_, said) = world.post(SAY, json!({"text": "Moi <testi> & muut"})).await;
    check_signature(&world.webhook.last());
    let body = world.webhook.last().json();
    assert_eq!((&body["event_id"], &body["type"]), (&said["event"], &json!("event_callback")));
    let event = event(&world);
    assert_eq!(event["text"], "Moi &lt;testi&gt; &amp; muut");
    assert_eq!((&event["user"], &event["channel_type"]), (&json!("U0DEMODM001"), &json!("im")));
    assert_eq!(event["ts"], said["message_id"]);
    let (status, sent) = world.post(POST, json!({"channel": DIRECT, "text": "Hello"})).await;
    assert_eq!((status, &sent["ok"]), (200, &json!(true)));
    assert_eq!(world.talk(DIRECT), ["User: Moi <testi> & muut", "Bot: Hello"]);
    let edit = json!({"channel": DIRECT, "ts": sent["ts"], "text": "Hello!"});
    assert_eq!(world.post("/api/chat.update", edit).await.1["ok"], true);
    assert_eq!(world.talk(DIRECT)[1], "Bot: Hello!");
}

#[tokio::test]
async fn errors_are_200_with_their_name() {
    let world = world().await;
    let error = |answer: (u16, Value)| (answer.0, answer.1["error"].clone());
    let hello = json!({"channel": DIRECT, "text": "Hello"});
    assert_eq!(error(world.post(POST, hello.clone()).await), (200, json!("channel_not_found")));
    world.post(SAY, json!({"text": "hi"})).await;
    assert_eq!(error(world.post(POST, json!({ "channel": DIRECT })).await), (200, json!("no_text")));
    let other = world.http.post(format!("{}{POST}", world.base)).header("authorization", "Bearer wrong");
    let answer = other.body(hello.to_string()).send().await.unwrap();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(body, json!({"ok": false, "error": "invalid_auth"}));
    world.set_fault(json!({"platform fault": "ratelimited", "times": 1})).await;
    assert_eq!(error(world.post(POST, hello).await), (429, json!("ratelimited")));
}

#[tokio::test]
async fn three_retries_freshly_signed_unless_told_not_to() {
    let world = world().await;
    world.webhook.fails(9);
    world.post(SAY, json!({"text": "hi"})).await;
    let got = world.webhook.wait_for(4).await;
    got.iter().for_each(check_signature);
    let retries: Vec<_> = got.iter().map(|got| got.header("x-slack-retry-num")).collect();
    assert_eq!(retries, ["", "1", "2", "3"]);
    assert_eq!(got[1].header("x-slack-retry-reason"), "http_error");
    while world.handle.pending() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.webhook.got().len(), 4);
}

#[tokio::test]
async fn a_failing_answer_can_forbid_retries() {
    let world = world().await;
    world.webhook.answers([(StatusCode::INTERNAL_SERVER_ERROR, [("x-slack-no-retry", "1")]).into_response()]);
    world.post(SAY, json!({"text": "hi"})).await;
    while world.handle.pending() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.webhook.got().len(), 1);
}

#[tokio::test]
async fn a_mention_in_a_channel_makes_two_requests() {
    let world = world().await;
    let said = json!({"text": "refunds?", "user": "U0DEMOUSER2", "mention": true});
    let (_, said) = world.post(&format!("{CHANNEL}/say"), said).await;
    let got = world.webhook.wait_for(2).await;
    let mut kinds: Vec<_> = got.iter().map(|got| got.json()["event"]["type"].clone().to_string()).collect();
    kinds.sort();
    assert_eq!(kinds, [r#""app_mention""#, r#""message""#]);
    assert_eq!(got[0].json()["event"]["ts"], got[1].json()["event"]["ts"]);
    assert_ne!(said["event"], said["more_events"][0]);
    let reply = json!({"text": "and sales?", "thread": said["message_id"]});
    world.post(&format!("{CHANNEL}/say"), reply).await;
    let reply = event(&world);
    assert_eq!((&reply["thread_ts"], &reply["parent_user_id"]), (&said["message_id"], &json!("U0DEMOUSER2")));
}

#[tokio::test]
async fn a_command_has_a_response_url_for_five_uses() {
    let world = world().await;
    world.webhook.answers([axum::Json(json!({"text": "One moment"})).into_response()]);
    world.post(SAY, json!({"command": "ask", "text": "mikä on?"})).await;
    let got = world.webhook.last();
    check_signature(&got);
    assert_eq!(got.header("content-type"), "application/x-www-form-urlencoded");
    assert!(got.text().contains("command=%2Fask&text=mik%C3%A4+on%3F"));
    let url = form(&got)["response_url"].clone();
    for _ in 0..5 {
        assert_eq!(world.post(&url, json!({"text": "Hello"})).await.0, 200);
    }
    assert_eq!(world.post(&url, json!({"text": "Hello"})).await.1["error"], "used_url");
    assert_eq!(world.talk(DIRECT).len(), 7);
    assert_eq!(world.talk(DIRECT)[1], "Bot: One moment");
}

#[tokio::test]
async fn a_press_is_a_form_with_the_message_and_is_not_repeated() {
    let world = world().await;
    world.post(SAY, json!({"text": "hi"})).await;
    let words = json!({"type": "plain_text", "text": "Confirm"});
    let button = json!({"type": "button", "action_id": "confirm", "text": words, "value": "42"});
    let blocks = json!([{"type": "actions", "block_id": "b", "elements": [button]}]);
    let (_, sent) = world.post(POST, json!({"channel": DIRECT, "text": "Pick", "blocks": blocks})).await;
    world.webhook.fails(1);
    world.post(&format!("/user/{DIRECT}/press"), json!({"data": "42"})).await;
    let payload: Value = serde_json::from_str(&form(&world.webhook.last())["payload"]).unwrap();
    assert_eq!(payload["actions"][0]["value"], "42");
    assert_eq!(payload["container"]["message_ts"], sent["ts"]);
    let replace = json!({"text": "Done", "replace_original": true});
    world.post(payload["response_url"].as_str().unwrap(), replace).await;
    assert_eq!(world.talk(DIRECT), ["User: hi", "Bot: Done"]);
    assert_eq!((world.handle.pending(), world.webhook.got().len()), (0, 2));
    assert_eq!(world.post(&format!("/user/{DIRECT}/press"), json!({"data": "7"})).await.0, 400);
}

#[tokio::test]
async fn files_signs_edits_and_deletion() {
    let world = world().await;
    world.post(SAY, json!({"voice": STANDARD.encode("sound"), "language": "fi-FI"})).await;
    let file = event(&world)["files"][0].clone();
    let url = file["url_private_download"].as_str().unwrap();
    let token = Some("Bearer xoxb-stand-in");
    assert_eq!(world.download(url, token).await, (200, "audio/mp4".to_owned(), b"sound".to_vec()));
    let (status, kind, _) = world.download(url, None).await;
    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));

    let (_, said) = world.post(SAY, json!({"text": "hi"})).await;
    let status = json!({"channel_id": DIRECT, "thread_ts": said["message_id"], "status": "is thinking"});
    assert_eq!(world.post("/api/assistant.threads.setStatus", status).await.1, json!({"ok": true}));
    assert_eq!(world.signs(DIRECT), ["typing"]);
    let info = world.get("/api/users.info?user=U0DEMODM001&include_locale=true").await.1;
    assert_eq!(info["user"]["locale"], "fi-FI");

    let (direct, id) = (format!("/user/{DIRECT}"), &said["message_id"]);
    world.post(&format!("{direct}/edit"), json!({"message_id": id, "text": "hello"})).await;
    let edited = event(&world);
    assert_eq!(
        (&edited["subtype"], &edited["message"]["text"]),
        (&json!("message_changed"), &json!("hello"))
    );
    assert_eq!(edited["previous_message"]["text"], "hi");
    world.post(&format!("{direct}/unsend"), json!({ "message_id": id })).await;
    assert_eq!((&event(&world)["subtype"], &event(&world)["deleted_ts"]), (&json!("message_deleted"), id));
    world.passes(Duration::from_secs(1));
    assert_eq!(world.post(&format!("{direct}/block"), json!({})).await.0, 400);
}
