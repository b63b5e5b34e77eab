//! What Messenger writes, as far as it is read here. Older payloads have numbers where newer ones have text, and no time.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::meta::text;

/// What happened at one page.
#[derive(Deserialize)]
pub(super) struct Entry {
    /// The page.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(default)]
    pub messaging: Vec<Value>,
    /// The same, in chats that another app answers.
    #[serde(default)]
    pub standby: Vec<Value>,
}

/// Of what can happen there is one.
#[derive(Deserialize)]
pub(super) struct Item {
    pub sender: Option<Party>,
    pub recipient: Option<Party>,
    /// Milliseconds.
    #[serde(default, deserialize_with = "text")]
    pub timestamp: Option<String>,
    pub message: Option<Message>,
    pub postback: Option<Postback>,
    pub message_edit: Option<MessageEdit>,
    pub delivery: Option<Watermark>,
    pub read: Option<Watermark>,
    pub reaction: Option<Reaction>,
    pub referral: Option<IgnoredAny>,
    #[serde(rename = "policy-enforcement")]
    pub policy_enforcement: Option<IgnoredAny>,
    #[serde(alias = "take_thread_control", alias = "request_thread_control")]
    pub pass_thread_control: Option<IgnoredAny>,
}

/// A user, by an id that only this page knows, or a page.
#[derive(Deserialize)]
pub(super) struct Party {
    #[serde(default, deserialize_with = "text")]
    pub id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub mid: String,
    pub text: Option<String>,
    /// The page itself wrote it: this bot, another app, or a person.
    #[serde(default)]
    pub is_echo: bool,
    #[serde(default)]
    pub is_deleted: bool,
    pub quick_reply: Option<QuickReply>,
    pub reply_to: Option<ReplyTo>,
    #[serde(default)]
    pub attachments: Vec<Value>,
}

#[derive(Deserialize)]
pub(super) struct QuickReply {
    pub payload: String,
}

#[derive(Deserialize)]
pub(super) struct ReplyTo {
    pub mid: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Attachment {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub payload: Payload,
}

#[derive(Deserialize, Default)]
pub(super) struct Payload {
    /// Signed, and valid for some time only.
    pub url: Option<String>,
    pub sticker_id: Option<IgnoredAny>,
    pub coordinates: Option<Coordinates>,
}

/// Degrees.
#[derive(Deserialize)]
pub(super) struct Coordinates {
    pub lat: f64,
    pub long: f64,
}

#[derive(Deserialize)]
pub(super) struct Postback {
    pub title: Option<String>,
    pub payload: Option<String>,
    /// Missing in older payloads.
    pub mid: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct MessageEdit {
    pub mid: String,
    pub text: Option<String>,
    /// Which edit it is, counted from 1.
    #[serde(default, deserialize_with = "text")]
    pub num_edit: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Watermark {
    /// Milliseconds: everything up to then.
    #[serde(default, deserialize_with = "text")]
    pub watermark: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Reaction {
    pub mid: String,
    /// `react` or `unreact`.
    pub action: String,
    pub emoji: Option<String>,
}
