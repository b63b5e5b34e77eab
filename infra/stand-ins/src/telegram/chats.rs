//! Who wrote what to whom. A chat begins with the first word from either side.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// 2020-01-01. Numbers count from there, so that a restart never gives an update's number again.
const FIRST_DAY_S: u64 = 1_577_836_800;
/// How many updates a second, over the whole life, the numbers have room for.
const UPDATES_PER_S: u64 = 8;

/// A message in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub message_id: i64,
    pub from: Author,
    pub text: String,
    pub at_ms: u64,
    pub edited_at_ms: Option<u64>,
    pub reply_markup: Option<Value>,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    User,
    Bot,
}

pub(super) struct Chats {
    next_update_id: i64,
    next_message_id: i64,
    begun: BTreeMap<i64, Chat>,
}

/// A private chat: its id is the user's.
#[derive(Clone, Debug)]
pub(super) struct Chat {
    pub(super) id: i64,
    pub(super) first_name: String,
    pub(super) language_code: Option<String>,
    pub(super) lines: Vec<Line>,
}

impl Chats {
    pub(super) fn new(now_ms: u64) -> Self {
        let seconds = (now_ms / 1000).saturating_sub(FIRST_DAY_S);
        Self {
            next_update_id: (seconds * UPDATES_PER_S).cast_signed() + 1,
            next_message_id: seconds.cast_signed() + 1,
            begun: BTreeMap::new(),
        }
    }

    /// The next number, or the wanted one; later numbers are greater than both.
    pub(super) fn update_id(&mut self, wanted: Option<i64>) -> i64 {
        let id = wanted.unwrap_or(self.next_update_id);
        self.next_update_id = self.next_update_id.max(id + 1);
        id
    }

    pub(super) fn chat(&mut self, id: i64) -> &mut Chat {
        self.begun.entry(id).or_insert_with(|| Chat {
            id,
            first_name: format!("User {id}"),
            language_code: None,
            lines: Vec::new(),
        })
    }

    pub(super) fn lines(&self, id: i64) -> Vec<Line> {
        self.begun.get(&id).map(|chat| chat.lines.clone()).unwrap_or_default()
    }

    /// The chats that have begun, by id.
    pub(super) fn ids(&self) -> Vec<i64> {
        self.begun.keys().copied().collect()
    }

    pub(super) fn write(
        &mut self,
        chat: i64,
        from: Author,
        text: &str,
        at_ms: u64,
        reply_markup: Option<Value>,
    ) -> Line {
        let message_id = self.next_message_id;
        self.next_message_id += 1;
        let line = Line { message_id, from, text: text.to_owned(), at_ms, edited_at_ms: None, reply_markup };
        self.chat(chat).lines.push(line.clone());
        line
    }

    /// Changes a message that the user wrote.
    pub(super) fn edit(&mut self, chat: i64, message_id: i64, text: &str, now_ms: u64) -> Option<Line> {
        let lines = &mut self.begun.get_mut(&chat)?.lines;
        let line =
            lines.iter_mut().find(|line| line.message_id == message_id && line.from == Author::User)?;
        text.clone_into(&mut line.text);
        line.edited_at_ms = Some(now_ms);
        Some(line.clone())
    }

    /// The bot's last message with buttons, or its last message.
    pub(super) fn pressable(&self, chat: i64) -> Option<Line> {
        let by_bot = || self.begun.get(&chat)?.lines.iter().rev().find(|line| line.from == Author::Bot);
        let lines = &self.begun.get(&chat)?.lines;
        let with_buttons = lines.iter().rev().find(|line| line.reply_markup.is_some());
        with_buttons.or_else(by_bot).cloned()
    }
}
