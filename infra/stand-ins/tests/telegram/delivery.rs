//! From a user's word to the webhook.
use crate::world::{ANN, BEN, NOW_MS, World};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use stand_ins::telegram::Webhook;
use std::time::Duration;

fn failures(count: usize) -> Vec<Response> {
    (0..count).map(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()).collect()
}

#[tokio::test]
async fn a_message_arrives_as_a_real_update_with_the_secret() {
    let world = World::start().await;
    let said =
        json!({"text": "Moi! 🕐", "name": "Aino", "language_code": "fi", "date_ms": 1_795_165_111_999_u64});
    let (status, answer) = world.post(&format!("/user/{ANN}/say"), said).await.unwrap();
    assert_eq!((status, &answer["status"]), (200, &json!(200)));
    let update = world.webhook.wait_for(1).await.remove(0);
    assert_eq!(update.secret, "s3cret");
    let expected = json!({
        "update_id": answer["update_id"],
        "message": {
            "message_id": answer["message_id"],
            "from": {"id": ANN, "is_bot": false, "first_name": "Aino", "language_code": "fi"},
            "chat": {"id": ANN, "first_name": "Aino", "type": "private"},
            "date": 1_795_165_111,
            "text": "Moi! 🕐",
        }
    });
    assert_eq!(update.body, expected);
}

#[tokio::test]
async fn numbers_rise_and_may_be_chosen() {
    let world = World::start().await;
    let first = world.say(ANN, "one").await;
    let second = world.say(BEN, "two").await;
    assert_eq!(
        (second.update_id, second.message_id),
        (first.update_id + 1, first.message_id.map(|id| id + 1))
    );
    let chosen = json!({"text": "three", "update_id": first.update_id + 100});
    let (_, third) = world.post(&format!("/user/{ANN}/say"), chosen).await.unwrap();
    assert_eq!(third["update_id"], first.update_id + 100);
    assert_eq!(world.say(ANN, "four").await.update_id, first.update_id + 101);
}

#[tokio::test]
async fn a_refused_update_comes_again_after_doubling_pauses() {
    let world = World::start().await;
    world.webhook.answers("hello", failures(4));
    assert_eq!(world.say(ANN, "hello").await.status, Some(500), "of the first attempt");
    let updates = world.webhook.wait_for(5).await;
    let gaps: Vec<Duration> = updates.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    for (gap, least) in gaps[1..].iter().zip([40, 80, 160]) {
        assert!(*gap >= Duration::from_millis(least), "{gaps:?}");
    }
    assert!(updates.iter().all(|update| update.body == updates[0].body));
}

#[tokio::test]
async fn the_next_message_of_a_chat_waits_and_others_do_not() {
    let world = World::start().await;
    world.webhook.answers("one", failures(3));
    let (one, two, three) =
        tokio::join!(world.say(ANN, "one"), world.say(ANN, "two"), world.say(BEN, "three"));
    assert_eq!((one.status, two.status, three.status), (Some(500), Some(200), Some(200)));
    let of_ann: Vec<String> = world.webhook.texts().into_iter().filter(|text| text != "three").collect();
    assert_eq!(of_ann, ["one", "one", "one", "one", "two"]);
    let place = world.webhook.texts().iter().position(|text| text == "three").unwrap();
    assert!(place < 4, "Ben waited for Ann: {:?}", world.webhook.texts());
}

#[tokio::test]
async fn a_button_overtakes_a_message_that_cannot_be_delivered() {
    let world = World::start().await;
    let buttons = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "yes:1"}]]});
    let sent = json!({"chat_id": ANN, "text": "Sure?", "reply_markup": buttons});
    let (_, sent) = world.bot("sendMessage", sent).await.unwrap();
    world.webhook.answers("hello", failures(6));
    world.say(ANN, "hello").await;
    let pressed = world.handle.press(ANN, "yes:1").await;
    assert_eq!((pressed.status, pressed.message_id), (Some(200), sent["result"]["message_id"].as_i64()));
    let update =
        world.webhook.updates().into_iter().find(|u| u.body.get("callback_query").is_some()).unwrap();
    let query = &update.body["callback_query"];
    assert_eq!((&query["data"], &query["from"]["id"]), (&json!("yes:1"), &json!(ANN)));
    assert_eq!(query["message"]["reply_markup"], sent["result"]["reply_markup"]);
    assert_eq!(query["message"]["from"]["is_bot"], true);
    let answer = json!({"callback_query_id": query["id"]});
    assert_eq!(world.bot("answerCallbackQuery", answer.clone()).await.unwrap().0, 200);
    let (status, again) = world.bot("answerCallbackQuery", answer).await.unwrap();
    assert!(status == 400 && again["description"].as_str().unwrap().contains("query is too old"), "{again}");
}

