//! What Slack writes, as far as it is read here. Unknown fields and kinds are left alone.
//!
//! A `ts` is Unix seconds with six decimals, and names a message inside its channel.

#![expect(clippy::struct_field_names, reason = "the names are Slack's")]

use std::borrow::Cow;

use serde::Deserialize;

/// What answers Slack's check of the URL. Read for every request: of any other it is next to nothing.
#[derive(Deserialize)]
pub(super) struct Check<'b> {
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'b, str>,
    pub challenge: Option<String>,
}

/// A body of JSON.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Request {
    UrlVerification,
    EventCallback(Box<Callback>),
    AppRateLimited {
        team_id: String,
        minute_rate_limited: i64,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(super) struct Callback {
    #[serde(default)]
    pub team_id: String,
    pub event_id: String,
    #[serde(default)]
    pub authorizations: Vec<Authorization>,
    pub event: Happening,
}

/// An installation that the event is for.
#[derive(Deserialize)]
pub(super) struct Authorization {
    pub user_id: Option<String>,
    #[serde(default)]
    pub is_bot: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Happening {
    Message(Box<Message>),
    AppMention(Box<Message>),
    ReactionAdded(Reaction),
    ReactionRemoved(Reaction),
    MemberJoinedChannel(Membership),
    MemberLeftChannel(Membership),
    ChannelLeft(Membership),
    GroupLeft(Membership),
    AppUninstalled {
        event_ts: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub subtype: Option<String>,
    pub user: Option<String>,
    pub bot_id: Option<String>,
    pub channel: Option<String>,
    /// Absent on `app_mention`, and in the messages inside of a change.
    pub channel_type: Option<String>,
    pub ts: String,
    /// The first message of the thread: its own `ts`, once somebody has answered to it there.
    pub thread_ts: Option<String>,
    /// With `&amp;`, `&lt;` and `&gt;` for the three characters.
    pub text: Option<String>,
    pub files: Option<Vec<File>>,
    /// Absent in a change that only adds a preview of a link.
    pub edited: Option<serde::de::IgnoredAny>,
    /// Of a change: the message as it is now.
    pub message: Option<Box<Message>>,
    /// Of a change or a removal: the message as it was.
    pub previous_message: Option<Box<Message>>,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub name: Option<String>,
    pub mimetype: Option<String>,
    pub subtype: Option<String>,
    pub size: Option<u64>,
    pub duration_ms: Option<u64>,
    pub url_private_download: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Reaction {
    pub user: Option<String>,
    pub reaction: Option<String>,
    pub item: Item,
    pub event_ts: Option<String>,
}

/// What the reaction is to.
#[derive(Deserialize)]
pub(super) struct Item {
    pub channel: Option<String>,
    pub ts: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Membership {
    /// Absent where it is the bot that left.
    pub user: Option<String>,
    pub channel: Option<String>,
    pub event_ts: Option<String>,
}

/// The `payload` of a form.
#[derive(Deserialize)]
pub(super) struct Interaction {
    #[serde(rename = "type")]
    pub kind: String,
    pub user: Option<Named>,
    pub team: Option<Named>,
    pub channel: Option<Named>,
    #[serde(default)]
    pub trigger_id: String,
    pub container: Option<Container>,
    pub message: Option<Shown>,
    pub response_url: Option<String>,
    #[serde(default)]
    pub actions: Vec<Action>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub id: String,
}

#[derive(Deserialize)]
pub(super) struct Container {
    pub message_ts: Option<String>,
}

/// The message under which a button stands.
#[derive(Deserialize)]
pub(super) struct Shown {
    pub thread_ts: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Action {
    pub action_id: String,
    pub value: Option<String>,
    #[serde(default)]
    pub action_ts: String,
}

/// What a method of the Web API answers, also with HTTP 200.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub ok: bool,
    pub error: Option<String>,
}
