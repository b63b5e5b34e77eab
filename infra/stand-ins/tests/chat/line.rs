use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use stand_ins::chat::Account;
use std::time::Duration;

const ANN: &str = "U965f3b7898a656d3b1ec52d94ee4bddb";
const KEY: &str = "123e4567-e89b-12d3-a456-426614174000";
const SAY: &str = "/user/U965f3b7898a656d3b1ec52d94ee4bddb/say";

async fn world() -> World {
    World::new(Account::Line(stand_ins::line::Account::default()), "Bearer line-stand-in").await
}

fn event(world: &World) -> Value {
    world.webhook.last().json()["events"][0].clone()
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[tokio::test]
async fn a_message_goes_out_signed_and_is_answered_with_its_token() {
    let world = world().await;
    let (status, said) = world.post(SAY, json!({"text": "Hyvää huomenta"})).await;
    assert_eq!((status, &said["status"]), (200, &json!(200)));
    let got = world.webhook.last();
    let secret = stand_ins::line::Account::default().channel_secret;
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&got.body);
    assert_eq!(got.header("x-line-signature"), STANDARD.encode(mac.finalize().into_bytes()));
    let event = event(&world);
    assert_eq!(event["webhookEventId"], said["event"]);
    assert_eq!(event["source"], json!({"type": "user", "userId": ANN}));

    let reply = json!({"replyToken": event["replyToken"], "messages": [text("Hello"), text("there")]});
    let (status, sent) = world.post("/v2/bot/message/reply", reply.clone()).await;
    assert_eq!((status, sent["sentMessages"].as_array().unwrap().len()), (200, 2));
    assert_eq!(world.talk(ANN), ["User: Hyvää huomenta", "Bot: Hello", "Bot: there"]);
    let again = world.post("/v2/bot/message/reply", reply).await;
    assert_eq!(again, (400, json!({"message": "Invalid reply token"})));
}

#[tokio::test]
async fn a_failed_webhook_comes_again_flagged_with_a_fresh_minute() {
    let world = world().await;
    world.webhook.fails(2);
    world.post(SAY, json!({"text": "hi"})).await;
    let got = world.webhook.wait_for(3).await;
    let of = |n: usize| got[n].json()["events"][0].clone();
    assert_eq!(of(0)["deliveryContext"]["isRedelivery"], false);
    assert_eq!(of(2)["deliveryContext"]["isRedelivery"], true);
    assert_eq!(of(0)["webhookEventId"], of(2)["webhookEventId"]);

    world.passes(Duration::from_mins(5));
    let reply = json!({"replyToken": of(0)["replyToken"], "messages": [text("late")]});
    assert_eq!(world.post("/v2/bot/message/reply", reply.clone()).await.0, 400);
    let path = format!("/redeliver/{}", of(0)["webhookEventId"].as_str().unwrap());
    assert_eq!(world.post(&path, json!({})).await.1["status"], 200);
    assert_eq!(world.post("/v2/bot/message/reply", reply).await.0, 200);
}

#[tokio::test]
async fn a_push_is_repeated_safely_with_its_key() {
    let world = world().await;
    world.post(SAY, json!({"text": "hi"})).await;
    let push = json!({"to": ANN, "messages": [text("news")]});
    let key = [("X-Line-Retry-Key", KEY)];
    let (status, first) = world.call("POST", "/v2/bot/message/push", push.clone(), &key).await;
    let (repeated, second) = world.call("POST", "/v2/bot/message/push", push.clone(), &key).await;
    assert_eq!((status, repeated), (200, 409));
    assert_eq!(first["sentMessages"], second["sentMessages"]);
    assert_eq!(world.talk(ANN), ["User: hi", "Bot: news"]);
    let reply = world.call("POST", "/v2/bot/message/reply", push, &key).await;
    assert_eq!(reply.0, 400);
}

