//! Any Markdown as an answer: parts that each platform takes.

#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use channels::{CHANNELS, Call, Parcel, Sent, Way, encoder};
use delivery::{parts, parts_per_call};
use domain::split::Unit;
use domain::turn::Button;
use domain::{Address, Channel, Handles, Millis};
use fuzz::{CREDENTIALS, NOW};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// The longest answer, in bytes: more than any platform takes in one part.
const ANSWER_BYTES_MAX: usize = 12_000;

/// `chat.postMessage` cuts what is longer; a section block refuses it.
const SLACK_CHARS_MAX: usize = 40_000;
const SECTION_CHARS_MAX: usize = 3_000;

/// Fields of a fixed size stand first, so that a seed is six characters and the Markdown.
#[derive(Debug, Arbitrary)]
struct Answer<'a> {
    channel: u8,
    is_usual: bool,
    is_first: bool,
    waited_minutes: u8,
    buttons: u8,
    /// How often the Markdown stands there, less 200: most answers are short, which is quick.
    times: u8,
    markdown: &'a str,
}

fuzz_target!(|answer: Answer| {
    let channel = CHANNELS[usize::from(answer.channel) % CHANNELS.len()];
    let times = usize::from(answer.times.saturating_sub(200));
    let times = times.min(ANSWER_BYTES_MAX / answer.markdown.len().max(1)).max(1);
    let parts = parts(channel, &answer.markdown.repeat(times));
    let (max, unit) = encoder(channel).expect("a channel there is").text_max();
    assert!(parts.iter().all(|part| unit.length(part) <= max), "a part is too long");
    for texts in parts.chunks(parts_per_call(channel)) {
        if let Some(body) = rendered(channel, &answer, texts) {
            is_taken(channel, &body, texts);
        }
    }
});

fn rendered(channel: Channel, answer: &Answer<'_>, texts: &[String]) -> Option<Value> {
    let waited = Duration::from_secs(60) * u32::from(answer.waited_minutes);
    let reply = match channel.name() {
        "slack" => "https://hooks.slack.com/commands/T1/2/3",
        _ => "application:token",
    };
    let parcel = Parcel {
        to: &Address { channel, chat: "42".to_owned(), thread: Some("7".to_owned()) },
        texts,
        buttons: &buttons(answer),
        handles: &Handles { reply: Some(reply.to_owned()), seen: None },
        is_first: answer.is_first,
        heard_at: NOW,
        now: Millis(NOW.0 + i64::try_from(waited.as_millis()).expect("hours")),
        key: "01234567-89ab-8def-a123-456789abcdef",
    };
    let way = if answer.is_usual { Way::Usual } else { Way::Other };
    match encoder(channel)?.render(&parcel, way, &CREDENTIALS) {
        Ok(call) => call.map(|Call { request, .. }| serde_json::from_slice(&request.body).expect("JSON")),
        Err(Sent::Refused(_)) => None,
        Err(sent) => panic!("nothing was sent, and yet {sent:?}"),
    }
}

fn buttons(answer: &Answer<'_>) -> Vec<Button> {
    let label = |number: usize| answer.markdown.chars().skip(number).take(100).collect();
    let button = |number| Button { label: label(number), says: format!("say {}", number / 2) };
    (0..usize::from(answer.buttons % 40)).map(button).collect()
}

/// Every text is there, and none too long as the platform counts.
fn is_taken(channel: Channel, body: &Value, texts: &[String]) {
    let (mut max, unit) = encoder(channel).expect("a channel there is").text_max();
    let shown: Vec<&Value> = match channel.name() {
        "line" => body["messages"].as_array().expect("messages").iter().map(|said| &said["text"]).collect(),
        "whatsapp" => vec![body.pointer("/text/body").unwrap_or(&body["interactive"]["body"]["text"])],
        "messenger" => vec![&body["message"]["text"]],
        "discord" => vec![&body["content"]],
        "telegram" => vec![&body["text"]],
        "slack" => {
            max = SLACK_CHARS_MAX;
            stands_in_its_sections(body);
            vec![&body["text"]]
        }
        other => panic!("{other} is sent nothing"),
    };
    assert_eq!(shown.len(), texts.len());
    for text in shown {
        let text = text.as_str().expect("text");
        assert!(!text.trim().is_empty(), "nothing is shown of {texts:?}");
        assert!(unit.length(text) <= max, "{} of {max}: {texts:?}", unit.length(text));
    }
    marks_what_is_there(body);
}

/// With buttons, Slack shows blocks in the place of the text.
fn stands_in_its_sections(body: &Value) {
    let Some(blocks) = body["blocks"].as_array() else { return };
    let sections: Vec<_> = blocks.iter().filter(|block| block["type"] == "section").collect();
    assert!(!sections.is_empty(), "buttons under nothing");
    for section in sections {
        let text = section["text"]["text"].as_str().expect("text");
        assert!(!text.is_empty() && Unit::CodePoints.length(text) <= SECTION_CHARS_MAX, "{text:?}");
    }
}

/// Telegram's entities lie inside the text.
fn marks_what_is_there(body: &Value) {
    let length = Unit::Utf16.length(body["text"].as_str().unwrap_or_default());
    for entity in body["entities"].as_array().into_iter().flatten() {
        let number = |name: &str| usize::try_from(entity[name].as_u64().expect("a number")).expect("small");
        assert!(number("length") > 0 && number("offset") + number("length") <= length, "{entity}");
    }
}
