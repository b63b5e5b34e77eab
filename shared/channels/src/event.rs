//! What platforms report, in one form for all.

use domain::{Address, Channel, ConversationKey, Message, MessageHash, MessageKey, MessageKind, Millis};

/// One event of a webhook. Fields a platform does not tell are `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The same on every delivery of this event, and only of this event.
    pub dedup: String,
    /// Names the message inside its chat: the same for the message and its later edits.
    pub message: MessageHash,
    /// Who did it.
    pub user: Option<String>,
    /// Where.
    pub chat: Option<String>,
    /// A topic or thread inside the chat that answers have to name.
    pub thread: Option<String>,
    /// One person's chat, or one of several people.
    pub scope: Scope,
    /// When, by the platform's clock.
    pub sent_at: Option<Millis>,
    /// The user's language, BCP 47.
    pub language: Option<String>,
    /// Text or caption; of a button, its payload.
    pub text: Option<String>,
    /// What was attached.
    pub media: Option<Media>,
    /// In a group: it speaks to the bot.
    pub mentions_bot: bool,
    /// The platform waits for a call with this id before it stops a button's loading sign.
    pub callback_id: Option<String>,
}

/// SQS takes the characters of XML 1.0 and no others (SendMessage, "MessageBody"): the few that are none become the
/// replacement character.
fn storable(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'.. => character,
        _ => '\u{FFFD}',
    }
}

/// Whether a text may be a BCP 47 tag; RFC 5646 (4.4.1) finds 35 characters enough for one. Clients write what they like
/// there: it would be stored and queued with the message, whatever its length, and SQS does not take every character.
fn is_language_tag(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=35).contains(&text.len()) && text.bytes().all(allowed)
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Typed text.
    Text,
    /// A voice note or sound file.
    Audio,
    /// A picture.
    Image,
    /// Another file.
    File,
    /// A sticker.
    Sticker,
    /// A place.
    Location,
    /// A button or menu entry.
    Action,
    /// The user came, or came back.
    Start,
    /// A message changed.
    Edited,
    /// The user blocked the bot.
    Blocked,
    /// The bot was taken into a group.
    BotAdded,
    /// The bot was put out of a group.
    BotRemoved,
    /// The chat goes on under another id.
    ChatMigrated,
    /// Proven to be the platform's, and not of any form known here. It would not become readable by being sent
    /// again, so it is acknowledged, and logged as an error.
    Unreadable,
    /// Anything else. Platforms add kinds without notice: unknown must be harmless.
    Ignored,
}

impl EventKind {
    /// The name in logs and expectations.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Text => "text",
            EventKind::Audio => "audio",
            EventKind::Image => "image",
            EventKind::File => "file",
            EventKind::Sticker => "sticker",
            EventKind::Location => "location",
            EventKind::Action => "action",
            EventKind::Start => "start",
            EventKind::Edited => "edited",
            EventKind::Blocked => "blocked",
            EventKind::BotAdded => "bot_added",
            EventKind::BotRemoved => "bot_removed",
            EventKind::ChatMigrated => "chat_migrated",
            EventKind::Unreadable => "unreadable",
            EventKind::Ignored => "ignored",
        }
    }

    /// How such an event is answered; `None`: not at all.
    fn message_kind(self) -> Option<MessageKind> {
        match self {
            EventKind::Text => Some(MessageKind::Text),
            EventKind::Action => Some(MessageKind::Action),
            EventKind::Audio
            | EventKind::Image
            | EventKind::File
            | EventKind::Sticker
            | EventKind::Location => Some(MessageKind::Other),
            _ => None,
        }
    }
}

/// Who can read along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One person and the bot.
    Direct,
    /// Several people.
    Group,
}

/// Something attached to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// The platform's handle to fetch it by.
    pub id: String,
    /// MIME type as the platform tells it.
    pub mime: Option<String>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Length in milliseconds.
    pub duration_ms: Option<u64>,
    /// File name.
    pub name: Option<String>,
}

impl Event {
    /// The event as something that has an order: by number, where the platform counts its events up.
    pub fn order(&self) -> MessageHash {
        let number = self.dedup.rsplit(':').next().and_then(|number| number.parse().ok());
        number.map_or_else(|| MessageHash::of(&self.dedup), MessageHash::counted)
    }

    /// A message whose text its author has changed, at the time of the change; `None` for every other event, as for a
    /// place that moves.
    pub fn edited(&self, bot: &str, channel: Channel, now: Millis, text_chars_max: usize) -> Option<Message> {
        let changed = Event { kind: EventKind::Text, ..self.clone() };
        let has_text = self.text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let is_change = self.kind == EventKind::Edited && has_text;
        is_change.then(|| changed.message(bot, channel, now, text_chars_max)).flatten()
    }

    /// The message to answer, if there is one: something a user said to the bot.
    ///
    /// `text_chars_max` counts Unicode scalar values; a longer text is cut.
    pub fn message(
        &self,
        bot: &str,
        channel: Channel,
        now: Millis,
        text_chars_max: usize,
    ) -> Option<Message> {
        let kind = self.kind.message_kind()?;
        let address = Address { channel, chat: self.chat.clone()?, thread: self.thread.clone() };
        let text = self
            .text
            .as_deref()
            .unwrap_or_default()
            .chars()
            .take(text_chars_max)
            .map(storable)
            .collect::<String>();
        let to_the_bot = self.scope == Scope::Direct
            || self.mentions_bot
            || kind == MessageKind::Action
            || text.starts_with('/');
        to_the_bot.then(|| Message {
            conversation: ConversationKey::of(bot, &address),
            key: MessageKey::new(self.sent_at.unwrap_or(now), self.message.clone()),
            address,
            text,
            kind,
            language: self.language.clone().filter(|language| is_language_tag(language)),
            received_at: now,
        })
    }
}
