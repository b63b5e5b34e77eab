use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use stand_ins::chat::Account;
use std::time::Duration;

const ANN: &str = "358401234567";
const SAY: &str = "/user/358401234567/say";
const SEND: &str = "/v26.0/106540000000002/messages";

async fn world() -> World {
    let account = stand_ins::whatsapp::Account { receipts: false, ..stand_ins::whatsapp::Account::default() };
    World::new(Account::Whatsapp(account), "Bearer whatsapp-stand-in").await
}

fn value(world: &World) -> Value {
    world.webhook.last().json()["entry"][0]["changes"][0]["value"].clone()
}

fn text(text: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": ANN, "type": "text", "text": {"body": text}})
}

#[tokio::test]
async fn a_message_is_escaped_signed_and_worded_as_metas() {
    let world = world().await;
    let (_, said) = world.post(SAY, json!({"text": "Hyvää/päivää 🙂"})).await;
    let got = world.webhook.last();
    assert!(got.text().contains(r"Hyv\u00e4\u00e4\/p\u00e4iv\u00e4\u00e4 \ud83d\ude42"));
    let secret = stand_ins::whatsapp::Account::default().app_secret;
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&got.body);
    let wanted = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(got.header("x-hub-signature-256"), wanted);
    let expected = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540000000002"},
        "contacts": [{
            "profile": {"name": "Aino Virtanen"}, "wa_id": ANN, "user_id": "FI.10000358401234567",
        }],
        "messages": [{
            "from": ANN, "from_user_id": "FI.10000358401234567", "id": said["event"],
            "timestamp": "1795165200", "type": "text", "text": {"body": "Hyvää/päivää 🙂"},
        }],
    });
    assert_eq!(value(&world), expected);
}

#[tokio::test]
async fn only_200_counts_and_the_same_message_comes_again() {
    let world = world().await;
    let accepted = axum::http::StatusCode::ACCEPTED;
    world.webhook.answers([axum::response::IntoResponse::into_response(accepted)]);
    world.post(SAY, json!({"text": "hi"})).await;
    let got = world.webhook.wait_for(2).await;
    assert_eq!(got[0].body, got[1].body);
}

#[tokio::test]
async fn answers_reach_the_user_by_phone_and_by_id_within_a_day() {
    let world = world().await;
    world.post(SAY, json!({"text": "hi"})).await;
    let (status, sent) = world.post(SEND, text("Hello")).await;
    assert_eq!((status, &sent["contacts"][0]["wa_id"]), (200, &json!(ANN)));
    let by_id = json!({
        "messaging_product": "whatsapp", "recipient": "FI.10000358401234567", "type": "text",
        "text": {"body": "again"},
    });
    assert_eq!(world.post(SEND, by_id).await.0, 200);
    assert_eq!(world.talk(ANN), ["User: hi", "Bot: Hello", "Bot: again"]);
    world.passes(Duration::from_hours(25));
    let (status, refused) = world.post(SEND, text("late")).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!(131_047)));
    assert_eq!(world.call("POST", SEND, text("x"), &[]).await.0, 400);
    assert_eq!(world.download(&format!("{}/v26.0/1", world.base), None).await.0, 401);
}

#[tokio::test]
async fn voice_is_fetched_by_a_link_that_ends() {
    let world = world().await;
    world.post(SAY, json!({"voice": STANDARD.encode("sound")})).await;
    let audio = value(&world)["messages"][0]["audio"].clone();
    assert_eq!((&audio["voice"], &audio["mime_type"]), (&json!(true), &json!("audio/ogg; codecs=opus")));
    let (_, meta) = world.get(&format!("/v26.0/{}", audio["id"].as_str().unwrap())).await;
    let (url, token) = (meta["url"].as_str().unwrap(), Some("Bearer whatsapp-stand-in"));
    let heard = world.download(url, token).await;
    assert_eq!(heard, (200, "audio/ogg; codecs=opus".to_owned(), b"sound".to_vec()));
    assert_eq!(world.download(url, None).await.0, 401);
    world.passes(Duration::from_mins(6));
    assert_eq!(world.download(url, token).await.0, 404);
}

#[tokio::test]
async fn buttons_signs_edits_and_revoking() {
    let world = world().await;
    let (_, said) = world.post(SAY, json!({"text": "hi"})).await;
    let read = json!({
        "messaging_product": "whatsapp", "status": "read", "message_id": said["message_id"],
        "typing_indicator": {"type": "text"},
    });
    assert_eq!(world.post(SEND, read).await, (200, json!({"success": true})));
    assert_eq!(world.signs(ANN), ["read", "typing"]);
    let reply = json!({"type": "reply", "reply": {"id": "yes:1", "title": "Yes"}});
    let asks = json!({
        "messaging_product": "whatsapp", "to": ANN, "type": "interactive",
        "interactive": {"type": "button", "body": {"text": "Sure?"}, "action": {"buttons": [reply]}},
    });
    let (_, sent) = world.post(SEND, asks).await;
    world.post(&format!("/user/{ANN}/press"), json!({"data": "yes:1"})).await;
    let pressed = value(&world)["messages"][0].clone();
    assert_eq!(pressed["interactive"]["button_reply"], json!({"id": "yes:1", "title": "Yes"}));
    assert_eq!(pressed["context"]["id"], sent["messages"][0]["id"]);
    let message_id = &said["message_id"];
    world.post(&format!("/user/{ANN}/edit"), json!({"message_id": message_id, "text": "hello"})).await;
    assert_eq!(value(&world)["messages"][0]["edit"]["message"]["text"]["body"], "hello");
    world.post(&format!("/user/{ANN}/unsend"), json!({ "message_id": message_id })).await;
    assert_eq!(&value(&world)["messages"][0]["revoke"]["original_message_id"], message_id);
}

#[tokio::test]
async fn receipts_follow_and_a_block_shows_as_a_failed_status() {
    let account = stand_ins::whatsapp::Account::default();
    let world = World::new(Account::Whatsapp(account), "Bearer whatsapp-stand-in").await;
    world.post(SAY, json!({"text": "hi"})).await;
    world.post(SEND, text("Hello")).await;
    world.webhook.wait_for(3).await;
    world.post(&format!("/user/{ANN}/block"), json!({})).await;
    assert_eq!(world.post(SEND, text("Hello?")).await.0, 200);
    world.webhook.wait_for(4).await;
    assert_eq!(value(&world)["statuses"][0]["errors"][0]["code"], 131_026);
    assert_eq!(world.talk(ANN), ["User: hi", "Bot: Hello"]);
}

#[tokio::test]
async fn the_handshake_and_a_fault() {
    let world = world().await;
    world.post("/control/handshake", json!({})).await;
    let asked = world.webhook.got()[0].clone();
    assert_eq!(asked.method, "GET");
    assert!(asked.query.starts_with("hub.mode=subscribe&hub.challenge="));
    world.post(SAY, json!({"text": "hi"})).await;
    world.set_fault(json!({"platform_fault": "pair_rate", "times": 1})).await;
    let (status, refused) = world.post(SEND, text("Hello")).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!(131_056)));
    assert_eq!(world.post(SEND, text("Hello")).await.0, 200);
    assert_eq!(world.post(SEND, text(&"a".repeat(4097))).await.0, 400);
}
