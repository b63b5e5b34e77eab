//! What a mailbox weighs: one write unit, also when it is as full as it gets.

use domain::person::{Act, Deed, short_name};
use domain::{Address, Channel, ConversationKey, MessageHash, MessageKey};
use simulation::item_bytes;

use super::{NOW, SECRET, house_with};

#[tokio::test]
async fn a_full_mailbox_is_one_write_unit() {
    let house = house_with("user_messages_per_minute = 6000\nuser_messages_per_day = 1000000");
    // A full ring of settled messages, with others fallen out of it.
    for message_id in 99_900..99_920 {
        house.delivers(message_id, "hello", Some(SECRET)).await;
        house.turns().await;
        house.world.pass(1_001);
    }
    // Ten that wait, a cancel, and a live lease: the turn stops at the model, which never answers.
    house.delivers(99_930, "cancel", Some(SECRET)).await;
    for message_id in 99_940..99_950 {
        assert_eq!(house.delivers(message_id, "hello", Some(SECRET)).await, 200);
    }
    let address = Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None };
    let pk = ConversationKey::of("demo", &address).to_string();
    let table = io::Table::of(&house.world);
    let conversation = ConversationKey::parse(&pk).expect("a key");
    let token = domain::Token("0123456789A".into());
    let claim = table.claim(&conversation, &token, NOW + 62_123, 0).await.expect("a claim");
    assert_eq!(claim, io::table::Claim::Mine { taken_over: false });
    // A person has taken over, everything before was erased, and somebody was told that it still works.
    let waiting = domain::MessageHash::counted(99_945);
    let act = Act {
        key: MessageKey::new(NOW, MessageHash::of("a takeover")),
        deed: Deed::TookOver,
        person: short_name("a-person-0123456789xyz").to_owned(),
        text: String::new(),
        to: address,
        told: None,
    };
    let held = table.act(&conversation, &act, None, &house.processor.bot.limits).await;
    assert_eq!(held.expect("held"), io::table::Acted::Done);
    assert!(table.erase(&conversation, &waiting).await.expect("erased").is_some());
    assert!(table.mark_told(&conversation, &waiting).await.expect("told"));

    let mailbox = house.world.item(&pk, "M").expect("a mailbox");
    let read = io::table::read_mailbox(&mailbox).expect("readable");
    assert_eq!((read.waiting.len(), read.settled.len()), (10, 16));
    assert!(read.mark.is_some() && read.lease.is_some() && read.cancel.is_some());
    assert!(read.held_by.is_some() && read.erased_until.is_some());
    assert!(read.counted.is_some() && read.paced_until.is_some());
    // The longest channel name there will be is `messenger`; sequence numbers may grow to six digits more.
    let bytes = item_bytes(&mailbox) + 1 + 14 * 3;
    assert!(bytes <= 1_024, "{bytes} bytes: {}", simulation::json_of(&mailbox));
}
