//! The platforms' answers of `events/api_responses.json`, and what each means for the sender.

use channels::{Fate, Sent, encoder};
use domain::Channel;
use domain::http::HttpResponse;
use serde_json::Value;

use super::{json, platforms};

#[test]
fn every_answer_is_understood() {
    let mut wrong = Vec::new();
    for answer in json("api_responses.json")["responses"].as_array().unwrap() {
        let Some(channel) = platforms().find(|channel| answer["platform"] == channel.name()) else {
            continue;
        };
        // Answers to other calls than those that send are tried where those calls are.
        if !sends(answer["request"].as_str().unwrap()) {
            continue;
        }
        let sent = encoder(channel).unwrap().outcome(&Ok(response(answer)));
        if !agrees(channel, answer, &sent) {
            wrong.push(format!("{channel} {}: {sent:?} for {}", answer["name"], answer["class"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn sends(request: &str) -> bool {
    let others = ["GET ", "getFile", "answerCallbackQuery", "/typing", "setStatus", "/callback"];
    !others.iter().any(|other| request.contains(other))
}

fn response(answer: &Value) -> HttpResponse {
    let headers = answer["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()));
    HttpResponse {
        status: u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
        headers: headers.collect(),
        body: if answer["body"].is_null() { Vec::new() } else { answer["body"].to_string().into_bytes() },
    }
}

/// Without a key to repeat a call by, what fails on the platform's side is unknown where the list says "retry".
fn agrees(channel: Channel, answer: &Value, sent: &Sent) -> bool {
    // Slack tells failures of its own with status 200.
    let is_slacks = matches!(answer["body"]["error"].as_str(), Some("internal_error" | "fatal_error"));
    let is_server_error = answer["status"].as_u64() >= Some(500) || is_slacks;
    match answer["class"].as_str().unwrap() {
        "ok" => *sent == Sent::Accepted,
        "never" => matches!(sent, Sent::Refused(fate) if *fate != Fate::Unauthorized),
        "reauth" => *sent == Sent::Refused(Fate::Unauthorized),
        // Nobody knows how far it got. Where it can be repeated, the delivery does so.
        "retry" if is_server_error => *sent == Sent::Unknown,
        "retry" => matches!(sent, Sent::NotTaken { .. }),
        "retry_after" => matches!(sent, Sent::NotTaken { retry_after_ms: Some(_) }),
        // Telegram's text is sent without a parse mode, so what cannot be parsed is our mistake.
        "fallback" if channel.name() == "telegram" => {
            matches!(sent, Sent::Moved(_) | Sent::Refused(Fate::Invalid))
        }
        "fallback" if matches!(channel.name(), "line" | "slack") => *sent == Sent::NotThisWay,
        "fallback" => *sent == Sent::Refused(Fate::WindowClosed),
        other => panic!("unknown class {other}"),
    }
}
