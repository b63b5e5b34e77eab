//! What lies in the queues: versioned, readable on its own.

use domain::wording::Sentence;
use domain::{Address, Channel, ConversationKey, Message, MessageKind, Millis, RequestId};
use serde::{Deserialize, Serialize};

use crate::table::kinds::{kind_name, kind_named};

/// Why an envelope was not read. Give up: it is of another version, or not ours.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON of any known version.
    #[error("not an envelope of a known version: {0}")]
    Unknown(#[from] serde_json::Error),
    /// A field is not of its form.
    #[error("the envelope's {0} cannot be read")]
    Field(&'static str),
}

/// "This conversation has mail": one per message, in the FIFO queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorbellV1 {
    v: Version1,
    conversation: String,
    request_id: String,
    kind: String,
    text: String,
    chat: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    received_at: i64,
}

impl DoorbellV1 {
    /// The doorbell of a message.
    pub fn of(message: &Message) -> DoorbellV1 {
        DoorbellV1 {
            v: Version1,
            conversation: message.conversation.to_string(),
            request_id: message.request_id().to_string(),
            kind: kind_name(message.kind).to_owned(),
            text: message.text.clone(),
            chat: message.address.chat.clone(),
            thread: message.address.thread.clone(),
            language: message.language.clone(),
            received_at: message.received_at.0,
        }
    }

    /// The message it carries.
    pub fn message(&self) -> Result<Message, EnvelopeError> {
        let id = RequestId::parse(&self.request_id).ok_or(EnvelopeError::Field("request_id"))?;
        let channel = id.conversation.channel().ok_or(EnvelopeError::Field("conversation"))?;
        if id.conversation.as_str() != self.conversation {
            return Err(EnvelopeError::Field("conversation"));
        }
        Ok(Message {
            conversation: id.conversation,
            key: id.key,
            address: Address { channel, chat: self.chat.clone(), thread: self.thread.clone() },
            text: self.text.clone(),
            kind: kind_named(&self.kind).unwrap_or(MessageKind::Other),
            language: self.language.clone(),
            received_at: Millis(self.received_at),
        })
    }

    /// Reads one.
    pub fn parse(body: &str) -> Result<DoorbellV1, EnvelopeError> {
        Ok(serde_json::from_str(body)?)
    }
}

/// Something the system does outside a turn, in the notices queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
pub enum NoticeV1 {
    /// Say a sentence to a user.
    Say(SayV1),
    /// Say a sentence, if that message has been dropped by now.
    Dropped {
        /// Format version.
        v: Version1,
        /// The message that was to be dropped.
        request_id: String,
        /// What to say then.
        say: SayV1,
    },
    /// See, until nothing waits, that a doorbell stands; say once that it still works.
    Watch {
        /// Format version.
        v: Version1,
        /// The doorbell to ring again.
        doorbell: DoorbellV1,
    },
}

/// A sentence for a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SayV1 {
    v: Version1,
    sentence: String,
    count: usize,
    channel: String,
    chat: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    conversation: String,
}

impl NoticeV1 {
    /// A sentence to `address`.
    pub fn say(
        sentence: Sentence,
        count: usize,
        conversation: &ConversationKey,
        address: &Address,
        language: Option<&str>,
    ) -> NoticeV1 {
        NoticeV1::Say(SayV1::of(sentence, count, conversation, address, language))
    }

    /// That `dropped` made room for `message`, to be said if it did.
    pub fn if_dropped(dropped: &RequestId, message: &Message) -> NoticeV1 {
        let language = message.language.as_deref();
        let say = SayV1::of(Sentence::Dropped, 0, &message.conversation, &message.address, language);
        NoticeV1::Dropped { v: Version1, request_id: dropped.to_string(), say }
    }

    /// A watch over the conversation of this message.
    pub fn watch(message: &Message) -> NoticeV1 {
        NoticeV1::Watch { v: Version1, doorbell: DoorbellV1::of(message) }
    }

    /// Reads one.
    pub fn parse(body: &str) -> Result<NoticeV1, EnvelopeError> {
        Ok(serde_json::from_str(body)?)
    }
}

impl SayV1 {
    fn of(
        sentence: Sentence,
        count: usize,
        conversation: &ConversationKey,
        address: &Address,
        language: Option<&str>,
    ) -> SayV1 {
        SayV1 {
            v: Version1,
            sentence: sentence.key().to_owned(),
            count,
            channel: address.channel.name().to_owned(),
            chat: address.chat.clone(),
            thread: address.thread.clone(),
            language: language.map(ToOwned::to_owned),
            conversation: conversation.to_string(),
        }
    }

    /// What to say, with its count.
    pub fn sentence(&self) -> Result<(Sentence, usize), EnvelopeError> {
        let sentence = Sentence::named(&self.sentence).ok_or(EnvelopeError::Field("sentence"))?;
        Ok((sentence, self.count))
    }

    /// To whom.
    pub fn address(&self) -> Result<Address, EnvelopeError> {
        let channel = Channel::named(&self.channel).ok_or(EnvelopeError::Field("channel"))?;
        Ok(Address { channel, chat: self.chat.clone(), thread: self.thread.clone() })
    }

    /// In which language.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// The conversation, for logs.
    pub fn conversation(&self) -> &str {
        &self.conversation
    }
}

/// The number 1: an envelope of another version is refused as a whole, never read halfway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version1;

impl Serialize for Version1 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Version1 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Version1, D::Error> {
        match u8::deserialize(deserializer)? {
            1 => Ok(Version1),
            other => Err(serde::de::Error::custom(format!("version {other}, not 1"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{MessageHash, MessageKey};

    fn message() -> Message {
        let address = Address { channel: Channel::Telegram, chat: "42".into(), thread: None };
        Message {
            conversation: ConversationKey::of("demo", &address),
            key: MessageKey::new(Millis(1_795_165_200_000), MessageHash::counted(7)),
            address,
            text: "hello".into(),
            kind: MessageKind::Text,
            language: Some("fi".into()),
            received_at: Millis(1_795_165_200_100),
        }
    }

    #[test]
    fn a_doorbell_carries_the_whole_message() {
        let body = serde_json::to_string(&DoorbellV1::of(&message())).unwrap();
        assert!(body.starts_with(r#"{"v":1,"#), "{body}");
        assert_eq!(DoorbellV1::parse(&body).unwrap().message().unwrap(), message());
    }

    #[test]
    fn an_envelope_of_another_version_is_refused() {
        let body =
            serde_json::to_string(&DoorbellV1::of(&message())).unwrap().replace(r#""v":1"#, r#""v":2"#);
        assert!(matches!(DoorbellV1::parse(&body), Err(EnvelopeError::Unknown(_))));
    }

    #[test]
    fn a_notice_reads_back() {
        let said = message();
        for notice in [
            NoticeV1::watch(&said),
            NoticeV1::if_dropped(&said.request_id(), &said),
            NoticeV1::say(Sentence::Stopped, 2, &said.conversation, &said.address, said.language.as_deref()),
        ] {
            assert_eq!(NoticeV1::parse(&serde_json::to_string(&notice).unwrap()).unwrap(), notice);
        }
    }
}
