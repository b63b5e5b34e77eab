//! What platforms report, in one form for all.

use domain::command;
use domain::{
    Address, Channel, ConversationKey, Handles, Media, Message, MessageHash, MessageKey, MessageKind, Millis,
};

/// One event of a webhook. Fields a platform does not tell are `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The same on every delivery of this event, and only of this event.
    pub dedup: String,
    /// The platform's id of the message; of a change or a reaction, the message it is about.
    pub message_id: Option<String>,
    /// Names the message inside its chat: the same for the message, its later edits and its removal.
    pub message: MessageHash,
    /// Who did it.
    pub user: Option<String>,
    /// Where.
    pub chat: Option<String>,
    /// A topic or thread inside the chat that answers have to name.
    pub thread: Option<String>,
    /// One person's chat, or one of several people.
    pub scope: Option<Scope>,
    /// When, by the platform's clock.
    pub sent_at: Option<Millis>,
    /// The user's language, BCP 47.
    pub language: Option<String>,
    /// Text or caption; of a button, its payload.
    pub text: Option<String>,
    /// What was attached.
    pub media: Vec<Media>,
    /// In a group: it speaks to the bot.
    pub mentions_bot: bool,
    /// What the platform gave along for answering.
    pub handles: Handles,
    /// What only some platforms tell.
    pub details: Details,
}

/// What only some platforms tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Details {
    /// The pictures that were sent together.
    pub album: Option<String>,
    /// The message this one replies to.
    pub reply_to: Option<String>,
    /// A place.
    pub place: Option<Place>,
    /// The id the chat goes on under.
    pub new_chat: Option<String>,
    /// A user's telephone number, digits only.
    pub phone: Option<String>,
    /// The message that a reaction or a receipt is about.
    pub target: Option<String>,
    /// The reaction; `None`: it was taken back.
    pub emoji: Option<String>,
    /// What a receipt says: `sent`, `delivered`, `read`, `failed`.
    pub status: Option<String>,
    /// The platform's code for what went wrong.
    pub error_code: Option<i64>,
    /// What is written on the button.
    pub label: Option<String>,
    /// What a button carries beside its name.
    pub value: Option<String>,
    /// The slash command, with its slash.
    pub command: Option<String>,
    /// The user came back after having blocked the bot.
    pub unblocked: bool,
    /// The platform says that it delivers this again.
    pub redelivery: bool,
    /// What two events about the same message share.
    pub second_key: Option<String>,
    /// The platform tells the same once more, as an event of another kind.
    pub is_twin: bool,
    /// Which of the owner's accounts it came to, where one webhook serves several.
    pub account: Option<String>,
    /// The words of the text that name the bot: not meant for it to read.
    pub addressed: Option<String>,
}

/// A place on earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// North.
    pub latitude: f64,
    /// East.
    pub longitude: f64,
}

/// A stretch of a text whose place is told in UTF-16 code units. `None`: it is empty, or not within the text.
pub(crate) fn utf16_stretch(text: &str, from: usize, length: usize) -> Option<String> {
    let units: Vec<u16> = text.encode_utf16().skip(from).take(length).collect();
    String::from_utf16(&units).ok().filter(|_| units.len() == length && length > 0)
}

/// SQS takes the characters of XML 1.0 and no others (SendMessage, "MessageBody"): the few that are none become the
/// replacement character. Users choose not only what they say: also how a file is named.
fn storable(text: &str) -> String {
    let storable = |character| match character {
        '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'.. => character,
        _ => '\u{FFFD}',
    };
    text.chars().map(storable).collect()
}

