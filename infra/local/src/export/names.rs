//! Words for what is stored: attributes have short names there, for each write costs the whole item.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Millis;
use serde_json::{Map, Value};

/// What short names mean, by kind of item, or of a part of one.
const NAMES: [(&str, &[(&str, &str)]); 12] = [
    (
        "message",
        &[
            ("tx", "text"),
            ("ki", "kind"),
            ("ch", "chat"),
            ("th", "thread"),
            ("la", "language"),
            ("ra", "received_at"),
            ("id", "request_id"),
            ("et", "edited_at"),
            ("ei", "edited_by"),
            ("tk", "written_by"),
        ],
    ),
    (
        "answer",
        &[
            ("oc", "outcome"),
            ("pa", "parts"),
            ("bt", "buttons"),
            ("pr", "parts_sent"),
            ("un", "parts_unknown"),
            ("co", "covers"),
            ("wa", "written_at"),
            ("ti", "tokens_read"),
            ("to", "tokens_written"),
            ("ed", "errands"),
            ("mx", "mail_tried_by"),
            ("md", "mail_over"),
            ("rd", "redriven_at"),
            ("sp", "changes"),
            ("ns", "notes"),
            ("am", "stopped"),
            ("tk", "written_by"),
        ],
    ),
    ("button", &[("la", "label"), ("sa", "says")]),
    (
        "errand",
        &[
            ("by", "asked_by"),
            ("pa", "part"),
            ("do", "what"),
            ("na", "name"),
            ("at", "due_at"),
            ("to", "address"),
            ("ma", "material"),
        ],
    ),
    ("transcript", &[("tx", "text"), ("he", "told")]),
    (
        "person",
        &[
            ("de", "deed"),
            ("pe", "person"),
            ("tx", "text"),
            ("ch", "chat"),
            ("th", "thread"),
            ("tl", "told"),
            ("tk", "told_by"),
            ("tu", "told_until"),
        ],
    ),
    ("note", &[("of", "message"), ("tx", "text"), ("mo", "embedding_model"), ("di", "direction")]),
    (
        "settings",
        &[
            ("vn", "version"),
            ("fr", "from_version"),
            ("mo", "mode"),
            ("me", "menus"),
            ("fi", "fields"),
            ("ss", "session"),
            ("se", "settings"),
            ("su", "subscriptions"),
            ("re", "reminders"),
            ("ma", "mails"),
        ],
    ),
    (
        "subscription",
        &[
            ("cv", "conversation"),
            ("ch", "chat"),
            ("th", "thread"),
            ("la", "language"),
            ("si", "asked_at"),
            ("on", "is_on"),
            ("ci", "changed_in"),
        ],
    ),
    (
        "reminder",
        &[
            ("na", "name"),
            ("at", "due_at"),
            ("tx", "text"),
            ("cv", "conversation"),
            ("ch", "chat"),
            ("th", "thread"),
            ("la", "language"),
            ("si", "asked_at"),
        ],
    ),
    (
        "mailbox",
        &[
            ("q", "last_sequence"),
            ("n", "waiting"),
            ("r", "settled"),
            ("k", "mark"),
            ("nw", "no_window_up_to"),
            ("lt", "lease_of"),
            ("le", "lease_ends_at"),
            ("ls", "lease_up_to"),
            ("lp", "lease_phase"),
            ("cq", "cancelled_up_to"),
            ("cm", "cancelled_at"),
            ("ci", "cancelled_by"),
            ("cp", "cancel_met_phase"),
            ("cn", "cancel_met_waiting"),
            ("hb", "held_by"),
            ("hq", "handed_up_to"),
            ("er", "erased_until"),
            ("d", "committed_by"),
            ("u", "turns"),
            ("dd", "counted_day"),
            ("dn", "counted_messages"),
            ("pu", "paced_until"),
            ("tb", "told_of_work"),
            ("bt", "busy_told_at"),
            ("ac", "active_at"),
            ("ss", "session_start"),
            ("bp", "busy_part"),
            ("bs", "busy_since"),
            ("sp", "session_part"),
            ("sb", "active_since_s"),
        ],
    ),
    ("spending", &[("m", "requests"), ("t", "tokens"), ("c", "microcents")]),
];

