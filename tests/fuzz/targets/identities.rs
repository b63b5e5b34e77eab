//! Any text as a name: what is read is written the same, and sorts as it reads.

#![no_main]

use arbitrary::Arbitrary;
use domain::{Address, Channel, ConversationKey, MessageHash, MessageKey, Millis, RequestId};
use fuzz::assert_reads_back;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Names<'a> {
    text: &'a str,
    other: &'a str,
    chat: &'a str,
    thread: Option<&'a str>,
    sent_at: i64,
    number: u64,
}

fuzz_target!(|names: Names| {
    is_written_as_it_was_read(names.text);
    if let (Some(one), Some(other)) = (MessageKey::parse(names.text), MessageKey::parse(names.other)) {
        assert_eq!(one.cmp(&other), names.text.cmp(names.other));
    }
    let address = Address {
        channel: Channel::of("telegram"),
        chat: names.chat.to_owned(),
        thread: names.thread.map(ToOwned::to_owned),
    };
    for hash in [MessageHash::of(names.other), MessageHash::counted(names.number)] {
        let key = MessageKey::new(Millis(names.sent_at), hash);
        assert_reads_back(&RequestId { conversation: ConversationKey::of(names.text, &address), key });
    }
});

fn is_written_as_it_was_read(text: &str) {
    assert!(MessageHash::parse(text).is_none_or(|hash| hash.as_str() == text));
    assert!(MessageKey::parse(text).is_none_or(|key| key.to_string() == text));
    assert!(ConversationKey::parse(text).is_none_or(|key| key.as_str() == text && key.channel().is_some()));
    if let Some(id) = RequestId::parse(text) {
        assert_eq!(id.to_string(), text);
        assert_reads_back(&id);
    }
}
