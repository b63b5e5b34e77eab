//! One inbound user message, whatever platform it came from.

use crate::conversation::{Address, ConversationKey};
use crate::key::{MessageKey, RequestId};
use crate::time::Millis;

/// A validated message. Its text is private: never log it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The conversation, its FIFO group and partition key.
    pub conversation: ConversationKey,
    /// Its place there.
    pub key: MessageKey,
    /// Where an answer goes.
    pub address: Address,
    /// What the user said.
    pub text: String,
    /// How they said it.
    pub kind: MessageKind,
    /// What was attached.
    pub media: Vec<Media>,
    /// What the platform gave along for answering.
    pub handles: Handles,
    /// BCP 47 language tag from the platform, when it tells one.
    pub language: Option<String>,
    /// When we took it in, by our clock.
    pub received_at: Millis,
}

impl Message {
    /// The id that follows this message everywhere.
    pub fn request_id(&self) -> RequestId {
        RequestId { conversation: self.conversation.clone(), key: self.key.clone() }
    }
}

/// What a platform gives along with a message for whoever answers it. Only its codec can read them; they are
/// credentials of a kind, so never in a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handles {
    /// For the answer: LINE's reply token, Discord's interaction token, a Slack response URL.
    pub reply: Option<String>,
    /// For saying that the message was read or is being worked on.
    pub seen: Option<String>,
}

/// Something attached to a message: to be fetched from the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// The platform's id to fetch it by, or its URL. A URL comes from outside: only the codec decides whether it is
    /// called.
    pub handle: String,
    /// MIME type as the platform tells it.
    pub mime: Option<String>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Length in milliseconds.
    pub duration_ms: Option<u64>,
    /// File name.
    pub name: Option<String>,
}

/// What is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A voice note or sound file.
    Audio,
    /// A picture.
    Image,
    /// Anything else.
    File,
}

impl MediaKind {
    /// The name in stored forms and expectations.
    pub fn name(self) -> &'static str {
        match self {
            MediaKind::Audio => "audio",
            MediaKind::Image => "image",
            MediaKind::File => "file",
        }
    }

    /// The kind of that name; any other is a file.
    pub fn named(name: &str) -> MediaKind {
        match name {
            "audio" => MediaKind::Audio,
            "image" => MediaKind::Image,
            _ => MediaKind::File,
        }
    }
}

/// How a message was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Typed text.
    Text,
    /// A button or menu entry; `text` is its payload.
    Action,
    /// A word that acts on the conversation and has its own answer: back, main menu.
    Command,
    /// A schedule's: the owner's words for the model, which nobody wrote just now.
    Prompted,
    /// A schedule's or a reminder's: to be said as it is.
    Announced,
    /// Something the bot cannot read yet (image, sticker, file, ...); `text` is its caption, if any.
    Other,
}

impl MessageKind {
    /// Whether a first message of this kind waits a quiet window for companions.
    pub fn waits_for_companions(self) -> bool {
        self == MessageKind::Text || self.is_scheduled()
    }

    /// Whether nobody wrote it just now: nobody waits for its answer, so nobody is told what becomes of it.
    pub fn is_scheduled(self) -> bool {
        matches!(self, MessageKind::Prompted | MessageKind::Announced)
    }
}
