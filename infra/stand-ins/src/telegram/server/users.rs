//! What people do in their chats.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::{Handle, locked};
use crate::chat::from_base64;
use crate::telegram::chats::Author;
use crate::telegram::delivery::{Lane, MESSAGE_LIFE, QUERY_LIFE};
use crate::telegram::platform::Platform;
use crate::telegram::updates;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use tokio::sync::oneshot;

/// A message from a user.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Say {
    pub text: String,
    pub name: Option<String>,
    pub language_code: Option<String>,
    /// The next number when absent.
    pub update_id: Option<i64>,
    /// Now when absent.
    pub date_ms: Option<u64>,
    /// A voice note (OGG/Opus); base64 on the wire. The text is its caption.
    #[serde(deserialize_with = "from_base64")]
    pub voice: Option<Vec<u8>>,
    /// A picture; base64 on the wire. The text is its caption.
    #[serde(deserialize_with = "from_base64")]
    pub image: Option<Vec<u8>>,
    /// Who writes, when the chat is a group.
    pub group_member: Option<i64>,
    /// The text begins by naming the bot.
    pub mention: bool,
}

/// What came of a user's action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Delivered {
    pub update_id: i64,
    /// The message that was written, changed or pressed.
    pub message_id: Option<i64>,
    /// Of the first attempt; absent when no webhook is set or it did not answer.
    pub status: Option<u16>,
}

/// The chat has no such message of the user, or there is no such update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownId(pub i64);

impl Handle {
    /// A user writes. Returns after the first attempt to deliver, which waits for its turn in the chat.
    pub async fn say(&self, chat: i64, say: Say) -> Delivered {
        let now = (self.clock)();
        let (update_id, message_id, first) = {
            let mut platform = locked(&self.platform);
            let Platform { bot, chats, files, .. } = &mut *platform;
            let profile = chats.chat(chat);
            profile.first_name = say.name.unwrap_or_else(|| profile.first_name.clone());
            profile.language_code = say.language_code.or_else(|| profile.language_code.clone());
            let name = format!("@{} ", bot["username"].as_str().unwrap_or_default());
            let text = if say.mention { format!("{name}{}", say.text) } else { say.text };
            let line = chats.write(chat, Author::User, &text, say.date_ms.unwrap_or(now), None);
            let mut message = updates::message(&line, chats.chat(chat), bot);
            if say.mention {
                updates::mention(&mut message, name.trim_end());
            }
            if let Some(member) = say.group_member {
                updates::in_group(&mut message, chat, member);
            }
            for (kind, bytes) in [("voice", say.voice), ("photo", say.image)] {
                if let Some(bytes) = bytes {
                    let file_id = format!("{kind}-{}", line.message_id);
                    updates::attach(&mut message, kind, &file_id, bytes.len());
                    files.insert(file_id, bytes);
                }
            }
            let update_id = chats.update_id(say.update_id);
            let update = updates::said(update_id, &message);
            let first = self.send(&mut platform, update_id, Lane::Messages(chat), update);
            (update_id, line.message_id, first)
        };
        self.delivered(update_id, Some(message_id), first).await
    }

    /// A user changes a message.
    ///
    /// # Errors
    /// The user wrote no such message.
    pub async fn edit(&self, chat: i64, message_id: i64, text: &str) -> Result<Delivered, UnknownId> {
        let now = (self.clock)();
        let (update_id, first) = {
            let mut platform = locked(&self.platform);
            let Platform { bot, chats, .. } = &mut *platform;
            let line = chats.edit(chat, message_id, text, now).ok_or(UnknownId(message_id))?;
            let message = updates::message(&line, chats.chat(chat), bot);
            let update_id = chats.update_id(None);
            let update = updates::edited(update_id, &message);
            (update_id, self.send(&mut platform, update_id, Lane::Messages(chat), update))
        };
        Ok(self.delivered(update_id, Some(message_id), first).await)
    }

    /// A user presses a button under the bot's last message that has some.
    pub async fn press(&self, chat: i64, data: &str) -> Delivered {
        let now = (self.clock)();
        let (update_id, message_id, first) = {
            let mut platform = locked(&self.platform);
            let Platform { bot, chats, queries, .. } = &mut *platform;
            let line = chats.pressable(chat);
            let message = line.as_ref().map(|line| updates::message(line, chats.chat(chat), bot));
            let update_id = chats.update_id(None);
            let query_id = format!("{update_id}00");
            queries.insert(query_id.clone(), now);
            let update = updates::pressed(update_id, &query_id, chats.chat(chat), message.as_ref(), data);
            let first = self.send(&mut platform, update_id, Lane::Queries(chat), update);
            (update_id, line.map(|line| line.message_id), first)
        };
        self.delivered(update_id, message_id, first).await
    }

    /// Sends an update once more, out of turn.
    ///
    /// # Errors
    /// There is no such update.
    pub async fn redeliver(&self, update_id: i64) -> Result<Delivered, UnknownId> {
        let update = locked(&self.platform).updates.get(&update_id).cloned().ok_or(UnknownId(update_id))?;
        let message_id =
            ["message", "edited_message"].iter().find_map(|kind| update.get(*kind)?.get("message_id"));
        let message_id = message_id.and_then(Value::as_i64);
        Ok(Delivered { update_id, message_id, status: self.post.once(&update).await })
    }

    fn send(
        &self,
        platform: &mut Platform,
        update_id: i64,
        lane: Lane,
        update: Value,
    ) -> oneshot::Receiver<Option<u16>> {
        let life = if matches!(lane, Lane::Queries(_)) { QUERY_LIFE } else { MESSAGE_LIFE };
        let first = self.post.enqueue(lane, &update, life);
        platform.updates.insert(update_id, update);
        first
    }

    async fn delivered(
        &self,
        update_id: i64,
        message_id: Option<i64>,
        first: oneshot::Receiver<Option<u16>>,
    ) -> Delivered {
        let status = if self.webhook().is_some() { first.await.ok().flatten() } else { None };
        Delivered { update_id, message_id, status }
    }
}

impl fmt::Display for UnknownId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} here", self.0)
    }
}

impl std::error::Error for UnknownId {}
