//! `domain::key` and `domain::conversation`: names that read back as what they name, and sort as they read.

use domain::{Address, Channel, ConversationKey, MessageHash, MessageKey, Millis, RequestId};
use proptest::prelude::*;

pub fn hash() -> impl Strategy<Value = MessageHash> {
    prop_oneof![
        any::<String>().prop_map(|id| MessageHash::of(&id)),
        any::<u64>().prop_map(MessageHash::counted),
        (0..1_000_u64).prop_map(MessageHash::counted),
    ]
}

/// Often near one another, so that keys of the same time come up.
pub fn sent_at() -> impl Strategy<Value = Millis> {
    prop_oneof![3 => 1_795_165_200_000..1_795_165_200_005_i64, 1 => any::<i64>()].prop_map(Millis)
}

fn key() -> impl Strategy<Value = MessageKey> {
    (sent_at(), hash()).prop_map(|(sent_at, hash)| MessageKey::new(sent_at, hash))
}

fn address() -> impl Strategy<Value = Address> {
    let channel = prop::sample::select(vec![Channel::of("telegram"), Channel::WEB]);
    (channel, any::<String>(), any::<Option<String>>()).prop_map(|(channel, chat, thread)| Address {
        channel,
        chat,
        thread,
    })
}

fn request_id() -> impl Strategy<Value = RequestId> {
    let conversation =
        (any::<String>(), address()).prop_map(|(bot, address)| ConversationKey::of(&bot, &address));
    (conversation, key()).prop_map(|(conversation, key)| RequestId { conversation, key })
}

/// A text that is nearly one that can be read: one character is another one, too many or missing.
fn nearly(right: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let change = prop_oneof![
        Just(None),
        prop::char::any().prop_map(Some),
        "[-_.:#0-9a-zA-Z]".prop_map(|c| c.chars().next())
    ];
    (right, any::<prop::sample::Index>(), change, any::<bool>()).prop_map(|(right, at, change, replace)| {
        let characters: Vec<char> = right.chars().collect();
        let at = at.index(characters.len());
        let before = characters.iter().take(at);
        let after = characters.iter().skip(at + usize::from(replace));
        before.chain(change.iter()).chain(after).collect()
    })
}

proptest! {
    #[test]
    fn an_identity_reads_back(id in request_id()) {
        prop_assert_eq!(MessageHash::parse(id.key.hash.as_str()), Some(id.key.hash.clone()));
        prop_assert_eq!(MessageKey::parse(&id.key.to_string()), Some(id.key.clone()));
        prop_assert_eq!(ConversationKey::parse(id.conversation.as_str()), Some(id.conversation.clone()));
        prop_assert_eq!(RequestId::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn what_is_read_is_written_the_same(
        hash in nearly(hash().prop_map(|hash| hash.to_string())),
        key in nearly(key().prop_map(|key| key.to_string())),
        id in nearly(request_id().prop_map(|id| id.to_string())),
        conversation in nearly(request_id().prop_map(|id| id.conversation.to_string())),
    ) {
        prop_assert!(MessageHash::parse(&hash).is_none_or(|read| read.to_string() == hash), "{hash:?}");
        prop_assert!(MessageKey::parse(&key).is_none_or(|read| read.to_string() == key), "{key:?}");
        prop_assert!(RequestId::parse(&id).is_none_or(|read| read.to_string() == id), "{id:?}");
        let read = ConversationKey::parse(&conversation);
        prop_assert!(read.is_none_or(|read| read.to_string() == conversation), "{conversation:?}");
    }

    #[test]
    fn keys_sort_as_their_texts(one in key(), other in key()) {
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        prop_assert_eq!(one == other, one.to_string() == other.to_string());
    }

    #[test]
    fn counted_messages_sort_as_they_were_counted(one in 0..100_000_000_000_u64, other in 0..100_000_000_000_u64) {
        prop_assert_eq!(MessageHash::counted(one).cmp(&MessageHash::counted(other)), one.cmp(&other));
    }

    /// What a person chose in one place cannot look as if it came from another.
    #[test]
    fn a_conversation_is_told_apart_from_any_cut_elsewhere(
        text in "\\PC{1,12}", one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
    ) {
        let conversation = |at: &prop::sample::Index| {
            let at = at.index(text.chars().count() + 1);
            let (bot, chat): (String, String) = (text.chars().take(at).collect(), text.chars().skip(at).collect());
            (at, ConversationKey::of(&bot, &Address { channel: Channel::WEB, chat, thread: None }))
        };
        let (one, other) = (conversation(&one), conversation(&other));
        prop_assert_eq!(one.0 == other.0, one.1 == other.1);
    }

    #[test]
    fn every_part_of_an_address_counts(bot in any::<String>(), address in address(), more in "\\PC{1,3}") {
        let known = ConversationKey::of(&bot, &address);
        let thread = address.thread.clone().unwrap_or_default();
        let chat = Address { chat: address.chat.clone() + &more, ..address.clone() };
        let thread = Address { thread: Some(thread + &more), ..address.clone() };
        prop_assert_ne!(&ConversationKey::of(&bot, &chat), &known);
        prop_assert_ne!(&ConversationKey::of(&bot, &thread), &known);
        prop_assert_ne!(&ConversationKey::of(&(bot + &more), &address), &known);
    }

    /// SQS: a group id and a deduplication id have at most 128 characters, letters, digits and ASCII punctuation.
    #[test]
    fn an_identity_is_fit_for_a_queue(id in request_id()) {
        for text in [id.conversation.to_string(), id.to_string()] {
            prop_assert!((1..=128).contains(&text.len()), "{text}");
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
        }
    }
}
