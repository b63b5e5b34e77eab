//! Every Telegram payload of `events/telegram`, against what it is expected to mean.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use channels::{EventKind, Inbound, Scope, Unproven, codec};
use domain::{Channel, Millis};
use serde_json::Value;

const SECRET: &str = "test-only_Telegram-Secret_0123456789";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/telegram")
}

fn headers(proof: &str) -> Vec<(String, String)> {
    vec![("X-Telegram-Bot-Api-Secret-Token".to_owned(), proof.to_owned())]
}

fn parsed(body: &[u8]) -> Vec<channels::Event> {
    let headers = headers(SECRET);
    let inbound = Inbound { headers: &headers, body, at: Millis(1_795_165_400_000), request_id: "r" };
    let telegram = codec(Channel::Telegram);
    telegram.parse(telegram.verify(inbound, &["new".to_owned(), SECRET.to_owned()]).unwrap())
}

/// What is expected of an event, in the words of `expected.json`.
fn said(event: &channels::Event, expected: &Value) -> Vec<(String, Value)> {
    let text = if event.kind == EventKind::Action { "action_id" } else { "text" };
    let mut fields: Vec<(&str, Value)> = vec![
        ("kind", event.kind.name().into()),
        ("user", event.user.clone().into()),
        ("chat", event.chat.clone().into()),
        ("thread", event.thread.clone().into()),
        ("language", event.language.clone().into()),
        (text, event.text.clone().into()),
        ("callback_id", event.callback_id.clone().into()),
        ("mentions_bot", if event.mentions_bot { true.into() } else { Value::Null }),
        ("scope", if event.scope == Scope::Direct { "direct" } else { "group" }.into()),
    ];
    // A button has no time of its own in the payload; ours is that of the message it stands under.
    if event.kind != EventKind::Action {
        fields.push(("ts_ms", event.sent_at.map(|at| at.0).into()));
    }
    if let Some(media) = &event.media {
        let expected = &expected["media"];
        assert_eq!(expected["id"], media.id.as_str());
        assert_eq!(expected["mime"], Value::from(media.mime.clone()));
        assert_eq!(expected["size"], Value::from(media.size));
        assert_eq!(expected["duration_ms"], Value::from(media.duration_ms));
        assert_eq!(expected["name"], Value::from(media.name.clone()));
    }
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn every_payload_means_what_it_should() {
    let expected = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let mut seen = 0;
    for (file, wanted) in expected.as_object().unwrap().iter().filter(|(file, _)| *file != "about") {
        let events = parsed(&std::fs::read(folder().join(file)).unwrap());
        let wanted = wanted.as_array().unwrap();
        assert_eq!(events.len(), wanted.len(), "{file}");
        for (event, wanted) in events.iter().zip(wanted) {
            for (field, value) in said(event, wanted) {
                assert_eq!(value, wanted[&field], "{file}: {field}");
            }
            assert_eq!(wanted["media"].is_null(), event.media.is_none(), "{file}: media");
        }
        seen += 1;
    }
    let payloads = std::fs::read_dir(folder()).unwrap().count() - 1;
    assert_eq!(seen, payloads, "every payload has its expectation");
}

#[test]
fn the_secret_is_compared_whole_and_its_header_in_any_case() {
    let body = std::fs::read(folder().join("text.json")).unwrap();
    let telegram = codec(Channel::Telegram);
    let secrets = [SECRET.to_owned()];
    let verify = |headers: &[(String, String)], secrets: &[String]| {
        let inbound = Inbound { headers, body: &body, at: Millis(0), request_id: "r" };
        telegram.verify(inbound, secrets).map(drop)
    };
    assert_eq!(verify(&headers(SECRET), &secrets), Ok(()));
    assert_eq!(verify(&headers("test-only_Telegram-Secret_012345678"), &secrets), Err(Unproven::Wrong));
    assert_eq!(verify(&[], &secrets), Err(Unproven::Missing));
    assert_eq!(verify(&headers(SECRET), &[]), Err(Unproven::NotConfigured));
    assert_eq!(verify(&headers(""), &[]), Err(Unproven::NotConfigured), "no secret is not an empty secret");
}

#[test]
fn a_group_hears_the_bot_only_when_it_is_spoken_to() {
    let message = |file: &str| {
        let events = parsed(&std::fs::read(folder().join(file)).unwrap());
        events[0].message("demo", Channel::Telegram, Millis(0), 8_000)
    };
    assert!(message("group_mention.json").is_some());
    assert!(message("supergroup_reply_to_bot.json").is_some());
    assert!(message("forum_topic_message.json").is_none(), "two people talk to each other");
    let (private, group) = (message("text.json").unwrap(), message("group_mention.json").unwrap());
    assert_ne!(private.conversation, group.conversation);
}

#[test]
fn a_language_that_is_none_is_not_taken_in() {
    let language = |tag: &str| {
        let body = std::fs::read_to_string(folder().join("text.json")).unwrap();
        let mut update: Value = serde_json::from_str(&body).unwrap();
        update["message"]["from"]["language_code"] = tag.into();
        let events = parsed(update.to_string().as_bytes());
        events[0].message("demo", Channel::Telegram, Millis(0), 8_000).unwrap().language
    };
    assert_eq!(language("zh-Hant-TW"), Some("zh-Hant-TW".to_owned()));
    for none in ["", "fi\u{ffff}", "de DE", &"x".repeat(36)] {
        assert_eq!(language(none), None, "{none:?}");
    }
}
