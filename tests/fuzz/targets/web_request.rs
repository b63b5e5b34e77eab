//! Any body of the web API, with a session as bearer and without.

#![no_main]

use channels::web::{CLOCK_SKEW_MS, ChatRequest, Session};
use channels::{Event, Inbound, Unproven, decoder};
use domain::Channel;
use fuzz::{CREDENTIALS, NOW, SECRET, TEXT_CHARS_MAX, is_fit_for_its_way};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

fuzz_target!(|body: &[u8]| {
    let token = Session::issue(Uuid::from_u128(7), &[SECRET.to_owned()]).expect("there is a secret");
    let bearer = [("authorization".to_owned(), format!("Bearer {token}"))];
    let events = parsed(&bearer, body).expect("the token is ours");
    match (ChatRequest::read(body, NOW), events.as_slice()) {
        (Ok(request), [event]) => is_what_was_asked(&request, event, body),
        (Err(_), []) => {}
        (request, events) => panic!("{request:?} became {events:?}"),
    }
    let as_json = serde_json::from_slice::<serde_json::Value>(body);
    if let (Ok(_), Ok(body)) = (parsed(&[], body), as_json) {
        assert_eq!(body["session_id"], token.as_str(), "a client named itself");
    }
});

fn parsed(headers: &[(String, String)], body: &[u8]) -> Result<Vec<Event>, Unproven> {
    let web = decoder(Channel::WEB).expect("our own channel");
    let inbound = Inbound { method: "POST", query: "", headers, body, at: NOW, request_id: "r" };
    Ok(web.parse(&web.verify(inbound, &CREDENTIALS)?))
}

fn is_what_was_asked(request: &ChatRequest, event: &Event, body: &[u8]) {
    assert!(!request.message.trim().is_empty());
    assert_eq!(event.text.as_deref(), Some(request.message.as_str()));
    let message = event.message("demo", Channel::WEB, NOW, TEXT_CHARS_MAX).expect("a text is answered");
    let sent_at = message.key.sent_at;
    assert!(sent_at.since(NOW).max(NOW.since(sent_at)) <= CLOCK_SKEW_MS);
    assert_eq!(message.address.chat, Uuid::from_u128(7).simple().to_string());
    is_fit_for_its_way(&message, body);
}
