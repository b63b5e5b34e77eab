//! What LINE writes, as far as it is read here. What does not apply is left out; new kinds and fields come any time.

#![expect(clippy::struct_field_names, reason = "the names are LINE's")]

use serde::Deserialize;
use serde_json::Value;

/// A request: events of any users, each read by itself so that one of a new form does not lose the others.
#[derive(Deserialize)]
pub(super) struct Webhook {
    pub events: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub kind: String,
    /// A ULID, the same on every delivery.
    pub webhook_event_id: String,
    #[serde(default)]
    pub delivery_context: DeliveryContext,
    /// Milliseconds; of the event, not of its delivery.
    pub timestamp: Option<i64>,
    pub source: Option<Source>,
    /// In groups often, on `leave` and the like always missing.
    pub reply_token: Option<String>,
    /// `active`, or `standby`: another module owns the chat.
    pub mode: Option<String>,
    pub message: Option<Message>,
    pub postback: Option<Postback>,
    pub follow: Option<Follow>,
    pub unsend: Option<Unsend>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryContext {
    #[serde(default)]
    pub is_redelivery: bool,
}

/// A user, a group, or a room (a chat of several people without a name).
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Source {
    pub user_id: Option<String>,
    pub group_id: Option<String>,
    pub room_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    pub text: Option<String>,
    pub mention: Option<Mention>,
    pub quoted_message_id: Option<String>,
    pub mark_as_read_token: Option<String>,
    pub content_provider: Option<ContentProvider>,
    pub image_set: Option<ImageSet>,
    /// Milliseconds.
    pub duration: Option<u64>,
    pub file_name: Option<String>,
    /// Bytes.
    pub file_size: Option<u64>,
    /// Degrees, as is `longitude`.
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Mention {
    #[serde(default)]
    pub mentionees: Vec<Mentionee>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mentionee {
    /// It is this bot.
    #[serde(default)]
    pub is_self: bool,
    /// Where in the text it stands, in UTF-16 code units.
    pub index: Option<usize>,
    pub length: Option<usize>,
}

/// Where a file lies: at LINE, or under a URL that the sender chose.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContentProvider {
    pub original_content_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ImageSet {
    pub id: String,
}

#[derive(Deserialize)]
pub(super) struct Postback {
    pub data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Follow {
    #[serde(default)]
    pub is_unblocked: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unsend {
    pub message_id: String,
}

/// What LINE answers to a call that failed.
#[derive(Deserialize)]
pub(super) struct Problem {
    pub message: String,
}