#[tokio::test]
async fn an_edit_arrives_and_changes_the_transcript() {
    let world = World::start().await;
    let said = world.say(ANN, "helo").await;
    let edit = json!({"message_id": said.message_id, "text": "hello"});
    let (_, edited) = world.post(&format!("/user/{ANN}/edit"), edit).await.unwrap();
    assert_eq!(edited["message_id"].as_i64(), said.message_id);
    let update = world.webhook.wait_for(2).await.remove(1).body;
    assert_eq!(
        (&update["edited_message"]["text"], &update["edited_message"]["edit_date"]),
        (&json!("hello"), &json!(NOW_MS / 1000))
    );
    assert_eq!(world.handle.messages(ANN)[0].text, "hello");
    let unknown = json!({"message_id": 1, "text": "x"});
    assert_eq!(world.post(&format!("/user/{ANN}/edit"), unknown).await.unwrap().0, 404);
}

#[tokio::test]
async fn an_update_can_be_sent_once_more() {
    let world = World::start().await;
    let said = world.say(ANN, "hello").await;
    let (_, again) = world.post(&format!("/redeliver/{}", said.update_id), json!({})).await.unwrap();
    assert_eq!((&again["status"], again["message_id"].as_i64()), (&json!(200), said.message_id));
    let updates = world.webhook.wait_for(2).await;
    assert_eq!(updates[0].body, updates[1].body);
    assert_eq!(world.post("/redeliver/1", json!({})).await.unwrap().0, 404);
}

#[tokio::test]
async fn updates_wait_for_a_webhook_to_be_set() {
    let world = World::without_webhook().await;
    assert_eq!(world.say(ANN, "hello").await.status, None);
    world.say(ANN, "again").await;
    let (_, info) = world.bot("getWebhookInfo", json!({})).await.unwrap();
    assert_eq!((&info["result"]["pending_update_count"], &info["result"]["url"]), (&json!(2), &json!("")));
    let hook = json!({"url": world.webhook.url, "secret_token": "new-secret"});
    assert_eq!(world.bot("setWebhook", hook).await.unwrap().0, 200);
    let updates = world.webhook.wait_for(2).await;
    assert_eq!(
        (world.webhook.texts(), updates[0].secret.as_str()),
        (vec!["hello".into(), "again".into()], "new-secret")
    );
    assert_eq!(world.bot("deleteWebhook", json!({})).await.unwrap().0, 200);
    assert_eq!(world.handle.webhook(), None);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let world = World::start().await;
    let later = (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response();
    world.webhook.answers("hello", vec![later]);
    world.say(ANN, "hello").await;
    let updates = world.webhook.wait_for(2).await;
    assert!(updates[1].at - updates[0].at >= Duration::from_secs(1));
    let (_, info) = world.bot("getWebhookInfo", json!({})).await.unwrap();
    assert!(info["result"]["last_error_message"].as_str().unwrap().contains("503"), "{info}");
}

#[tokio::test]
async fn a_webhook_that_is_down_gets_the_update_when_it_is_back() {
    let world = World::start().await;
    let good = world.handle.webhook();
    let down = Webhook { url: "http://127.0.0.1:1/".into(), secret_token: None };
    world.handle.set_webhook(Some(down));
    assert_eq!(world.say(ANN, "hello").await.status, None);
    world.handle.set_webhook(good);
    world.webhook.wait_for(1).await;
}
