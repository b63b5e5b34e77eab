//! Who wrote what to whom. A chat begins with the first word from either side.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::people::Pressed;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A message in a chat.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub message_id: String,
    pub from: Author,
    /// The user who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// As sent.
    pub text: String,
    pub at_ms: u64,
    pub edited_at_ms: Option<u64>,
    pub unsent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    pub buttons: Vec<Button>,
    /// Of the bot: the message as it came to the platform.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub raw: Value,
}

impl Line {
    /// With words alone.
    pub(super) fn new(message_id: String, from: Author, text: String, at_ms: u64) -> Self {
        let (user, thread, buttons) = (None, None, Vec::new());
        let (edited_at_ms, unsent, raw) = (None, false, Value::Null);
        Self { message_id, from, user, text, at_ms, edited_at_ms, unsent, thread, buttons, raw }
    }
}

/// Something under a message that can be pressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Button {
    pub label: String,
    pub data: String,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    User,
    Bot,
}

/// What a user saw of the bot besides messages: `typing`, `read` and the like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sign {
    pub kind: String,
    pub at_ms: u64,
}

/// A message of the bot, before it has a place in a chat.
pub(crate) struct BotLine {
    pub(crate) message_id: String,
    pub(crate) text: String,
    pub(crate) thread: Option<String>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) raw: Value,
}

/// Bytes that a user sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: MediaKind,
    pub(crate) at_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Voice,
    Image,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Chat {
    pub(crate) group: bool,
    /// Who wrote last of the users.
    pub(crate) user: String,
    pub(crate) name: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) blocked: bool,
    /// When a user last did something here; platforms count their windows from it.
    pub(crate) heard_at_ms: Option<u64>,
    pub(crate) lines: Vec<Line>,
    pub(crate) signs: Vec<Sign>,
}

#[derive(Default)]
pub(crate) struct Chats {
    begun: BTreeMap<String, Chat>,
}

impl Chats {
    pub(crate) fn ids(&self) -> Vec<String> {
        self.begun.keys().cloned().collect()
    }

    pub(crate) fn get(&self, chat: &str) -> Option<&Chat> {
        self.begun.get(chat)
    }

    pub(crate) fn chat(&mut self, id: &str) -> &mut Chat {
        self.begun.entry(id.to_owned()).or_default()
    }

    pub(crate) fn is_blocked(&self, chat: &str) -> bool {
        self.get(chat).is_some_and(|chat| chat.blocked)
    }

    /// A user was active here within so many milliseconds.
    pub(crate) fn heard_within(&self, chat: &str, now_ms: u64, window_ms: u64) -> bool {
        let heard = self.get(chat).and_then(|chat| chat.heard_at_ms);
        heard.is_some_and(|at| now_ms.saturating_sub(at) <= window_ms)
    }

    pub(crate) fn line(&self, chat: &str, message_id: &str) -> Option<&Line> {
        self.get(chat)?.lines.iter().find(|line| line.message_id == message_id)
    }

    pub(crate) fn line_mut(&mut self, chat: &str, message_id: &str) -> Option<&mut Line> {
        self.begun.get_mut(chat)?.lines.iter_mut().find(|line| line.message_id == message_id)
    }

    /// The chat with a message of this id.
    pub(crate) fn chat_of(&self, message_id: &str) -> Option<&str> {
        let has = |chat: &Chat| chat.lines.iter().any(|line| line.message_id == message_id);
        self.begun.iter().find(|(_, chat)| has(chat)).map(|(id, _)| id.as_str())
    }

    /// The newest button with this data and its message, or the newest message with any button.
    pub(crate) fn button(&self, chat: &str, data: &str) -> (Option<Line>, Option<Button>) {
        let lines = || self.get(chat).into_iter().flat_map(|chat| chat.lines.iter().rev());
        let pressed = |line: &Line| line.buttons.iter().find(|button| button.data == data).cloned();
        match lines().find_map(|line| Some((line, pressed(line)?))) {
            Some((line, button)) => (Some(line.clone()), Some(button)),
            None => (lines().find(|line| line.from == Author::Bot).cloned(), None),
        }
    }

    pub(crate) fn bot_says(&mut self, chat: &str, said: BotLine, at_ms: u64) {
        let BotLine { message_id, text, thread, buttons, raw } = said;
        let line = Line::new(message_id, Author::Bot, text, at_ms);
        self.chat(chat).lines.push(Line { thread, buttons, raw, ..line });
    }

    /// A button puts words into a user's mouth.
    pub(crate) fn user_says(&mut self, pressed: &Pressed, message_id: &str, text: &str) {
        let line = Line::new(message_id.to_owned(), Author::User, text.to_owned(), pressed.at_ms);
        self.chat(pressed.chat).lines.push(Line { user: Some(pressed.user.to_owned()), ..line });
    }

    pub(crate) fn sign(&mut self, chat: &str, kind: &str, at_ms: u64) {
        self.chat(chat).signs.push(Sign { kind: kind.to_owned(), at_ms });
    }
}
