//! Every payload of `events/<channel>/`, against what it is expected to mean.

use channels::{Event, decoder};
use domain::Channel;
use serde_json::Value;

use super::{credentials, events, headers, json, normal_form, platforms, signed, verify};

/// What is expected is silent about some things, and that is right:
/// a button's press has no time in Telegram's payload, so ours is that of the message it stands under;
/// a mention in a Slack channel stands in no thread, and ours is the one that the answer opens;
/// where an event happened is known, be its kind known or not.
const MORE_THAN_EXPECTED: &[(&str, &str)] = &[
    ("telegram/callback_query.json", "ts_ms"),
    ("slack/app_mention.json", "thread"),
    ("slack/message_twin_of_app_mention.json", "thread"),
    ("line/unknown_event.json", "scope"),
    ("line/unknown_among_known.json", "scope"),
];

/// What every message has, or every one that LINE lets a bot mark as read: it is expected where it is spoken of.
const EXPECTED_WHERE_NAMED: [&str; 2] = ["message_id", "mark_read_token"];

#[test]
fn every_payload_means_what_it_should() {
    let mut wrong = Vec::new();
    for channel in platforms() {
        let expected = json(&format!("{channel}/expected.json"));
        for (file, wanted) in expected.as_object().unwrap().iter().filter(|(file, _)| *file != "about") {
            let file = format!("{channel}/{file}");
            let found = parsed(channel, &file);
            let wanted = wanted.as_array().unwrap();
            if found.len() != wanted.len() {
                wrong.push(format!("{file}: {} events, not {}", found.len(), wanted.len()));
            }
            for (event, wanted) in found.iter().zip(wanted) {
                wrong.extend(differences(channel, &file, event, wanted));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_payload_has_its_expectation() {
    for channel in platforms() {
        let expected = json(&format!("{channel}/expected.json"));
        for entry in std::fs::read_dir(events().join(channel.name())).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            // A form's content, written out beside it for reading.
            let form = name.strip_suffix(".json").map(|stem| format!("{stem}.form"));
            let is_shown = form.is_some_and(|form| events().join(channel.name()).join(form).exists());
            let is_expected = name == "expected.json" || expected.get(&name).is_some();
            assert!(is_expected || is_shown, "{channel}/{name}");
        }
    }
}

/// Half a payload, or one of another platform, is not an accident: it is read as far as it goes, and nothing panics.
#[test]
fn what_is_cut_or_foreign_is_harmless() {
    let credentials = credentials();
    for channel in platforms() {
        for other in platforms() {
            for entry in std::fs::read_dir(events().join(other.name())).unwrap() {
                let body = std::fs::read(entry.unwrap().path()).unwrap();
                for part in
                    [&body[..], &body[..body.len() / 2], &body[..body.len() - 1], b"null", b"[]", b"{}"]
                {
                    let headers = signed(channel, part);
                    let verified = verify(channel, &headers, part, &credentials).unwrap();
                    let _ = decoder(channel).unwrap().parse(&verified);
                }
            }
        }
    }
}

/// The events of a file, its proof checked first.
pub(super) fn parsed(channel: Channel, file: &str) -> Vec<Event> {
    let body = std::fs::read(events().join(file)).unwrap();
    let signatures = json("signatures.json");
    let headers = signatures["vectors"].as_array().unwrap().iter().find(|vector| vector["file"] == file);
    let headers = headers.map(|vector| self::headers(&vector["headers"])).unwrap();
    let credentials = credentials();
    let verified = verify(channel, &headers, &body, &credentials).unwrap();
    decoder(channel).unwrap().parse(&verified)
}

fn differences(channel: Channel, file: &str, event: &Event, wanted: &Value) -> Vec<String> {
    let found = normal_form::of(channel, event, wanted);
    let names: std::collections::BTreeSet<&String> =
        found.as_object().unwrap().keys().chain(wanted.as_object().unwrap().keys()).collect();
    let differs = |name: &&String| {
        let is_hash = wanted[name.as_str()] == "hash-of-body";
        let is_more = MORE_THAN_EXPECTED.contains(&(file, name.as_str()));
        let is_more =
            is_more || EXPECTED_WHERE_NAMED.contains(&name.as_str()) && wanted.get(name.as_str()).is_none();
        found[name.as_str()] != wanted[name.as_str()] && !is_hash && !is_more
    };
    let differing = names.into_iter().filter(differs);
    differing.map(|name| format!("{file}: {name}: {} and not {}", found[name], wanted[name])).collect()
}