/// What every kind has.
const COMMON: [(&str, &str); 5] =
    [("pk", "partition"), ("sk", "key"), ("v", "form"), ("ttl", "expires_at"), ("ka", "kept_at")];

/// Attributes that are named after something: kind, first letter, word.
const NAMED_AFTER: [(&str, char, &str); 3] =
    [("mailbox", 's', "sequence_of"), ("mailbox", 'm', "times_of"), ("spending", 'r', "set_aside_for")];

/// Attributes that hold parts of another kind; what is in any other goes by names of the user's or the owner's.
const PARTS: [(&str, &str, &str); 6] = [
    ("answer", "bt", "button"),
    ("answer", "ed", "errand"),
    ("answer", "ns", "note"),
    ("answer", "sp", "settings"),
    ("settings", "su", SUBSCRIPTIONS),
    ("settings", "re", "reminder"),
];

/// Subscriptions, each under the name of its schedule.
const SUBSCRIPTIONS: &str = "subscriptions";

/// Attributes that are times in milliseconds.
const TIMES: [&str; 18] = [
    "received_at",
    "edited_at",
    "written_at",
    "redriven_at",
    "erased_until",
    "active_at",
    "session_start",
    "mark",
    "session",
    "told_until",
    "due_at",
    "asked_at",
    "kept_at",
    "lease_ends_at",
    "cancelled_at",
    "paced_until",
    "busy_told_at",
    "busy_since",
];

/// An item, or a part of one, with words for its attributes.
pub(super) fn readable(kind: &str, attributes: HashMap<String, AttributeValue>) -> Map<String, Value> {
    let mut attributes: Vec<_> = attributes.into_iter().collect();
    attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
    let fields = attributes.into_iter().map(|(short, value)| {
        let part = PARTS.iter().find(|(of, name, _)| *of == kind && *name == short);
        let (name, value) = (name(kind, &short), plain(part.map(|(_, _, part)| *part), value));
        let time = match value.as_i64() {
            Some(seconds) if name == "expires_at" => Some(Millis(seconds.saturating_mul(1_000))),
            time => time.filter(|_| TIMES.contains(&name.as_str())).map(Millis),
        };
        (name, time.map_or(value, |time| time.to_utc().into()))
    });
    fields.collect()
}

/// The word for an attribute; one that is not listed keeps its name.
fn name(kind: &str, short: &str) -> String {
    let own = NAMES.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, names)| names);
    if let Some((_, long)) = own.iter().chain(&COMMON).find(|(name, _)| *name == short) {
        return (*long).to_owned();
    }
    let after = NAMED_AFTER.iter().filter(|(of, ..)| *of == kind);
    let after = after.filter_map(|(_, first, word)| Some((word, short.strip_prefix(*first)?)));
    after.map(|(word, what)| format!("{word}_{what}")).next().unwrap_or_else(|| short.to_owned())
}

