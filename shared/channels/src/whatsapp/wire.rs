//! What WhatsApp writes, as far as it is read here. Of a user there may be a number, a business-scoped id, or both, and of
//! everything else but ids nothing is certain to be there.

#![expect(clippy::struct_field_names, reason = "the names are WhatsApp's")]

use serde::Deserialize;
use serde_json::Value;

use crate::meta::text;

#[derive(Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    pub changes: Vec<Value>,
}

#[derive(Deserialize)]
pub(super) struct Change {
    pub field: String,
    pub value: Value,
}

/// What a change of the fields `messages` and `user_preferences` holds.
#[derive(Deserialize)]
pub(super) struct Update {
    pub metadata: Metadata,
    #[serde(default)]
    pub contacts: Vec<Value>,
    #[serde(default)]
    pub messages: Vec<Value>,
    #[serde(default)]
    pub statuses: Vec<Value>,
    #[serde(default)]
    pub user_preferences: Vec<Value>,
    #[serde(default)]
    pub errors: Vec<Value>,
}

/// The number of ours that was written to.
#[derive(Deserialize)]
pub(super) struct Metadata {
    pub phone_number_id: String,
    pub display_phone_number: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Contact {
    /// Telephone number.
    pub wa_id: Option<String>,
    /// Business-scoped id.
    pub user_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds.
    #[serde(default, deserialize_with = "text")]
    pub timestamp: Option<String>,
    /// Telephone number.
    pub from: Option<String>,
    /// Business-scoped id.
    pub from_user_id: Option<String>,
    pub group_id: Option<String>,
    pub context: Option<Context>,
    #[serde(flatten)]
    pub content: Content,
}

/// The message that this one quotes, or whose button it is.
#[derive(Deserialize)]
pub(super) struct Context {
    pub id: Option<String>,
    pub from: Option<String>,
}

/// Of these there is the one that `type` names.
#[derive(Deserialize)]
pub(super) struct Content {
    pub text: Option<Text>,
    pub audio: Option<File>,
    pub image: Option<File>,
    pub video: Option<File>,
    pub document: Option<File>,
    pub location: Option<Location>,
    pub interactive: Option<Interactive>,
    pub button: Option<Reply>,
    pub reaction: Option<Reaction>,
    pub edit: Option<Edit>,
    pub revoke: Option<Revoke>,
    pub system: Option<System>,
}

#[derive(Deserialize)]
pub(super) struct Text {
    pub body: String,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub id: String,
    pub mime_type: Option<String>,
    pub caption: Option<String>,
    pub filename: Option<String>,
}

/// Degrees.
#[derive(Deserialize)]
pub(super) struct Location {
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Deserialize)]
pub(super) struct Interactive {
    #[serde(alias = "button_reply", alias = "list_reply")]
    pub reply: Option<Reply>,
}

/// What was tapped: in a message of the bot, or (`payload`, `text`) in a template.
#[derive(Deserialize)]
pub(super) struct Reply {
    #[serde(alias = "payload")]
    pub id: String,
    #[serde(alias = "text")]
    pub title: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Reaction {
    pub message_id: String,
    /// Missing or empty: taken back.
    pub emoji: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Edit {
    pub original_message_id: String,
    pub message: Option<Box<Content>>,
}

#[derive(Deserialize)]
pub(super) struct Revoke {
    pub original_message_id: String,
}

/// What happened to the user, as that the number is another one, and with it the id.
#[derive(Deserialize)]
pub(super) struct System {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub wa_id: Option<String>,
    pub user_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Status {
    /// Of the message that was sent.
    pub id: String,
    pub status: String,
    /// Seconds.
    #[serde(default, deserialize_with = "text")]
    pub timestamp: Option<String>,
    pub recipient_id: Option<String>,
    pub recipient_user_id: Option<String>,
    /// In groups: whose receipt it is.
    pub recipient_participant_id: Option<String>,
    #[serde(default)]
    pub errors: Vec<StatusError>,
}

#[derive(Deserialize)]
pub(super) struct StatusError {
    pub code: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Preference {
    pub wa_id: Option<String>,
    pub user_id: Option<String>,
    /// `stop` or `resume`.
    pub value: String,
    /// Seconds.
    #[serde(default, deserialize_with = "text")]
    pub timestamp: Option<String>,
}

/// What asking for a file answers: where it lies, for five minutes.
#[derive(Deserialize)]
pub(super) struct FileAnswer {
    pub url: String,
    /// Bytes.
    #[serde(default, deserialize_with = "text")]
    pub file_size: Option<String>,
}
