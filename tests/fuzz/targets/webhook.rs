//! What every chat platform's way in keeps, whatever bytes come under its right proof.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channels::{Acknowledgement, Decoder, Event, EventKind, Inbound, Unproven, decoder};
use domain::Channel;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{CREDENTIALS, DISCORD, NOW, SECRET, TEXT_CHARS_MAX, is_fit_for_its_way};

/// Takes in a body as the webhook does, and finds every event fit for its way.
pub fn take_in(channel: Channel, body: &[u8]) -> Vec<Event> {
    let decoder = decoder(channel).expect("a channel there is");
    let headers = signed(channel, body);
    let verified = decoder.verify(inbound("POST", "", &headers, body), &CREDENTIALS).expect("it is signed");
    let events = decoder.parse(&verified);
    events.iter().for_each(|event| is_fit(channel, event, body));
    // Each of these costs as much as all the rest: which one is asked for, the length says.
    match body.len() % 4 {
        0 => assert_eq!(decoder.parse(&verified), events, "a redelivery means the same"),
        1 => refuses_what_was_changed(channel, decoder, headers, body),
        2 => is_answer(&decoder.acknowledge(&verified)),
        _ => greets_only_who_knows_the_word(decoder, body),
    }
    events
}

fn inbound<'r>(
    method: &'r str,
    query: &'r str,
    headers: &'r [(String, String)],
    body: &'r [u8],
) -> Inbound<'r> {
    Inbound { method, query, headers, body, at: NOW, request_id: "r" }
}

fn is_answer(acknowledgement: &Acknowledgement) {
    let Acknowledgement { status, content_type, body } = acknowledgement;
    assert!((200..300).contains(status), "{acknowledgement:?}");
    assert!(body.is_empty() || !content_type.is_empty(), "{acknowledgement:?}");
    if *content_type == "application/json" {
        serde_json::from_str::<serde_json::Value>(body).expect("JSON");
    }
}

/// One bit is another: of the body, or of the secret where nothing else is proven.
fn refuses_what_was_changed(
    channel: Channel,
    decoder: &dyn Decoder,
    mut headers: Vec<(String, String)>,
    body: &[u8],
) {
    let mut body = body.to_vec();
    let at = usize::from(body[0]) * usize::from(body[body.len() / 2]);
    if channel == Channel::of("telegram") {
        let at = at % SECRET.len();
        headers[0].1.replace_range(at..=at, "x");
    } else {
        let at = at % body.len();
        body[at] ^= 1;
    }
    let judged = decoder.verify(inbound("POST", "", &headers, &body), &CREDENTIALS);
    assert_eq!(judged.err(), Some(Unproven::Wrong));
}

/// The body as what stands behind the address of a handshake.
fn greets_only_who_knows_the_word(decoder: &dyn Decoder, query: &[u8]) {
    let Ok(query) = str::from_utf8(query) else { return };
    if let Some(greeting) = decoder.greet(inbound("GET", query, &[], b""), &CREDENTIALS) {
        assert!(greeting.status == 403 || query.contains(SECRET) || query.contains('%'), "{query:?}");
    }
}

fn is_fit(channel: Channel, event: &Event, body: &[u8]) {
    assert!(event.dedup.starts_with(channel.name()), "{event:?}");
    let is_unreadable = event.dedup == format!("{channel}:unreadable");
    assert!(is_unreadable || event.kind != EventKind::Unreadable, "{event:?}");
    let _ = event.order();
    let message = event.message("demo", channel, NOW, TEXT_CHARS_MAX);
    let edited = event.edited("demo", channel, NOW, TEXT_CHARS_MAX);
    let unsent = event.unsent("demo", channel, NOW);
    assert!(unsent.as_ref().is_none_or(|unsent| unsent.text.is_empty()), "{unsent:?}");
    let meanings: Vec<_> = [message, edited, unsent].into_iter().flatten().collect();
    assert!(meanings.len() <= 1, "it means several things: {meanings:?}");
    for message in &meanings {
        assert_eq!(message.address.channel, channel);
        is_fit_for_its_way(message, body);
    }
}

/// The headers a platform sends with a body.
fn signed(channel: Channel, body: &[u8]) -> Vec<(String, String)> {
    let seconds = NOW.seconds().to_string();
    let pairs = match channel.name() {
        "telegram" => vec![("x-telegram-bot-api-secret-token", SECRET.to_owned())],
        "line" => vec![("x-line-signature", STANDARD.encode(hmac(&[body])))],
        "whatsapp" | "messenger" => {
            vec![("x-hub-signature-256", format!("sha256={}", hex::encode(hmac(&[body]))))]
        }
        "slack" => {
            let signature = hex::encode(hmac(&[b"v0:", seconds.as_bytes(), b":", body]));
            vec![("x-slack-signature", format!("v0={signature}")), ("x-slack-request-timestamp", seconds)]
        }
        "discord" => {
            let signature = DISCORD.sign(&[seconds.as_bytes(), body].concat());
            vec![("x-signature-ed25519", hex::encode(signature)), ("x-signature-timestamp", seconds)]
        }
        other => panic!("how {other} signs is not known here"),
    };
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn hmac(parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
