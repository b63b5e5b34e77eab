//! What only Discord has.

use channels::{Acknowledgement, Event, EventKind, decoder};
use domain::{Channel, MessageKind, Millis};
use serde_json::{Value, json};

use super::{credentials, signed, verify};

const DISCORD: Channel = Channel::of("discord");

fn received(body: &Value) -> (Vec<Event>, Acknowledgement) {
    let body = body.to_string();
    let (headers, credentials) = (signed(DISCORD, body.as_bytes()), credentials());
    let verified = verify(DISCORD, &headers, body.as_bytes(), &credentials).unwrap();
    let decoder = decoder(DISCORD).unwrap();
    (decoder.parse(&verified), decoder.acknowledge(&verified))
}

fn interaction(kind: u32, data: &Value) -> Value {
    json!({
        "id": "1573261620019200001", "application_id": "1", "token": "t", "type": kind, "context": 0,
        "channel_id": "7", "member": { "user": { "id": "5" } }, "data": data,
    })
}

fn said(kind: u32, data: &Value) -> (String, MessageKind) {
    let message = received(&interaction(kind, data)).0[0].message("demo", DISCORD, Millis(0), 8_000).unwrap();
    (message.text, message.kind)
}

#[test]
fn a_command_is_said_with_its_name_and_what_stands_below_it() {
    let words = |value: Value, kind: u32| json!({ "name": "x", "type": kind, "value": value });
    let below =
        json!([{ "name": "language", "type": 1, "options": [words("fi".into(), 3), words(2.into(), 4)] }]);
    let of_message = json!({
        "name": "Explain", "type": 3, "target_id": "9", "resolved": { "messages": { "9": { "content": "Why?" } } },
    });
    let talk =
        json!({ "name": "ask", "type": 1, "options": [words("Why?".into(), 3), words("9".into(), 6)] });
    assert_eq!(said(2, &talk).0, "Why?");
    assert_eq!(said(2, &json!({ "name": "set", "options": below })).0, "/set language fi 2");
    assert_eq!(said(2, &of_message).0, "/Explain Why?");
}

#[test]
fn a_button_says_its_words_and_a_form_what_was_written() {
    assert_eq!(said(3, &json!({ "custom_id": "yes" })), ("yes".to_owned(), MessageKind::Action));
    let old_rows = json!([{ "type": 1, "components": [{ "type": 4, "value": "All good" }] }]);
    assert_eq!(said(5, &json!({ "custom_id": "form", "components": old_rows })).0, "All good");
}

#[test]
fn whatever_comes_is_answered_as_discord_wants_it() {
    let loading = Acknowledgement::json(r#"{"type":5}"#);
    let said = [
        (2, json!({ "name": "ask" })),
        (3, json!({ "custom_id": "yes" })),
        (5, json!({ "custom_id": "form" })),
    ];
    for (kind, data) in &said {
        assert_eq!(received(&interaction(*kind, data)).1, loading, "{kind}");
    }
    let (events, answer) = received(&interaction(2, &json!({})));
    assert_eq!(
        (events[0].kind, answer.status),
        (EventKind::Unreadable, 202),
        "nothing shows that somebody is at work"
    );
    let choices = Acknowledgement::json(r#"{"type":8,"data":{"choices":[]}}"#);
    assert_eq!(received(&interaction(4, &json!({}))).1, choices);
    let (events, answer) = received(&interaction(99, &json!([7])));
    assert_eq!((events[0].kind, answer.status), (EventKind::Ignored, 202), "nobody waits for an answer");
    let event = json!({ "type": 1, "event": { "type": "ENTITLEMENT_CREATE", "data": { "user": 7 } } });
    let (events, answer) = received(&event);
    assert_eq!((events[0].kind, answer.status), (EventKind::Ignored, 204));
    let (events, answer) = received(&json!([]));
    assert_eq!((events[0].kind, answer.status), (EventKind::Unreadable, 202));
}