fn storable_file(file: &Media) -> Media {
    let [mime, name] = [&file.mime, &file.name].map(|text| text.as_deref().map(storable));
    Media { handle: storable(&file.handle), mime, name, ..*file }
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
    /// A slash command.
    Command,
    /// The user came, or came back.
    Start,
    /// A message changed.
    Edited,
    /// A message was taken back.
    Deleted,
    /// A reaction to a message.
    Reaction,
    /// What became of a message of the bot.
    Receipt,
    /// The user blocked the bot.
    Blocked,
    /// The user wants no more messages that the bot begins.
    OptOut,
    /// The bot was taken into a group.
    BotAdded,
    /// The bot was put out of a group.
    BotRemoved,
    /// People came into a group.
    MembersJoined,
    /// People left a group.
    MembersLeft,
    /// The chat goes on under another id.
    ChatMigrated,
    /// The bot was taken out of a workspace.
    Uninstalled,
    /// A message that the platform does not hand to bots.
    Unsupported,
    /// The platform reports trouble of its own.
    PlatformError,
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
            EventKind::Command => "command",
            EventKind::Start => "start",
            EventKind::Edited => "edited",
            EventKind::Deleted => "deleted",
            EventKind::Reaction => "reaction",
            EventKind::Receipt => "receipt",
            EventKind::Blocked => "blocked",
            EventKind::OptOut => "opt_out",
            EventKind::BotAdded => "bot_added",
            EventKind::BotRemoved => "bot_removed",
            EventKind::MembersJoined => "members_joined",
            EventKind::MembersLeft => "members_left",
            EventKind::ChatMigrated => "chat_migrated",
            EventKind::Uninstalled => "uninstalled",
            EventKind::Unsupported => "unsupported",
            EventKind::PlatformError => "platform_error",
            EventKind::Unreadable => "unreadable",
            EventKind::Ignored => "ignored",
        }
    }

    /// How such an event is answered; `None`: not at all.
    fn message_kind(self) -> Option<MessageKind> {
        match self {
            EventKind::Text | EventKind::Command => Some(MessageKind::Text),
            EventKind::Action => Some(MessageKind::Action),
            EventKind::Audio
            | EventKind::Image
            | EventKind::File
            | EventKind::Sticker
            | EventKind::Location
            | EventKind::Unsupported => Some(MessageKind::Other),
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

/// Slash commands that only open a message: their text is what is said. Any other command is said with its name.
const TALK: [&str; 3] = ["/ask", "/chat", "/say"];

impl Event {
    /// An event of which nothing is known but that it happened.
    pub fn nothing(kind: EventKind, dedup: String) -> Event {
        Event {
            kind,
            message: MessageHash::of(&dedup),
            dedup,
            message_id: None,
            user: None,
            chat: None,
            thread: None,
            scope: None,
            sent_at: None,
            language: None,
            text: None,
            media: Vec::new(),
            mentions_bot: false,
            handles: Handles::default(),
            details: Details::default(),
        }
    }

    /// Whether somebody said something that can be answered.
    pub fn is_said(&self) -> bool {
        self.kind.message_kind().is_some() && self.chat.is_some()
    }

    /// The event as something that has an order: by number, where the platform counts its events up.
    pub fn order(&self) -> MessageHash {
        let number = self.dedup.rsplit(':').next().and_then(|number| number.parse().ok());
        number.map_or_else(|| MessageHash::of(&self.dedup), MessageHash::counted)
    }

    /// A message whose text its author has changed, at the time of the change; `None` for every other event, as for a
    /// place that moves.
    pub fn edited(&self, bot: &str, channel: Channel, now: Millis, text_chars_max: usize) -> Option<Message> {
        let has_text = self.text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let is_change = self.kind == EventKind::Edited && has_text;
        is_change.then(|| self.changed(bot, channel, now, text_chars_max)).flatten()
    }

    /// A message that its author has taken back; `None` for every other event.
    pub fn unsent(&self, bot: &str, channel: Channel, now: Millis) -> Option<Message> {
        (self.kind == EventKind::Deleted).then(|| self.changed(bot, channel, now, 0)).flatten()
    }

    /// The message that a change is about. Whether it spoke to the bot, whoever took it in has found out.
    fn changed(&self, bot: &str, channel: Channel, now: Millis, text_chars_max: usize) -> Option<Message> {
        let said = Event { kind: EventKind::Text, mentions_bot: true, ..self.clone() };
        said.message(bot, channel, now, text_chars_max)
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
        let storable_if_any = |text: &Option<String>| text.as_deref().map(storable);
        let (chat, thread) = (storable_if_any(&self.chat)?, storable_if_any(&self.thread));
        let address = Address { channel, chat, thread };
        let said = command::unaddressed(&self.said());
        let text = storable(&said.chars().take(text_chars_max).collect::<String>());
        let to_the_bot = self.scope != Some(Scope::Group)
            || self.mentions_bot
            || self.kind == EventKind::Action
            || self.details.command.is_some()
            || text.starts_with('/');
        to_the_bot.then(|| Message {
            conversation: ConversationKey::of(bot, &address),
            key: MessageKey::new(self.sent_at.unwrap_or(now), self.message.clone()),
            address,
            text,
            kind,
            media: self.media.iter().map(storable_file).collect(),
            handles: Handles {
                reply: storable_if_any(&self.handles.reply),
                seen: storable_if_any(&self.handles.seen),
            },
            language: self.spoken(),
            received_at: now,
        })
    }

    /// Who comes, as a message for a bot that greets; `None` for every other event.
    pub fn greeting(&self, bot: &str, channel: Channel, now: Millis) -> Option<Message> {
        if self.kind != EventKind::Start {
            return None;
        }
        let comes = Event { kind: EventKind::Command, text: Some(command::START.to_owned()), ..self.clone() };
        let comes = Event { details: Details::default(), ..comes };
        let message = comes.message(bot, channel, now, command::START.len())?;
        Some(Message { kind: MessageKind::Command, ..message })
    }

    fn spoken(&self) -> Option<String> {
        let told = self.language.as_deref().filter(|language| is_language_tag(language));
        domain::language::spoken(self.text.as_deref().unwrap_or_default(), told)
    }

    fn said(&self) -> String {
        let text = self.text.as_deref().unwrap_or_default();
        if let Some(name) = self.details.addressed.as_deref() {
            return text.replacen(name, "", 1).trim().to_owned();
        }
        match self.details.command.as_deref() {
            Some(command) if !TALK.contains(&command) => format!("{command} {text}").trim_end().to_owned(),
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::MediaKind;

    use super::*;

    #[test]
    fn whatever_a_user_chose_can_be_queued() {
        let odd = || Some("a\u{ffff}\u{1}".to_owned());
        let file = Media {
            kind: MediaKind::File,
            handle: "1\u{fffe}".to_owned(),
            mime: odd(),
            size: Some(7),
            duration_ms: None,
            name: odd(),
        };
        let event = Event {
            chat: odd(),
            thread: odd(),
            text: odd(),
            media: vec![file],
            handles: Handles { reply: odd(), seen: odd() },
            ..Event::nothing(EventKind::File, "line:1".to_owned())
        };
        let message = event.message("demo", Channel::of("line"), Millis(0), 100).unwrap();
        let Media { handle, mime, size, name, .. } = &message.media[0];
        assert_eq!((handle.as_str(), *size), ("1\u{fffd}", Some(7)));
        let Handles { reply, seen } = message.handles;
        for text in [mime.clone(), name.clone(), reply, seen, message.address.thread] {
            assert_eq!(text.as_deref(), Some("a\u{fffd}\u{fffd}"));
        }
        assert_eq!((message.address.chat, message.text.chars().count()), (message.text, 3));
    }
}
