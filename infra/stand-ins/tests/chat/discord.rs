use crate::world::{NOW_MS, World};
use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use stand_ins::chat::Account;
use stand_ins::discord;
use std::time::Duration;

const CHANNEL: &str = "1182000000000000003";
const SAY: &str = "/user/1182000000000000003/say";
const HOOK: &str = "/api/v10/webhooks/1180000000000000001";

async fn world() -> World {
    let account = discord::Account { seed: [1; 32], ..discord::Account::default() };
    World::new(Account::Discord(account), "Bot discord-stand-in").await
}

/// The bot defers, as it does with every command; the answer is the interaction.
async fn says(world: &World, say: Value) -> Value {
    world.webhook.answers([Json(json!({"type": 5})).into_response()]);
    assert_eq!(world.post(SAY, say).await.1["status"], 200);
    world.webhook.last().json()
}

fn original(interaction: &Value) -> String {
    format!("{HOOK}/{}/messages/@original", interaction["token"].as_str().unwrap())
}

async fn edit(world: &World, path: &str, content: &str) -> (u16, Value) {
    world.call("PATCH", path, json!({ "content": content }), &[]).await
}

#[tokio::test]
async fn a_command_is_signed_deferred_and_its_answer_edited_in() {
    let world = world().await;
    let asked = says(&world, json!({"text": "Mikä?", "group": true, "user": "1184", "language": "fi"})).await;
    let got = world.webhook.last();
    let key = discord::Account { seed: [1; 32], ..discord::Account::default() }.public_key_hex();
    let key = VerifyingKey::from_bytes(&hex::decode(key).unwrap().try_into().unwrap()).unwrap();
    let signature = hex::decode(got.header("x-signature-ed25519")).unwrap();
    let signed = [got.header("x-signature-timestamp").as_bytes(), &got.body].concat();
    key.verify_strict(&signed, &Signature::from_slice(&signature).unwrap()).unwrap();

    assert_eq!((&asked["type"], &asked["context"], &asked["locale"]), (&json!(2), &json!(0), &json!("fi")));
    assert_eq!((&asked["channel_id"], &asked["member"]["user"]["id"]), (&json!(CHANNEL), &json!("1184")));
    assert_eq!(asked["data"]["options"], json!([{"name": "question", "type": 3, "value": "Mikä?"}]));
    let id: u64 = asked["id"].as_str().unwrap().parse().unwrap();
    assert_eq!((id >> 22) + 1_420_070_400_000, NOW_MS);
    assert_eq!(world.signs(CHANNEL), ["typing"]);

    assert_eq!(edit(&world, &original(&asked), "Hello").await.0, 200);
    assert_eq!(edit(&world, &original(&asked), "Hello").await.0, 200);
    assert_eq!(world.talk(CHANNEL), ["User: Mikä?", "Bot: Hello"]);
    let more = world
        .post(original(&asked).trim_end_matches("/messages/@original"), json!({"content": "more"}))
        .await;
    assert_eq!((more.0, &more.1["content"]), (200, &json!("more")));
    assert_eq!(world.call("DELETE", &original(&asked), Value::Null, &[]).await.0, 204);
    assert!(world.handle.messages(CHANNEL)[1].unsent);
    let (status, gone) = edit(&world, &original(&asked), "Hello").await;
    assert_eq!((status, &gone["code"]), (404, &json!(10_008)));
}

#[tokio::test]
async fn a_token_dies_unanswered_and_after_a_quarter_of_an_hour() {
    let world = world().await;
    world.webhook.fails(1);
    world.post(SAY, json!({"text": "hi"})).await;
    let lost = world.webhook.last().json();
    let (status, refused) = edit(&world, &original(&lost), "Hello").await;
    assert_eq!((status, &refused["code"]), (404, &json!(10_015)));
    assert_eq!((world.handle.pending(), world.webhook.got().len()), (0, 1), "nothing comes again");

    let asked = says(&world, json!({"text": "hi"})).await;
    assert_eq!(edit(&world, &original(&asked), &"a".repeat(2001)).await.1["code"], 50_035);
    world.passes(Duration::from_secs(901));
    let (status, refused) = edit(&world, &original(&asked), "late").await;
    assert_eq!((status, &refused["code"]), (401, &json!(50_027)));
}

