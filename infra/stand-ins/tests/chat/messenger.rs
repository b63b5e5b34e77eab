use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stand_ins::chat::Account;
use std::time::Duration;

const ANN: &str = "7654321098765432";
const SAY: &str = "/user/7654321098765432/say";
const SEND: &str = "/v26.0/100000000000001/messages";

async fn world() -> World {
    let account =
        stand_ins::messenger::Account { receipts: false, ..stand_ins::messenger::Account::default() };
    World::new(Account::Messenger(account), "Bearer messenger-stand-in").await
}

fn event(world: &World) -> Value {
    world.webhook.last().json()["entry"][0]["messaging"][0].clone()
}

fn text(text: &str) -> Value {
    json!({"recipient": {"id": ANN}, "messaging_type": "RESPONSE", "message": {"text": text}})
}

#[tokio::test]
async fn a_message_and_its_answer() {
    let world = world().await;
    let (_, said) = world.post(SAY, json!({"text": "Hyvää iltaa"})).await;
    let expected = json!({
        "object": "page",
        "entry": [{"id": "100000000000001", "time": 1_795_165_200_000_u64, "messaging": [{
            "sender": {"id": ANN}, "recipient": {"id": "100000000000001"}, "timestamp": 1_795_165_200_000_u64,
            "message": {"mid": said["message_id"], "text": "Hyvää iltaa"},
        }]}],
    });
    assert_eq!(world.webhook.last().json(), expected);
    assert!(world.webhook.last().text().contains(r"Hyv\u00e4\u00e4"));
    let (status, sent) = world.post(SEND, text("Hello")).await;
    assert_eq!((status, &sent["recipient_id"]), (200, &json!(ANN)));
    assert_eq!(world.talk(ANN), ["User: Hyvää iltaa", "Bot: Hello"]);
    for (action, _) in [("typing_on", "typing"), ("mark_seen", "read")] {
        world.post(SEND, json!({"recipient": {"id": ANN}, "sender_action": action})).await;
    }
    assert_eq!(world.signs(ANN), ["typing", "read"]);
}

#[tokio::test]
async fn the_window_the_block_and_the_stranger() {
    let world = world().await;
    let codes = |answer: &Value| (answer["error"]["code"].clone(), answer["error"]["error_subcode"].clone());
    let (_, refused) = world.post(SEND, text("Hello")).await;
    assert_eq!(codes(&refused), (json!(100), json!(2_018_001)));
    world.post(SAY, json!({"text": "hi"})).await;
    world.passes(Duration::from_hours(25));
    let (_, refused) = world.post(SEND, text("Hello")).await;
    assert_eq!(codes(&refused), (json!(10), json!(2_018_278)));
    world.post(SAY, json!({"text": "hi"})).await;
    world.post(&format!("/user/{ANN}/block"), json!({})).await;
    let (_, refused) = world.post(SEND, text("Hello")).await;
    assert_eq!(codes(&refused), (json!(551), json!(1_545_041)));
    world.post(&format!("/user/{ANN}/unblock"), json!({})).await;
    world.set_fault(json!({"platform fault": "sent_despite_error", "times": 1})).await;
    let (status, refused) = world.post(SEND, text("Hello")).await;
    assert_eq!((status, codes(&refused)), (500, (json!(1), json!(1_357_046))));
    assert_eq!(world.talk(ANN), ["User: hi", "User: hi", "Bot: Hello"]);
}

#[tokio::test]
async fn a_failing_webhook_is_tried_a_few_times_at_once() {
    let world = world().await;
    world.webhook.fails(9);
    world.post(SAY, json!({"text": "hi"})).await;
    world.webhook.wait_for(4).await;
    while world.handle.pending() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.webhook.got().len(), 4);
}

#[tokio::test]
async fn buttons_edits_deletion_and_voice() {
    let world = world().await;
    let (_, said) = world.post(SAY, json!({"text": "hi"})).await;
    let quick = json!([{"content_type": "text", "title": "Blue", "payload": "COLOUR_BLUE"}]);
    let asks = json!({"recipient": {"id": ANN}, "message": {"text": "Which?", "quick_replies": quick}});
    world.post(SEND, asks).await;
    let press = format!("/user/{ANN}/press");
    world.post(&press, json!({"data": "COLOUR_BLUE"})).await;
    let pressed = event(&world)["message"].clone();
    assert_eq!(
        (&pressed["text"], &pressed["quick_reply"]["payload"]),
        (&json!("Blue"), &json!("COLOUR_BLUE"))
    );
    assert_eq!(world.talk(ANN).last().unwrap(), "User: Blue");
    world.post(&press, json!({"data": "GET_STARTED"})).await;
    assert_eq!(event(&world)["postback"]["payload"], "GET_STARTED");

    let edit = json!({"message_id": said["message_id"], "text": "hello"});
    let edited = world.post(&format!("/user/{ANN}/edit"), edit).await.1;
    assert_eq!(
        (&event(&world)["message_edit"]["num_edit"], &edited["message_id"]),
        (&json!(1), &said["message_id"])
    );
    world.post(&format!("/user/{ANN}/unsend"), json!({"message_id": said["message_id"]})).await;
    assert_eq!(event(&world)["message"]["is_deleted"], true);

    world.post(SAY, json!({"voice": STANDARD.encode("sound")})).await;
    let url = event(&world)["message"]["attachments"][0]["payload"]["url"].clone();
    let heard = world.download(url.as_str().unwrap(), None).await;
    assert_eq!(heard, (200, "video/mp4".to_owned(), b"sound".to_vec()));
}

#[tokio::test]
async fn echoes_and_deliveries_follow() {
    let account = stand_ins::messenger::Account::default();
    let world = World::new(Account::Messenger(account), "Bearer messenger-stand-in").await;
    world.post(SAY, json!({"text": "hi"})).await;
    world.post(SEND, text("Hello")).await;
    let got = world.webhook.wait_for(3).await;
    let echoes = got.iter().filter(|got| got.text().contains("is_echo")).count();
    let deliveries = got.iter().filter(|got| got.text().contains("watermark")).count();
    assert_eq!((echoes, deliveries), (1, 1));
}
