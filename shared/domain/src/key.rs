//! Identities. All derive from what the platform sent, so that a redelivery names the same things.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::conversation::{Channel, ConversationKey};
use crate::time::Millis;

/// The first `BYTES` bytes of SHA-256 over the parts, each preceded by its length, in base64url.
pub(crate) fn short_hash<const BYTES: usize>(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    URL_SAFE_NO_PAD.encode(digest.iter().copied().take(BYTES).collect::<Vec<u8>>())
}

/// The key of one call that must not have two effects: a UUID (version 8, RFC 9562), the same whenever it is tried.
/// `of` names what is sent, as a request id; `part` which part of it.
pub fn call_key(of: &str, part: usize) -> String {
    let mut hasher = Sha256::new();
    hasher.update(of.as_bytes());
    hasher.update((part as u64).to_be_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    let half = digest.first_chunk().copied().map_or(0, u128::from_be_bytes);
    let mut hex = format!("{half:032x}");
    hex.replace_range(12..13, "8");
    hex.replace_range(16..17, "a");
    for at in [20, 16, 12, 8] {
        hex.insert(at, '-');
    }
    hex
}

pub(crate) fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Names a message inside its conversation: 11 characters, the same on every redelivery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageHash(String);

impl MessageHash {
    const LENGTH: usize = 11;

    /// From the platform's message id, or its event id where there is no message.
    pub fn of(platform_id: &str) -> MessageHash {
        MessageHash(short_hash::<8>(&[platform_id]))
    }

    /// From a message id that the platform counts up inside a chat (Telegram).
    ///
    /// Kept as digits, so that messages of the same platform second stay in the order they were written.
    pub fn counted(number: u64) -> MessageHash {
        let digits = format!("{number:0width$}", width = Self::LENGTH);
        if digits.len() == Self::LENGTH { MessageHash(digits) } else { MessageHash::of(&digits) }
    }

    fn is_counted(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Reads a hash back from the table.
    pub fn parse(text: &str) -> Option<MessageHash> {
        (text.len() == Self::LENGTH && text.bytes().all(is_base64url)).then(|| MessageHash(text.to_owned()))
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message's place in its conversation: platform time, then hash. It sorts as its text does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey {
    /// When the user sent it, by the platform's clock.
    pub sent_at: Millis,
    /// Which message of that moment it is.
    pub hash: MessageHash,
}

impl MessageKey {
    /// A key; a time before 1970 or after 2286 counts as the nearest one that has 13 digits.
    pub fn new(sent_at: Millis, hash: MessageHash) -> MessageKey {
        MessageKey { sent_at: Millis(sent_at.0.clamp(0, 9_999_999_999_999)), hash }
    }

    /// Reads `<13 digits>#<hash>`.
    pub fn parse(text: &str) -> Option<MessageKey> {
        let (digits, hash) = text.split_once('#')?;
        let plain = digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let sent_at = Millis(digits.parse().ok().filter(|_| plain)?);
        Some(MessageKey { sent_at, hash: MessageHash::parse(hash)? })
    }
}

/// Puts messages into the order in which they were written. Of one moment (WhatsApp tells whole seconds) they go by their
/// numbers where the platform counts them, and else stay as they are given: in the order in which they came.
pub fn as_written(keys: &mut [MessageKey]) {
    keys.sort_by_key(|key| key.sent_at);
    for moment in keys.chunk_by_mut(|one, next| one.sent_at == next.sent_at) {
        if moment.iter().all(|key| key.hash.is_counted()) {
            moment.sort();
        }
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:013}#{}", self.sent_at.0, self.hash)
    }
}

/// Names one message across all conversations: in every log line, the stored turn and the response.
///
/// Text form: `<channel>.<22>.<13 digits>.<11>`, safe in a URL path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId {
    /// Whose message.
    pub conversation: ConversationKey,
    /// Which message.
    pub key: MessageKey,
}

impl RequestId {
    /// Reads the text form back.
    pub fn parse(text: &str) -> Option<RequestId> {
        let mut fields = text.split('.');
        let (channel, conversation) = (fields.next()?, fields.next()?);
        let (sent_at, hash) = (fields.next()?, fields.next()?);
        if fields.next().is_some() || Channel::named(channel).is_none() {
            return None;
        }
        Some(RequestId {
            conversation: ConversationKey::parse(&format!("{channel}:{conversation}"))?,
            key: MessageKey::parse(&format!("{sent_at}#{hash}"))?,
        })
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conversation = self.conversation.as_str().replacen(':', ".", 1);
        write!(f, "{conversation}.{:013}.{}", self.key.sent_at.0, self.key.hash)
    }
}

/// Marks a write as this attempt's own, so that a repeated write that had succeeded is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token(pub String);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_reads_back_what_it_names() {
        let address = crate::Address {
            channel: Channel::of("telegram"),
            chat: "5012345678".into(),
            thread: Some("57".into()),
        };
        let id = RequestId {
            conversation: ConversationKey::of("demo", &address),
            key: MessageKey::new(Millis(1_795_165_200_000), MessageHash::counted(2041)),
        };
        let text = id.to_string();
        assert!(text.starts_with("telegram."), "{text}");
        assert!(text.ends_with(".1795165200000.00000002041"), "{text}");
        assert_eq!(RequestId::parse(&text), Some(id));
    }

    #[test]
    fn nothing_but_a_request_id_is_read_as_one() {
        for text in ["", "web", "fax.a.b.c", "web.AAAAAAAAAAAAAAAAAAAAAA.1.AAAAAAAAAAA", "a.b.c.d.e"] {
            assert_eq!(RequestId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn messages_of_one_second_without_numbers_stay_in_the_order_in_which_they_came() {
        let at = |second: i64, id: &str| MessageKey::new(Millis(second * 1_000), MessageHash::of(id));
        let came =
            [at(7, "wamid.a"), at(7, "wamid.b"), at(7, "wamid.c"), at(7, "wamid.d"), at(6, "wamid.late")];
        let mut keys = came.clone();
        as_written(&mut keys);
        let [a, b, c, d, late] = came;
        assert_eq!(keys, [late, a, b, c, d]);
        let mut counted =
            [3, 1, 2].map(|number| MessageKey::new(Millis(7_000), MessageHash::counted(number)));
        as_written(&mut counted);
        assert_eq!(
            counted,
            [1, 2, 3].map(|number| MessageKey::new(Millis(7_000), MessageHash::counted(number)))
        );
    }

    #[test]
    fn counted_messages_of_one_second_keep_their_order() {
        let second = Millis(1_795_165_200_000);
        let keys: Vec<_> =
            [999, 1000, 1001].map(|n| MessageKey::new(second, MessageHash::counted(n)).to_string()).into();
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn a_call_has_a_key_of_its_own() {
        let key = call_key("telegram.a.1.b", 0);
        assert_eq!(key, call_key("telegram.a.1.b", 0));
        assert_ne!(key, call_key("telegram.a.1.b", 1));
        let groups: Vec<usize> = key.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{key}");
        assert_eq!(key.as_bytes().get(14), Some(&b'8'), "{key}");
    }

    #[test]
    fn parts_of_a_hash_cannot_run_into_one_another() {
        assert_ne!(short_hash::<8>(&["ab", "c"]), short_hash::<8>(&["a", "bc"]));
    }
}
