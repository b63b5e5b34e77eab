//! What Telegram writes, as far as it is read here. Unknown fields and kinds are left alone.

#![expect(clippy::struct_field_names, reason = "the names are Telegram's")]

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Update {
    pub update_id: i64,
    pub message: Option<Message>,
    pub edited_message: Option<Message>,
    pub callback_query: Option<CallbackQuery>,
    pub my_chat_member: Option<ChatMemberUpdated>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub message_id: i64,
    pub from: Option<User>,
    pub chat: Chat,
    /// Unix seconds; 0 in a message too old to be shown (`InaccessibleMessage`).
    pub date: i64,
    pub edit_date: Option<i64>,
    /// A topic only when `is_topic_message` is true; otherwise it is a reply thread.
    pub message_thread_id: Option<i64>,
    #[serde(default)]
    pub is_topic_message: bool,
    pub text: Option<String>,
    pub caption: Option<String>,
    #[serde(default)]
    pub entities: Vec<Entity>,
    #[serde(default)]
    pub caption_entities: Vec<Entity>,
    pub voice: Option<File>,
    pub audio: Option<File>,
    /// Sizes of one photo, ascending.
    pub photo: Option<Vec<File>>,
    pub document: Option<File>,
    pub sticker: Option<serde::de::IgnoredAny>,
    pub location: Option<Location>,
    pub media_group_id: Option<String>,
    video: Option<serde::de::IgnoredAny>,
    video_note: Option<serde::de::IgnoredAny>,
    animation: Option<serde::de::IgnoredAny>,
    contact: Option<serde::de::IgnoredAny>,
    poll: Option<serde::de::IgnoredAny>,
    venue: Option<serde::de::IgnoredAny>,
    dice: Option<serde::de::IgnoredAny>,
    pub reply_to_message: Option<Box<Replied>>,
    pub migrate_to_chat_id: Option<i64>,
}

/// Degrees.
#[derive(Deserialize)]
pub(super) struct Location {
    pub latitude: f64,
    pub longitude: f64,
}

impl Message {
    /// Sent by a user on purpose, and of a kind that no bot here can read.
    pub(super) fn is_something_else(&self) -> bool {
        let Message { video, video_note, animation, contact, poll, venue, dice, .. } = self;
        [video, video_note, animation, contact, poll, venue, dice].into_iter().any(Option::is_some)
    }
}

#[derive(Deserialize)]
pub(super) struct Replied {
    pub message_id: Option<i64>,
    pub from: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct User {
    /// Up to 52 significant bits.
    pub id: i64,
    #[serde(default)]
    pub is_bot: bool,
    pub language_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Chat {
    /// Negative for groups.
    pub id: i64,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A marked stretch of text; offset and length count UTF-16 code units.
#[derive(Deserialize)]
pub(super) struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    pub offset: usize,
    pub length: usize,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub file_id: String,
    pub mime_type: Option<String>,
    pub file_size: Option<u64>,
    /// Seconds.
    pub duration: Option<u64>,
    pub file_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CallbackQuery {
    pub id: String,
    pub from: User,
    pub message: Option<Message>,
    pub data: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ChatMemberUpdated {
    pub chat: Chat,
    pub from: User,
    pub date: i64,
    pub old_chat_member: Option<ChatMember>,
    pub new_chat_member: ChatMember,
}

#[derive(Deserialize)]
pub(super) struct ChatMember {
    pub status: String,
}

/// What the Bot API answers to a call that failed.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub parameters: Option<ResponseParameters>,
}

#[derive(Deserialize, Default)]
pub(super) struct ResponseParameters {
    /// Seconds.
    pub retry_after: Option<u64>,
    /// A group became a supergroup.
    pub migrate_to_chat_id: Option<i64>,
}

/// What `getFile` answers.
#[derive(Deserialize)]
pub(super) struct FileAnswer {
    pub result: FilePath,
}

#[derive(Deserialize)]
pub(super) struct FilePath {
    pub file_path: Option<String>,
}
