//! Any text out of a queue. What is read can be written and read again.

#![no_main]

use domain::RequestId;
use fuzz::assert_reads_back;
use io::envelope::{DoorbellV1, NoticeV1};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    if let Ok(doorbell) = DoorbellV1::parse(body) {
        let again = DoorbellV1::parse(&serde_json::to_string(&doorbell).expect("JSON")).expect("our own");
        assert_eq!(again, doorbell);
        carries_a_message_or_nothing(&doorbell);
    }
    if let Ok(notice) = NoticeV1::parse(body) {
        let again = NoticeV1::parse(&serde_json::to_string(&notice).expect("JSON")).expect("our own");
        assert_eq!(again, notice);
        match notice {
            NoticeV1::Watch { doorbell, .. } => carries_a_message_or_nothing(&doorbell),
            NoticeV1::Due { doorbell, .. } => carries_a_message_or_nothing(&doorbell),
            NoticeV1::Scheduled { due, .. } => drop(domain::Millis::parse_utc(&due)),
            NoticeV1::Reminder { conversation, name, .. } => {
                drop((domain::ConversationKey::parse(&conversation), domain::Reminder::asked_by(&name)));
            }
            NoticeV1::Person { conversation, act, .. } => {
                drop((domain::ConversationKey::parse(&conversation), domain::MessageKey::parse(&act)));
            }
            NoticeV1::Say(say) => drop((say.sentence(), say.address(), say.language(), say.conversation())),
            NoticeV1::Dropped { request_id, say, .. } => drop((RequestId::parse(&request_id), say.address())),
        }
    }
});

fn carries_a_message_or_nothing(doorbell: &DoorbellV1) {
    let Ok(message) = doorbell.message() else { return };
    assert_reads_back(&message.request_id());
    assert_eq!(message.conversation.channel(), Some(message.address.channel));
    let rung_again = DoorbellV1::of(&message).message().expect("what we wrote can be read");
    assert_eq!(rung_again, message);
}
