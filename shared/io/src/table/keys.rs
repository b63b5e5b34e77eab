//! Sort keys: how what belongs to a conversation is named and ordered.

use domain::{MessageKey, RequestId};

/// The sort key of a message.
pub(super) fn message_sk(key: &MessageKey) -> String {
    format!("H#{key}")
}

/// The sort key of the answer of the turn whose newest message this is.
pub(super) fn answer_sk(key: &MessageKey) -> String {
    format!("H#{key}#A")
}

/// The sort key of the user's state.
pub(super) const STATE_SK: &str = "S";

/// The sort key of what was spoken in a message.
pub(super) fn spoken_sk(key: &MessageKey) -> String {
    format!("H#{key}#T")
}

/// The sort key of what a person did.
pub(super) fn act_sk(key: &MessageKey) -> String {
    format!("H#{key}#P")
}

/// The message that a dead letter was about, by the letter's sort key.
pub(super) fn letter_of(sk: &str) -> Option<MessageKey> {
    let (request, _) = sk.split_once('#')?;
    RequestId::parse(request).map(|request| request.key)
}

/// What stands under a message's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Message,
    /// Of the turn whose newest message it is.
    Answer,
    Spoken,
    /// A person's, under a key of its own.
    Act,
}

/// Reads a sort key: the message key, and what stands there.
pub(super) fn parse_sk(sk: &str) -> Option<(MessageKey, Part)> {
    let rest = sk.strip_prefix("H#")?;
    let (key, part) = match rest.rsplit_once('#') {
        Some((key, "A")) => (key, Part::Answer),
        Some((key, "T")) => (key, Part::Spoken),
        Some((key, "P")) => (key, Part::Act),
        _ => (rest, Part::Message),
    };
    Some((MessageKey::parse(key)?, part))
}
