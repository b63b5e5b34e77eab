//! Any body under Telegram's right secret: one event.

#![no_main]

use domain::Channel;
use fuzz::webhook::take_in;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let events = take_in(Channel::of("telegram"), body);
    assert_eq!(events.len(), 1, "an update is one event: {events:?}");
});
