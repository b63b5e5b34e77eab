//! Any body of the web API, with a session as bearer and without.

#![no_main]

use channels::web::{CLOCK_SKEW_MS, ChatRequest, Session};
use channels::{Event, Inbound, Unproven, codec};
use domain::Channel;
use fuzz::{NOW, TEXT_CHARS_MAX, is_fit_for_its_way};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

fuzz_target!(|body: &[u8]| {
    let secrets = ["secret".to_owned()];
    let token = Session::issue(Uuid::from_u128(7), &secrets).expect("there is a secret");
    let bearer = [("authorization".to_owned(), format!("Bearer {token}"))];
    let events = parsed(&bearer, body, &secrets).expect("the token is ours");
    match (ChatRequest::read(body, NOW), events.as_slice()) {
        (Ok(request), [event]) => is_what_was_asked(&request, event),
        (Err(_), []) => {}
        (request, events) => panic!("{request:?} became {events:?}"),
    }
    let as_json = serde_json::from_slice::<serde_json::Value>(body);
    if let (Ok(_), Ok(body)) = (parsed(&[], body, &secrets), as_json) {
        assert_eq!(body["session_id"], token.as_str(), "a client named itself");
    }
});

fn parsed(headers: &[(String, String)], body: &[u8], secrets: &[String]) -> Result<Vec<Event>, Unproven> {
    let web = codec(Channel::WEB);
    let inbound = Inbound { headers, body, at: NOW, request_id: "r" };
    Ok(web.parse(web.verify(inbound, secrets)?))
}

fn is_what_was_asked(request: &ChatRequest, event: &Event) {
    assert!(!request.message.trim().is_empty());
    assert_eq!(event.text.as_deref(), Some(request.message.as_str()));
    let message = event.message("demo", Channel::WEB, NOW, TEXT_CHARS_MAX).expect("a text is answered");
    let sent_at = message.key.sent_at;
    assert!(sent_at.since(NOW).max(NOW.since(sent_at)) <= CLOCK_SKEW_MS);
    assert_eq!(message.address.chat, Uuid::from_u128(7).simple().to_string());
    is_fit_for_its_way(&message);
}
