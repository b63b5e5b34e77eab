//! What lies in the queues: versioned, readable on its own.

use domain::wording::Sentence;
use domain::{
    Address, Channel, ConversationKey, Handles, Media, MediaKind, Message, MessageKey, MessageKind, Millis,
    RequestId,
};
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
    #[serde(flatten)]
    attached: AttachedV1,
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
            attached: AttachedV1::of(message),
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
            media: self.attached.media(),
            handles: self.attached.handles(),
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
    /// A schedule of the owner's is due: make the message of every subscriber. EventBridge Scheduler writes this.
    Scheduled {
        /// Format version.
        v: Version1,
        /// The schedule's name.
        schedule: String,
        /// The time it was due, in UTC, as `2026-12-01T08:00:00Z`.
        due: String,
    },
    /// A reminder is due: its message is made of what the user's state says. EventBridge Scheduler delivers this.
    Reminder {
        /// Format version.
        v: Version1,
        /// Whose.
        conversation: String,
        /// Its name.
        name: String,
    },
    /// A message that was due and for which there was no room: take it in when there is.
    Due {
        /// Format version.
        v: Version1,
        /// The message.
        doorbell: DoorbellV1,
    },
    /// Tell the user what a person did in the bot's place. The words stand in the table.
    Person {
        /// Format version.
        v: Version1,
        /// In which conversation.
        conversation: String,
        /// Which act: its key.
        act: String,
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
    /// The platform's handle for answering the message that this is about, and when that was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
    /// And the one for saying that it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    #[serde(default)]
    heard_at: i64,
}

impl NoticeV1 {
    /// A sentence about this message, with the count in it, to whoever wrote it.
    pub fn say(said: (Sentence, usize), message: &Message) -> NoticeV1 {
        NoticeV1::Say(SayV1::of(said, message))
    }

    /// That `dropped` made room for `message`, to be said if it did.
    pub fn if_dropped(dropped: &RequestId, message: &Message) -> NoticeV1 {
        // The message itself is still to be answered.
        let say = SayV1 { reply: None, seen: None, ..SayV1::of((Sentence::Dropped, 0), message) };
        NoticeV1::Dropped { v: Version1, request_id: dropped.to_string(), say }
    }

    /// That a schedule is due.
    pub fn scheduled(schedule: &str, due: &str) -> NoticeV1 {
        NoticeV1::Scheduled { v: Version1, schedule: schedule.to_owned(), due: due.to_owned() }
    }

    /// That a reminder is due.
    pub fn reminder(conversation: &ConversationKey, name: &str) -> NoticeV1 {
        NoticeV1::Reminder { v: Version1, conversation: conversation.to_string(), name: name.to_owned() }
    }

    /// That a message was due for which there was no room.
    pub fn due(message: &Message) -> NoticeV1 {
        NoticeV1::Due { v: Version1, doorbell: DoorbellV1::of(message) }
    }

    /// That a person did something that the user is to be told.
    pub fn person(conversation: &ConversationKey, act: &MessageKey) -> NoticeV1 {
        NoticeV1::Person { v: Version1, conversation: conversation.to_string(), act: act.to_string() }
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
    fn of((sentence, count): (Sentence, usize), message: &Message) -> SayV1 {
        let Message { conversation, address, language, handles, received_at, .. } = message;
        SayV1 {
            v: Version1,
            sentence: sentence.key().to_owned(),
            count,
            channel: address.channel.name().to_owned(),
            chat: address.chat.clone(),
            thread: address.thread.clone(),
            language: language.clone(),
            conversation: conversation.to_string(),
            reply: handles.reply.clone(),
            seen: handles.seen.clone(),
            heard_at: received_at.0,
        }
    }

    /// The same sentence, as one about another message of the conversation.
    #[must_use]
    pub fn about(&self, message: &Message) -> SayV1 {
        let Message { handles, received_at, .. } = message;
        SayV1 {
            reply: handles.reply.clone(),
            seen: handles.seen.clone(),
            heard_at: received_at.0,
            ..self.clone()
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

    /// What the platform gave along with the message it is about.
    pub fn handles(&self) -> Handles {
        Handles { reply: self.reply.clone(), seen: self.seen.clone() }
    }

    /// When that message was taken in, by our clock.
    pub fn heard_at(&self) -> Millis {
        Millis(self.heard_at)
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

/// What comes with a message, in the envelope and in the table. Absent when there is none, so that what was written
/// before it was thought of is still read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttachedV1 {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    media: Vec<MediaV1>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MediaV1 {
    kind: String,
    handle: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mime: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl AttachedV1 {
    pub(crate) fn of(message: &Message) -> AttachedV1 {
        let media = |media: &Media| MediaV1 {
            kind: media.kind.name().to_owned(),
            handle: media.handle.clone(),
            mime: media.mime.clone(),
            size: media.size,
            duration_ms: media.duration_ms,
            name: media.name.clone(),
        };
        AttachedV1 {
            media: message.media.iter().map(media).collect(),
            reply: message.handles.reply.clone(),
            seen: message.handles.seen.clone(),
        }
    }

    pub(crate) fn media(&self) -> Vec<Media> {
        let media = |media: &MediaV1| Media {
            kind: MediaKind::named(&media.kind),
            handle: media.handle.clone(),
            mime: media.mime.clone(),
            size: media.size,
            duration_ms: media.duration_ms,
            name: media.name.clone(),
        };
        self.media.iter().map(media).collect()
    }

    pub(crate) fn handles(&self) -> Handles {
        Handles { reply: self.reply.clone(), seen: self.seen.clone() }
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
    use domain::MessageHash;

    fn message() -> Message {
        let address = Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None };
        Message {
            conversation: domain::ConversationKey::of("demo", &address),
            key: MessageKey::new(Millis(1_795_165_200_000), MessageHash::counted(7)),
            address,
            text: "hello".into(),
            kind: MessageKind::Text,
            media: Vec::new(),
            handles: Handles::default(),
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
            NoticeV1::say((Sentence::Stopped, 2), &said),
            NoticeV1::due(&said),
            NoticeV1::reminder(&said.conversation, "r.telegram.x.y"),
            NoticeV1::person(&said.conversation, &said.key),
            NoticeV1::scheduled("digest", "2026-12-01T08:00:00Z"),
        ] {
            assert_eq!(NoticeV1::parse(&serde_json::to_string(&notice).unwrap()).unwrap(), notice);
        }
    }
}
