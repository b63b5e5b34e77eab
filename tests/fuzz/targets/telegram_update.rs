//! Any body under Telegram's right secret: one event, and what is answered is fit for its way.

#![no_main]

use channels::{Event, EventKind, Inbound, codec};
use domain::Channel;
use fuzz::{NOW, TEXT_CHARS_MAX, is_fit_for_its_way};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let events = parsed(body);
    assert_eq!(events, parsed(body), "a redelivery means the same");
    let [event] = events.as_slice() else { panic!("an update is one event, not {}", events.len()) };
    assert_eq!(event.kind == EventKind::Unreadable, event.dedup == "telegram:unreadable", "{event:?}");
    if let Some(message) = event.message("demo", Channel::of("telegram"), NOW, TEXT_CHARS_MAX) {
        is_fit_for_its_way(&message);
    }
});

fn parsed(body: &[u8]) -> Vec<Event> {
    let headers = [("x-telegram-bot-api-secret-token".to_owned(), "secret".to_owned())];
    let inbound = Inbound { headers: &headers, body, at: NOW, request_id: "r" };
    let telegram = codec(Channel::of("telegram"));
    telegram.parse(telegram.verify(inbound, &["secret".to_owned()]).expect("the secret is right"))
}
