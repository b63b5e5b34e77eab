//! What Discord writes, as far as it is read here. Unknown fields and kinds are left alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// An interaction, or a webhook event: only the latter has an `event`, or the type 0.
#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "type")]
    pub kind: u32,
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub application_id: String,
    pub token: Option<String>,
    pub context: Option<u32>,
    pub channel_id: Option<String>,
    pub channel: Option<Place>,
    /// In a guild.
    pub member: Option<Member>,
    /// Elsewhere.
    pub user: Option<Named>,
    pub locale: Option<String>,
    /// The message under which a button stands.
    pub message: Option<Named>,
    /// Of another shape for each type.
    #[serde(default)]
    pub data: Value,
    pub event: Option<Occurrence>,
}

/// The type of a webhook event that asks for an answer alone.
pub(super) const WEBHOOK_PING: u32 = 0;

/// The types of interactions.
pub(super) const PING: u32 = 1;
pub(super) const COMMAND: u32 = 2;
pub(super) const COMPONENT: u32 = 3;
pub(super) const AUTOCOMPLETE: u32 = 4;
pub(super) const MODAL: u32 = 5;

/// The `context` of an interaction in a guild; 1 is the bot's own direct chat, 2 one of other people.
pub(super) const GUILD: u32 = 0;

#[derive(Deserialize)]
pub(super) struct Place {
    /// 10, 11 and 12 are threads.
    #[serde(rename = "type")]
    pub kind: u32,
    pub parent_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub user: Option<Named>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub id: String,
}

#[derive(Deserialize)]
pub(super) struct Command {
    /// 1 is a slash command, 2 stands in the menu of a user, 3 in that of a message.
    #[serde(rename = "type", default)]
    pub kind: u32,
    pub name: String,
    #[serde(default)]
    pub options: Vec<Choice>,
    pub target_id: Option<String>,
    #[serde(default)]
    pub resolved: Resolved,
}

/// The `type` of a command that stands in the menu of a message.
pub(super) const OF_MESSAGE: u32 = 3;

/// A parameter, or a command below the command.
#[derive(Deserialize)]
pub(super) struct Choice {
    pub name: String,
    /// 1 and 2 are commands; 3, 4, 5 and 10 are written by the user, text, numbers and truth; others are ids.
    #[serde(rename = "type")]
    pub kind: u32,
    #[serde(default)]
    pub value: Value,
    #[serde(default)]
    pub options: Vec<Choice>,
}

/// What the ids of the options stand for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Resolved {
    pub attachments: BTreeMap<String, Attachment>,
    pub messages: BTreeMap<String, Message>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub content: Option<String>,
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

#[derive(Deserialize)]
pub(super) struct Attachment {
    /// Signed, for about a day.
    pub url: String,
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub size: Option<u64>,
    /// Of a voice message.
    pub duration_secs: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Component {
    pub custom_id: String,
    /// What was chosen of a list.
    #[serde(default)]
    pub values: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Modal {
    pub custom_id: String,
    #[serde(default)]
    pub components: Vec<Field>,
}

/// A field of a form, or what stands around one.
#[derive(Deserialize)]
pub(super) struct Field {
    #[serde(default)]
    pub value: Value,
    pub component: Option<Box<Field>>,
    #[serde(default)]
    pub components: Vec<Field>,
}

/// What happened to the application.
#[derive(Deserialize)]
pub(super) struct Occurrence {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub timestamp: String,
    #[serde(default)]
    pub data: Value,
}

/// What the API answers to a call that failed.
#[derive(Deserialize, Default)]
pub(super) struct Answer {
    #[serde(default)]
    pub code: u32,
    /// Seconds.
    pub retry_after: Option<f64>,
}
