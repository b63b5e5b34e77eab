//! What only Slack has.

use channels::{Event, EventKind, decoder};
use domain::{Channel, Message, Millis};
use serde_json::{Value, json};

use super::payloads::parsed;
use super::{credentials, signed, verify};

const SLACK: Channel = Channel::of("slack");

fn event(of: &Value) -> Event {
    let envelope = json!({
        "type": "event_callback", "team_id": "T0DEMOTEAM", "event_id": "Ev1", "event": of,
        "authorizations": [{ "user_id": "U0DEMOBOT01", "is_bot": true }],
    });
    let body = envelope.to_string();
    let headers = signed(SLACK, body.as_bytes());
    let credentials = credentials();
    let verified = verify(SLACK, &headers, body.as_bytes(), &credentials).unwrap();
    decoder(SLACK).unwrap().parse(&verified).remove(0)
}

fn message(event: &Event) -> Message {
    event.message("demo", SLACK, Millis(0), 8_000).unwrap()
}

#[test]
fn a_mention_that_comes_twice_is_one_message() {
    let [mention, twin] = ["app_mention", "message_twin_of_app_mention"]
        .map(|file| message(&parsed(SLACK, &format!("slack/{file}.json"))[0]));
    assert_eq!((&mention.conversation, &mention.key), (&twin.conversation, &twin.key));
}

#[test]
fn a_mention_opens_the_thread_that_is_its_conversation() {
    let mention = message(&parsed(SLACK, "slack/app_mention.json")[0]);
    let reply = json!({
        "type": "app_mention", "user": "U0DEMOUSER1", "channel": "C0DEMOCHAN1", "text": "<@U0DEMOBOT01> and now?",
        "ts": "1795165250.000119", "thread_ts": "1795165210.000119",
    });
    assert_eq!(message(&event(&reply)).conversation, mention.conversation);
    let overheard = &parsed(SLACK, "slack/message_thread_reply.json")[0];
    assert!(overheard.message("demo", SLACK, Millis(0), 8_000).is_none(), "two people talk to each other");
}

/// A change of the mention, once the bot has answered in its thread: by then, the mention stands in that thread itself.
fn change(subtype: &str, text: &str, more: &Value) -> Value {
    let before = json!({
        "type": "message", "user": "U0DEMOUSER1", "text": "<@U0DEMOBOT01> what is our refund policy?",
        "ts": "1795165210.000119", "thread_ts": "1795165210.000119",
    });
    let mut now = before.clone();
    now["text"] = text.into();
    for (name, value) in more.as_object().unwrap() {
        now[name] = value.clone();
    }
    json!({
        "type": "message", "subtype": subtype, "channel": "C0DEMOCHAN1", "channel_type": "channel",
        "ts": "1795165300.000200", "message": now, "previous_message": before,
    })
}

#[test]
fn a_change_is_about_the_message_it_changes() {
    let said = message(&parsed(SLACK, "slack/app_mention.json")[0]);
    let edited = json!({ "edited": { "user": "U0DEMOUSER1", "ts": "1795165300.000000" } });
    let edit = event(&change("message_changed", "<@U0DEMOBOT01> and yours?", &edited));
    let edit = edit.edited("demo", SLACK, Millis(0), 8_000).unwrap();
    assert_eq!((&edit.conversation, &edit.key.hash), (&said.conversation, &said.key.hash));
    assert_eq!((edit.text.as_str(), edit.key.sent_at), ("and yours?", Millis(1_795_165_300_000)));
    let stone = json!({ "user": "USLACKBOT", "subtype": "tombstone" });
    for gone in [change("message_deleted", "", &json!({})), change("message_changed", "Deleted.", &stone)] {
        let gone = event(&gone).unsent("demo", SLACK, Millis(0)).unwrap();
        assert_eq!((&gone.conversation, &gone.key.hash), (&said.conversation, &said.key.hash));
    }
}

#[test]
fn a_preview_and_the_bots_own_changes_are_no_edits() {
    let text = "<@U0DEMOBOT01> what is our refund policy?";
    let preview = event(&change("message_changed", text, &json!({})));
    let edited = json!({ "edited": {}, "bot_id": "B0DEMOBOT01" });
    let own = event(&change("message_changed", "Better.", &edited));
    assert_eq!((preview.kind, own.kind), (EventKind::Ignored, EventKind::Ignored));
}

#[test]
fn a_kind_of_any_shape_is_harmless() {
    let created = event(&json!({ "type": "channel_created", "channel": { "id": "C1" }, "user": 7 }));
    assert_eq!((created.kind, created.dedup.as_str()), (EventKind::Ignored, "slack:Ev1"));
}
