//! What several targets expect.

pub mod webhook;

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use channels::Credentials;
use domain::{ConversationKey, Message, MessageHash, MessageKey, Millis, RequestId};
use io::envelope::DoorbellV1;

/// When all requests arrive.
pub const NOW: Millis = Millis(1_795_165_200_000);

/// The longest text the targets let in, in code points.
pub const TEXT_CHARS_MAX: usize = 200;

/// What everybody signs with here.
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Discord signs with a key of which the bot has the other half.
pub static DISCORD: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(SECRET.as_bytes()).expect("32 bytes"));

/// All that the channels need.
pub static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| {
    let read = |name: &str| match name {
        "DISCORD_PUBLIC_KEY" => vec![hex::encode(DISCORD.public_key())],
        _ if name.ends_with("_BASE") => Vec::new(),
        _ => vec![SECRET.to_owned()],
    };
    Credentials::read(|_| true, read, 1_000)
});

/// SQS takes a message of at most 1 MiB; DynamoDB an item of 400 KB. Beside its text and what a platform tells of files, a
/// message is small.
const DOORBELL_BYTES_MAX: usize = 4_096;

/// The most bytes that JSON has for one: of a control character it writes the number.
const ESCAPED_BYTES_MAX: usize = 6;

/// A message that a parser let in can be named, stored and queued, and comes out of the queue as it went in.
pub fn is_fit_for_its_way(message: &Message, request: &[u8]) {
    assert_reads_back(&message.request_id());
    assert!(message.text.chars().count() <= TEXT_CHARS_MAX);
    let body = serde_json::to_string(&DoorbellV1::of(message)).expect("JSON");
    assert!(body.chars().all(is_taken_by_sqs), "SQS refuses this: {body:?}");
    let bytes_max = DOORBELL_BYTES_MAX + ESCAPED_BYTES_MAX * request.len();
    assert!(body.len() <= bytes_max, "{} bytes of {}", body.len(), request.len());
    let carried = DoorbellV1::parse(&body).and_then(|doorbell| doorbell.message());
    assert_eq!(carried.expect("what we wrote can be read"), *message);
}

/// Every name in a request id is read back from its text.
pub fn assert_reads_back(id: &RequestId) {
    assert_eq!(RequestId::parse(&id.to_string()).as_ref(), Some(id));
    assert_eq!(MessageKey::parse(&id.key.to_string()).as_ref(), Some(&id.key));
    assert_eq!(MessageHash::parse(id.key.hash.as_str()).as_ref(), Some(&id.key.hash));
    assert_eq!(ConversationKey::parse(id.conversation.as_str()).as_ref(), Some(&id.conversation));
    assert!(id.to_string().len() <= 128 && id.to_string().bytes().all(|byte| byte.is_ascii_graphic()));
}

/// SendMessage: "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF".
fn is_taken_by_sqs(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