#[tokio::test]
async fn the_callback_answers_once() {
    let world = world().await;
    world.webhook.answers([StatusCode::ACCEPTED.into_response()]);
    world.post(SAY, json!({"text": "hi"})).await;
    let asked = world.webhook.last().json();
    let (id, token) = (asked["id"].as_str().unwrap(), asked["token"].as_str().unwrap());
    let path = format!("/api/v10/interactions/{id}/{token}/callback");
    assert_eq!(world.post(&path, json!({"type": 4, "data": {"content": "Hello"}})).await.0, 204);
    assert_eq!(world.post(&path, json!({"type": 5})).await.1["code"], 40_060);
    assert_eq!(world.talk(CHANNEL), ["User: hi", "Bot: Hello"]);
}

#[tokio::test]
async fn a_channel_message_is_repeated_safely_with_its_nonce() {
    let world = world().await;
    let path = format!("/api/v10/channels/{CHANNEL}/messages");
    let hello = json!({"content": "Hello", "nonce": "n1", "enforce_nonce": true});
    assert_eq!(world.post(&path, hello.clone()).await.1["code"], 10_003);
    says(&world, json!({"text": "hi"})).await;
    let first = world.post(&path, hello.clone()).await;
    assert_eq!(world.post(&path, hello.clone()).await, first);
    assert_eq!(world.talk(CHANNEL), ["User: hi", "Bot: Hello"]);
    let plain = world.http.post(format!("{}{path}", world.base)).body(hello.to_string()).send().await;
    assert_eq!(plain.unwrap().status(), 401);
    assert_eq!(world.post(&format!("/api/v10/channels/{CHANNEL}/typing"), json!({})).await.0, 204);
    world.post(&format!("/user/{CHANNEL}/block"), json!({})).await;
    assert_eq!(world.post(&path, json!({"content": "Hello?"})).await.1["code"], 50_007);
}

#[tokio::test]
async fn threads_attachments_and_buttons() {
    let world = world().await;
    let asked = says(
        &world,
        json!({"text": "this?", "image": STANDARD.encode("pixels"), "group": true, "thread": "99"}),
    )
    .await;
    assert_eq!((&asked["channel"]["type"], &asked["channel"]["parent_id"]), (&json!(11), &json!(CHANNEL)));
    let file = asked["data"]["options"][0]["value"].as_str().unwrap();
    let url = asked["data"]["resolved"]["attachments"][file]["url"].as_str().unwrap();
    assert_eq!(world.download(url, None).await, (200, "image/jpeg".to_owned(), b"pixels".to_vec()));
    world.set_fault(json!({"platform fault": "cdn_expired", "times": 1})).await;
    assert_eq!(world.download(url, None).await.0, 404);
    world.passes(Duration::from_secs(1));
    let button = json!({"type": 2, "label": "Yes", "custom_id": "yes", "style": 1});
    let rows = json!([{"type": 1, "components": [button]}]);
    world.call("PATCH", &original(&asked), json!({"content": "Sure?", "components": rows}), &[]).await;
    world
        .webhook
        .answers([Json(json!({"type": 7, "data": {"content": "Done", "components": []}})).into_response()]);
    world.post(&format!("/user/{CHANNEL}/press"), json!({"data": "yes"})).await;
    let pressed = world.webhook.last().json();
    assert_eq!((&pressed["type"], &pressed["data"]["custom_id"]), (&json!(3), &json!("yes")));
    assert_eq!(pressed["message"]["content"], "Sure?");
    assert_eq!(world.talk(CHANNEL), ["User: this?", "Bot: Done"]);
    assert_eq!(
        world
            .post(&format!("/user/{CHANNEL}/edit"), json!({"message_id": pressed["id"], "text": "x"}))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn the_handshake_sends_a_ping_and_a_forgery() {
    let world = world().await;
    world
        .webhook
        .answers([Json(json!({"type": 1})).into_response(), StatusCode::UNAUTHORIZED.into_response()]);
    let took = world.post("/control/handshake", json!({})).await.1;
    assert_eq!(took, json!({"status": 200, "echoed": true, "forged_refused": true}));
    let took = world.post("/control/handshake", json!({})).await.1;
    assert_eq!(took, json!({"status": 200, "echoed": false, "forged_refused": false}));
    world.set_fault(json!({"status": 429, "retry_after_s": 2, "times": 1, "operation": "send"})).await;
    let (status, limited) = world.post("/api/v10/channels/1/messages", json!({"content": "x"})).await;
    assert_eq!((status, &limited["retry_after"]), (429, &json!(2.0)));
}