#[tokio::test]
async fn faults_come_by_name_and_by_dropping() {
    let world = world().await;
    world.post(SAY, json!({"text": "hi"})).await;
    let push = json!({"to": ANN, "messages": [text("news")]});
    world.set_fault(json!({"platform fault": "monthly_quota", "times": 1})).await;
    let refused = world.post("/v2/bot/message/push", push.clone()).await;
    assert_eq!(refused, (429, json!({"message": "You have reached your monthly limit."})));
    world.set_fault(json!({"operation": "push", "times": 1, "after_accept": true})).await;
    let request = world.http.post(format!("{}/v2/bot/message/push", world.base)).body(push.to_string());
    let request = request.header("authorization", "Bearer line-stand-in");
    assert!(request.send().await.is_err());
    assert_eq!(world.talk(ANN), ["User: hi", "Bot: news"]);
    let unknown = world.post("/control/faults", json!([{"platform fault": "no_such", "times": 1}])).await;
    assert_eq!(unknown, (400, json!({"unknown": ["no_such"]})));
}

#[tokio::test]
async fn buttons_voice_signs_and_blocking() {
    let world = world().await;
    world.post(SAY, json!({"voice": STANDARD.encode("sound"), "language": "ja"})).await;
    let voice = event(&world);
    let url = format!("{}/v2/bot/message/{}/content", world.base, voice["message"]["id"].as_str().unwrap());
    let heard = world.download(&url, Some("Bearer line-stand-in")).await;
    assert_eq!(heard, (200, "audio/x-m4a".to_owned(), b"sound".to_vec()));
    assert_eq!(world.download(&url, None).await.0, 401);

    world.post("/v2/bot/chat/loading/start", json!({"chatId": ANN, "loadingSeconds": 20})).await;
    let read = json!({"markAsReadToken": voice["message"]["markAsReadToken"]});
    world.post("/v2/bot/chat/markAsRead", read).await;
    assert_eq!(world.signs(ANN), ["typing", "read"]);
    assert_eq!(world.get(&format!("/v2/bot/profile/{ANN}")).await.1["language"], "ja");

    let action = json!({"type": "postback", "label": "Yes", "data": "yes=1"});
    let items = json!([{"type": "action", "action": action}]);
    let asks = json!({"type": "text", "text": "Sure?", "quickReply": {"items": items}});
    let push = json!({"to": ANN, "messages": [asks]});
    world.post("/v2/bot/message/push", push.clone()).await;
    let messages = world.get(&format!("/user/{ANN}/messages")).await.1;
    assert_eq!(messages[1]["buttons"], json!([{"label": "Yes", "data": "yes=1"}]));
    world.post(&format!("/user/{ANN}/press"), json!({"data": "yes=1"})).await;
    assert_eq!(event(&world)["postback"], json!({"data": "yes=1"}));

    world.post(&format!("/user/{ANN}/block"), json!({})).await;
    assert_eq!((event(&world)["type"].as_str(), event(&world).get("replyToken")), (Some("unfollow"), None));
    assert_eq!(world.post("/v2/bot/message/push", push).await.0, 200);
    assert_eq!(world.handle.messages(ANN).len(), 2, "a blocked bot is not heard");
    world.post(&format!("/user/{ANN}/unblock"), json!({})).await;
    assert_eq!(event(&world)["follow"], json!({"isUnblocked": true}));
}

#[tokio::test]
async fn groups_know_mentions_edits_and_unsending() {
    let world = world().await;
    let chat = "/user/C33ea3486fab02c5729efa87ec6a038fe";
    let said = json!({"text": "When?", "group": true, "user": ANN, "mention": true});
    let (_, said) = world.post(&format!("{chat}/say"), said).await;
    let first = event(&world);
    assert_eq!(first["source"]["userId"], ANN);
    assert_eq!(first["message"]["mention"]["mentionees"][0]["isSelf"], true);
    world.post(&format!("{chat}/edit"), json!({"message_id": said["message_id"], "text": "Where?"})).await;
    assert_eq!(
        (&event(&world)["type"], &event(&world)["message"]["text"]),
        (&json!("messageEdited"), &json!("Where?"))
    );
    world.post(&format!("{chat}/unsend"), json!({"message_id": said["message_id"]})).await;
    assert_eq!(event(&world)["unsend"], json!({"messageId": said["message_id"]}));
    assert_eq!(world.post(SAY, json!({"text": "hi", "thread": "1"})).await.0, 400);
    assert_eq!(world.post(SAY, json!({"text": "hi", "colour": "red"})).await.0, 422);
    assert_eq!(world.post("/control/handshake", json!({})).await.1, json!({"status": 200, "echoed": true}));
}
