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

/// How a message was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Typed text.
    Text,
    /// A button or menu entry; `text` is its payload.
    Action,
    /// A word that acts on the conversation and has its own answer: back, main menu.
    Command,
    /// Something the bot cannot read yet (image, sticker, file, ...); `text` is its caption, if any.
    Other,
}

impl MessageKind {
    /// Whether a first message of this kind waits a quiet window for companions.
    pub fn waits_for_companions(self) -> bool {
        self == MessageKind::Text
    }
}
