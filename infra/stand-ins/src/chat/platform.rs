//! What each platform brings: its words, its seal, its rules.
use super::answers::Answer;
use super::call::Call;
use super::chats::{Chats, Line, Media};
use super::delivery::Redelivery;
use super::ids::Ids;
use super::people::{Pressed, Refused, Said};
use serde_json::Value;
use std::collections::BTreeMap;

/// A platform. Wording and sealing decide in values; the site around it records and sends.
pub(crate) trait Platform: Send {
    /// As in the channel's name: `line`, `whatsapp` and so on.
    fn name(&self) -> &'static str;

    fn redelivery(&self) -> Redelivery;

    /// The event is tried again at all; Slack sends commands and presses once.
    fn repeats(&self, _event: &Event) -> bool {
        true
    }

    /// Refuses what the platform does not have.
    fn check(&self, said: &super::Say, group: bool) -> Result<(), Refused>;

    /// Who writes in a chat that no user was named for.
    fn user_of(&self, chat: &str) -> String;

    /// The id of a user's new message; `event` is the wanted id of its event, for platforms where they are one.
    fn message_id(&self, ids: &mut Ids, chat: &str, at_ms: u64, event: Option<&str>) -> String;

    /// The id of what comes with a user's message.
    fn media_id(&self, ids: &mut Ids, message_id: &str, at_ms: u64) -> String;

    fn said(&mut self, world: &mut World, said: &Said) -> Vec<Event>;

    fn pressed(&mut self, world: &mut World, pressed: &Pressed) -> Result<Vec<Event>, Refused>;

    /// The line has its new text already.
    fn edited(&mut self, world: &mut World, chat: &str, line: &Line) -> Result<Vec<Event>, Refused>;

    fn unsent(&mut self, world: &mut World, chat: &str, line: &Line) -> Result<Vec<Event>, Refused>;

    /// A user blocks the bot, or lets it in again.
    fn blocked(&mut self, world: &mut World, chat: &str, blocked: bool) -> Result<Vec<Event>, Refused>;

    /// The request for an attempt, signed now.
    fn seal(&mut self, event: &Event, attempt: Attempt, now_ms: u64) -> Sealed;

    /// The webhook's answer was good; some platforms read its body.
    fn answered(&mut self, _world: &mut World, _event: &Event, _body: &[u8]) {}

    /// What the bot wants with a call; one word for one thing on all platforms.
    fn operation(&self, call: &Call) -> &'static str;

    fn call(&mut self, world: &mut World, operation: &'static str, call: &Call) -> Reply;

    /// The platform's form of an error. The header that says when to come back is added by the caller.
    fn failure(&self, status: u16, message: &str, retry_after_s: Option<u32>) -> Answer;

    /// What proves to the platform that the webhook is the bot's: an honest request, and a forged one if the
    /// platform sends such.
    fn handshake(&mut self, world: &mut World) -> (Probe, Option<Probe>);
}

/// What the platforms keep alike.
pub(crate) struct World {
    pub(crate) chats: Chats,
    pub(crate) media: BTreeMap<String, Media>,
    pub(crate) ids: Ids,
    /// Where the stand-in itself is reached, without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) now_ms: u64,
}

/// Something the bot is told.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) chat: String,
    pub(crate) message_id: Option<String>,
    pub(crate) wire: Wire,
}

#[derive(Clone, Debug)]
pub(crate) enum Wire {
    Json(Value),
    Form(String),
}

/// Which attempt this is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempt {
    /// How many went before it.
    pub(crate) failures: u32,
    /// The one before had no answer in time.
    pub(crate) timed_out: bool,
    /// The one before had an answer, a bad one.
    pub(crate) bad_status: bool,
}

/// A request to the webhook. With a query it is a GET.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// The answer to a call and what the bot is told because of it.
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) events: Vec<Event>,
}

/// A trial of the webhook and what a good answer to it is.
pub(crate) struct Probe {
    pub(crate) sealed: Sealed,
    pub(crate) passed: Passed,
}

/// Judges the status and the body.
pub(crate) type Passed = Box<dyn Fn(u16, &[u8]) -> bool + Send>;

impl Wire {
    pub(crate) fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(_) => "application/x-www-form-urlencoded",
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(json) => json.to_string().into_bytes(),
            Self::Form(form) => form.clone().into_bytes(),
        }
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer, events: Vec::new() }
    }
}