/// A value as JSON; a number that is a whole one stays a number.
fn plain(part: Option<&str>, value: AttributeValue) -> Value {
    match (value, part) {
        (AttributeValue::S(text), _) => text.into(),
        (AttributeValue::N(digits), _) => digits.parse::<i64>().map_or_else(|_| digits.into(), Value::from),
        (AttributeValue::Bool(yes), _) => yes.into(),
        (AttributeValue::L(list), part) => list.into_iter().map(|value| plain(part, value)).collect(),
        (AttributeValue::M(map), Some(part)) if part != SUBSCRIPTIONS => readable(part, map).into(),
        (AttributeValue::M(map), part) => {
            let part = part.map(|_| "subscription");
            map.into_iter().map(|(name, value)| (name, plain(part, value))).collect()
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The stored forms: every `items.rs` of the table.
    fn forms() -> Vec<String> {
        let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/io/src/table");
        let (mut open, mut forms) = (vec![table], Vec::new());
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    open.push(entry.path());
                } else if entry.file_name() == "items.rs" {
                    forms.push(std::fs::read_to_string(entry.path()).unwrap());
                }
            }
        }
        forms
    }

    /// What each form is part of.
    fn kinds(form: &str) -> &'static [&'static str] {
        match form {
            "MessageItemV1" => &["message"],
            "AnswerItemV1" => &["answer"],
            "ButtonV1" => &["button"],
            "ErrandV1" | "TaskV1" => &["errand"],
            "SpokenItemV1" => &["transcript"],
            "ActItemV1" => &["person"],
            "NoteV1" | "NoteItemV1" => &["note"],
            "StatePatchV1" | "StateV1" | "StateItemV1" => &["settings"],
            "SubscriberV1" => &["subscription", "reminder"],
            "SubscriptionV1" | "SubscriberItemV1" => &["subscription"],
            "ReminderV1" => &["reminder"],
            // How far an occurrence has come: nobody's.
            "CourseItemV1" => &[],
            _ => unreachable!("{form} is stored: of which kind is it?"),
        }
    }

    /// Each short name of a stored form, with the form.
    fn fields(source: &str) -> Vec<(&str, &str)> {
        let (mut form, mut fields) = (None, Vec::new());
        for line in source.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            if let Some(at) = words.iter().position(|word| ["struct", "enum"].contains(word)) {
                form = words.get(at + 1).copied().filter(|name| name.ends_with("V1"));
            } else if line == "}" {
                form = None;
            } else if let (Some(form), Some((name, _))) = (form, line.trim().split_once(':'))
                && name.len() <= 3
                && name.bytes().all(|byte| byte.is_ascii_lowercase())
            {
                // The subscriber inside a reminder, whose fields are its own.
                fields.push((form, name));
            }
        }
        fields.retain(|(form, name)| (*form, *name) != ("ReminderV1", "to") && *name != "who");
        fields
    }

    #[test]
    fn every_short_name_that_is_stored_has_a_word() {
        let mut named = 0;
        let forms = forms();
        for (form, field) in forms.iter().flat_map(|form| fields(form)) {
            for kind in kinds(form) {
                assert_ne!(name(kind, field), field, "{field} of {form} has no word in `{kind}`");
                named += 1;
            }
        }
        assert!(named > 80, "only {named} fields were found");
    }

    #[test]
    fn every_attribute_of_a_mailbox_has_a_word() {
        let source = include_str!("../../../../shared/io/src/table/mailbox_item.rs");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let quoted = source.split('"').skip(1).step_by(2);
        let shorts: Vec<_> = quoted.filter(|text| text.len() <= 2).collect();
        assert!(shorts.len() > 20, "{shorts:?}");
        for short in shorts {
            assert_ne!(name("mailbox", short), short);
        }
        assert_eq!(name("mailbox", "s00000000007"), "sequence_of_00000000007");
    }

    #[test]
    fn parts_are_readable_too_and_names_of_the_owners_stay() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let map = |name: &str, value| AttributeValue::M([(name.to_owned(), value)].into());
        let changes = AttributeValue::M(
            [
                ("se".to_owned(), map("la", text("short"))),
                ("su".to_owned(), map("tx", map("ch", text("42")))),
                ("re".to_owned(), AttributeValue::L(vec![map("at", AttributeValue::N("0".into()))])),
            ]
            .into(),
        );
        let item = [("sp".to_owned(), changes), ("ttl".to_owned(), AttributeValue::N("1".into()))].into();
        let expected = serde_json::json!({
            "changes": {
                "settings": { "la": "short" },
                "subscriptions": { "tx": { "chat": "42" } },
                "reminders": [{ "due_at": "1970-01-01T00:00:00.000Z" }],
            },
            "expires_at": "1970-01-01T00:00:01.000Z",
        });
        assert_eq!(Value::Object(readable("answer", item)), expected);
    }
}
