//! What only Telegram has.

use domain::{Channel, Millis};
use serde_json::Value;

use super::payloads::parsed;
use super::{credentials, events, headers, json, verify};

const TELEGRAM: Channel = Channel::of("telegram");

#[test]
fn a_group_hears_the_bot_only_when_it_is_spoken_to() {
    let message = |file: &str| {
        parsed(TELEGRAM, &format!("telegram/{file}"))[0].message("demo", TELEGRAM, Millis(0), 8_000)
    };
    assert!(message("group_mention.json").is_some());
    assert!(message("supergroup_reply_to_bot.json").is_some());
    assert!(message("forum_topic_message.json").is_none(), "two people talk to each other");
    let (private, group) = (message("text.json").unwrap(), message("group_mention.json").unwrap());
    assert_ne!(private.conversation, group.conversation);
}

#[test]
fn a_place_that_moves_is_no_edit_of_what_was_said() {
    let event = &parsed(TELEGRAM, "telegram/live_location_update.json")[0];
    assert!(event.edited("demo", TELEGRAM, Millis(0), 8_000).is_none());
    assert!(
        parsed(TELEGRAM, "telegram/edited_message.json")[0]
            .edited("demo", TELEGRAM, Millis(0), 8_000)
            .is_some()
    );
}

#[test]
fn a_language_that_is_none_is_not_taken_in() {
    let signatures = json("signatures.json");
    let vectors = signatures["vectors"].as_array().unwrap();
    let vector = vectors.iter().find(|vector| vector["file"] == "telegram/text.json").unwrap();
    let (headers, credentials) = (headers(&vector["headers"]), credentials());
    let language = |tag: &str| {
        let body = std::fs::read_to_string(events().join("telegram/text.json")).unwrap();
        let mut update: Value = serde_json::from_str(&body).unwrap();
        update["message"]["from"]["language_code"] = tag.into();
        let body = update.to_string();
        let verified = verify(TELEGRAM, &headers, body.as_bytes(), &credentials).unwrap();
        let events = channels::decoder(TELEGRAM).unwrap().parse(&verified);
        events[0].message("demo", TELEGRAM, Millis(0), 8_000).unwrap().language
    };
    assert_eq!(language("zh-Hant-TW"), Some("zh-Hant-TW".to_owned()));
    for none in ["", "fi\u{ffff}", "de DE", &"x".repeat(36)] {
        assert_eq!(
            language(none).as_deref(),
            Some(domain::language::LATIN),
            "{none:?}: what is written tells"
        );
    }
}
