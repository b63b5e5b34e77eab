//! Right and wrong proofs of `events/signatures.json`.

use base64::Engine;
use channels::{Acknowledgement, Credentials, EventKind, Inbound, Unproven, decoder};
use domain::{Channel, Millis};
use serde_json::Value;

use super::{NOW, credentials, events, headers, json, platforms, signed, verify};

fn channel(name: &Value) -> Channel {
    Channel::named(name.as_str().unwrap()).unwrap()
}

fn is_ours(name: &Value) -> bool {
    platforms().any(|channel| *name == channel.name())
}

#[test]
fn every_payload_is_proven_and_one_changed_byte_is_not() {
    let credentials = credentials();
    for vector in json("signatures.json")["vectors"].as_array().unwrap() {
        let file = vector["file"].as_str().unwrap();
        let name = Value::from(file.split('/').next().unwrap());
        if !is_ours(&name) {
            continue;
        }
        let (headers, mut body) = (headers(&vector["headers"]), std::fs::read(events().join(file)).unwrap());
        assert!(verify(channel(&name), &headers, &body, &credentials).is_ok(), "{file}");
        if name == "telegram" {
            continue; // Its body is not signed.
        }
        let middle = body.len() / 2;
        body[middle] ^= 1;
        assert_eq!(
            verify(channel(&name), &headers, &body, &credentials).err(),
            Some(Unproven::Wrong),
            "{file}"
        );
    }
}

#[test]
fn every_case_is_judged_as_it_should_be() {
    let credentials = credentials();
    for case in json("signatures.json")["cases"].as_array().unwrap() {
        if !is_ours(&case["platform"]) {
            continue;
        }
        let given = case["body_override_base64"].as_str();
        let body = given.map(|body| base64::engine::general_purpose::STANDARD.decode(body).unwrap());
        let body =
            body.unwrap_or_else(|| std::fs::read(events().join(case["file"].as_str().unwrap())).unwrap());
        let headers = headers(&case["headers"]);
        let judged = verify(channel(&case["platform"]), &headers, &body, &credentials);
        assert_eq!(judged.is_ok(), case["expect"] == "accept", "{}: {}", case["name"], case["why"]);
    }
}

#[test]
fn the_platforms_own_examples_are_right() {
    for vector in json("signatures.json")["published_vectors"].as_array().unwrap() {
        if !is_ours(&vector["platform"]) {
            continue;
        }
        let secret = vector["secret"].as_str().unwrap().to_owned();
        let credentials = Credentials::read(|_| true, |_| vec![secret.clone()], 1_000);
        let published = vector["published"].as_str().unwrap().to_owned();
        let (headers, at) = match vector["timestamp"].as_str() {
            Some(seconds) => (
                vec![
                    ("x-slack-signature".to_owned(), published),
                    ("x-slack-request-timestamp".to_owned(), seconds.to_owned()),
                ],
                Millis(seconds.parse::<i64>().unwrap() * 1_000),
            ),
            None => (vec![("x-line-signature".to_owned(), published)], NOW),
        };
        let body = vector["body"].as_str().unwrap().as_bytes();
        let inbound = Inbound { method: "POST", query: "", headers: &headers, body, at, request_id: "r" };
        assert!(
            decoder(channel(&vector["platform"])).unwrap().verify(inbound, &credentials).is_ok(),
            "{vector}"
        );
    }
}

/// The platforms that sign a time with it. What the others send again is known by its ids.
#[test]
fn a_proof_with_a_time_in_it_is_good_for_five_minutes() {
    let credentials = credentials();
    for channel in ["discord", "slack"].map(Channel::of) {
        let headers = signed(channel, b"{}");
        let taken_at = |at: Millis| {
            let inbound =
                Inbound { method: "POST", query: "", headers: &headers, body: b"{}", at, request_id: "r" };
            decoder(channel).unwrap().verify(inbound, &credentials).is_ok()
        };
        assert!(taken_at(NOW) && taken_at(NOW + 300_000), "{channel}");
        assert!(!taken_at(NOW + 301_000), "{channel}: an older request, sent again");
        assert!(!taken_at(Millis(NOW.0 - 301_000)), "{channel}: one that was made for later");
    }
}

/// A parser that went down as deep as the sender wants would end the process.
#[test]
fn what_is_nested_without_end_is_unreadable() {
    let (deep, credentials) = ("[".repeat(200_000), credentials());
    for channel in platforms() {
        let bodies = ["object", "entry", "events", "event", "message", "data"]
            .map(|field| format!(r#"{{"type": 2, "update_id": 1, "object": "page", "{field}": {deep}"#));
        for body in bodies.iter().chain([&deep]) {
            let headers = signed(channel, body.as_bytes());
            let verified = verify(channel, &headers, body.as_bytes(), &credentials).unwrap();
            let events = decoder(channel).unwrap().parse(&verified);
            let readable = events.iter().filter(|event| event.kind != EventKind::Unreadable).count();
            assert_eq!(readable, 0, "{channel}: {events:?}");
        }
    }
}

#[test]
fn without_a_secret_nothing_is_taken() {
    for channel in platforms() {
        let closed = verify(channel, &[], b"{}", &Credentials::default());
        assert_eq!(closed.err(), Some(Unproven::NotConfigured), "{channel}");
    }
}

#[test]
fn handshakes_are_answered_as_the_platforms_want_it() {
    let credentials = credentials();
    let signatures = json("signatures.json");
    for handshake in signatures["handshakes"].as_array().unwrap() {
        if !is_ours(&handshake["platform"]) {
            continue;
        }
        let (request, wanted) = (&handshake["request"], &handshake["response"]);
        let decoder = decoder(channel(&handshake["platform"])).unwrap();
        let answered: Acknowledgement = if let Some(file) = request["file"].as_str() {
            let vectors = signatures["vectors"].as_array().unwrap();
            let vector = vectors.iter().find(|vector| vector["file"] == file).unwrap();
            let (headers, body) = (headers(&vector["headers"]), std::fs::read(events().join(file)).unwrap());
            let verified = verify(channel(&handshake["platform"]), &headers, &body, &credentials).unwrap();
            decoder.acknowledge(&verified)
        } else {
            let pairs = request["query"].as_object().unwrap().iter();
            let query: Vec<String> =
                pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
            let query = query.join("&");
            let inbound =
                Inbound { method: "GET", query: &query, headers: &[], body: b"", at: NOW, request_id: "r" };
            decoder.greet(inbound, &credentials).unwrap()
        };
        assert_eq!(wanted["status"], answered.status, "{handshake}");
        if let Some(body) = wanted["body"].as_str() {
            assert_eq!(answered.body, body, "{handshake}");
        }
        if let Some(kind) = wanted["content_type"].as_str() {
            assert!(answered.content_type.starts_with(kind), "{handshake}");
        }
    }
}
