//! What people do in their chats, and what comes of it.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::chats::{Button, Line, Media};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::json;
use std::fmt;

/// A user writes, speaks, shows or points.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Say {
    pub text: Option<String>,
    /// Base64 on the wire.
    #[serde(deserialize_with = "from_base64")]
    pub voice: Option<Vec<u8>>,
    /// Base64 on the wire.
    #[serde(deserialize_with = "from_base64")]
    pub image: Option<Vec<u8>>,
    pub location: Option<Location>,
    /// Who writes, when the chat is a group.
    pub user: Option<String>,
    /// What the user is called; remembered for the chat.
    pub name: Option<String>,
    /// The chat is a group; remembered for the chat.
    pub group: Option<bool>,
    /// In the platform's form: Slack's `thread_ts`, the id of a Discord thread.
    pub thread: Option<String>,
    /// The text begins by naming the bot.
    pub mention: bool,
    /// The name of a slash command, without the slash. Slack and Discord only.
    pub command: Option<String>,
    /// Now when absent.
    pub sent_at_ms: Option<u64>,
    /// A fresh one when absent.
    pub event: Option<String>,
    /// BCP 47; remembered for the chat.
    pub language: Option<String>,
}

/// A place on a map, in degrees.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub address: Option<String>,
}

/// A user presses a button.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Press {
    pub data: String,
    /// Whoever wrote last when absent.
    #[serde(default)]
    pub user: Option<String>,
}

/// A user changes a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub message_id: String,
    pub text: String,
}

/// A user takes a message back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsend {
    pub message_id: String,
}

/// What came of a user's action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// The webhook event; absent when the platform tells the bot nothing of this.
    pub event: Option<String>,
    /// Further events of the same action: a mention on Slack makes two.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more_events: Vec<String>,
    pub message_id: Option<String>,
    /// Of the first attempt; absent when no webhook is set or it did not answer in time.
    pub status: Option<u16>,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such message of a user, or no such event.
    Unknown(String),
    /// The platform has no such thing.
    Impossible(&'static str),
}

/// A message of a user as the platform has to word it.
pub(crate) struct Said<'a> {
    pub(crate) chat: &'a str,
    pub(crate) line: &'a Line,
    pub(crate) say: &'a Say,
    /// By its id.
    pub(crate) media: Option<(&'a str, &'a Media)>,
}

/// A button press as the platform has to word it.
pub(crate) struct Pressed<'a> {
    pub(crate) chat: &'a str,
    pub(crate) user: &'a str,
    pub(crate) data: &'a str,
    /// The message with the button.
    pub(crate) line: Option<Line>,
    pub(crate) button: Option<Button>,
    pub(crate) at_ms: u64,
}

impl Say {
    /// Something must be said, and no more than one thing besides the text.
    pub(crate) fn check(&self) -> Result<(), Refused> {
        let things = [self.voice.is_some(), self.image.is_some(), self.location.is_some()];
        let things = things.into_iter().filter(|given| *given).count();
        refused_if(things > 1, "one of voice, image and location at a time")?;
        refused_if(things == 0 && self.text.is_none() && self.command.is_none(), "nothing is said")
    }

    /// For platforms that send words and things apart.
    pub(crate) fn is_text_and_thing(&self) -> bool {
        self.text.is_some() && (self.voice.is_some() || self.image.is_some() || self.location.is_some())
    }
}

pub(crate) fn refused_if(impossible: bool, why: &'static str) -> Result<(), Refused> {
    if impossible { Err(Refused::Impossible(why)) } else { Ok(()) }
}

impl Said<'_> {
    pub(crate) fn user(&self) -> &str {
        self.line.user.as_deref().unwrap_or_default()
    }
}

impl Pressed<'_> {
    /// The button's words; its data when no one knows them.
    pub(crate) fn label(&self) -> &str {
        self.button.as_ref().map_or(self.data, |button| &button.label)
    }
}

pub(crate) fn from_base64<'de, D: Deserializer<'de>>(wire: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(wire)?;
    text.map(|text| STANDARD.decode(text).map_err(de::Error::custom)).transpose()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "there is no {id} here"),
            Self::Impossible(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Refused {}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::Impossible(_) => StatusCode::BAD_REQUEST,
        };
        (status, axum::Json(json!({ "error": self.to_string() }))).into_response()
    }
}
