//! Messenger: the Send API on one side, people who write to a page on the other.
//! <https://developers.facebook.com/docs/messenger-platform>
//!
//! `webhooks` words what users do, `methods` is what the bot can ask, `limits` is what Messenger refuses in a
//! message. The hosts of attachments are served here as well.
mod limits;
mod methods;
mod webhooks;

use crate::chat::{
    self, Answer, Attempt, Call, Event, Ids, Pauses, Platform, Pressed, Probe, Redelivery, Refused, Reply,
    Said, Say, Sealed, Wire, World, refused_if,
};
use crate::meta;
use std::collections::BTreeMap;
use std::time::Duration;

/// <https://developers.facebook.com/docs/messenger-platform/webhooks>: a few times, at once. How many is ours.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];
/// A message can be edited so often.
const EDITS_MAX: u32 = 5;

/// The bot's page at Facebook.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct Account {
    pub app_secret: String,
    pub verify_token: String,
    pub page_access_token: String,
    pub page_id: String,
    pub app_id: u64,
    /// Every message that is sent brings an echo and a delivery to the webhook.
    pub receipts: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            app_secret: "ffeeddccbbaa99887766554433221100".to_owned(),
            verify_token: "test-only-verify-token-fb".to_owned(),
            page_access_token: "messenger-stand-in".to_owned(),
            page_id: "100000000000001".to_owned(),
            app_id: 1_517_776_481_860_111,
            receipts: true,
        }
    }
}

pub(crate) struct Messenger {
    account: Account,
    /// How often each message was edited.
    edits: BTreeMap<String, u32>,
}

impl Messenger {
    pub(crate) fn new(account: Account) -> Self {
        Self { account, edits: BTreeMap::new() }
    }
}

impl Platform for Messenger {
    fn name(&self) -> &'static str {
        "messenger"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery {
            answer_within: Duration::from_secs(5),
            accepted: 200..=200,
            pauses: Pauses::Fixed(&PAUSES),
            stop_header: None,
        }
    }

    fn check(&self, say: &Say, group: bool) -> Result<(), Refused> {
        refused_if(group || say.mention, "pages are not in groups")?;
        refused_if(say.thread.is_some(), "Messenger has no threads")?;
        refused_if(say.command.is_some(), "Messenger has no slash commands")
    }

    fn user_of(&self, chat: &str) -> String {
        chat.to_owned()
    }

    fn message_id(&self, ids: &mut Ids, _chat: &str, _at_ms: u64, event: Option<&str>) -> String {
        event.map_or_else(|| webhooks::mid(ids), str::to_owned)
    }

    fn media_id(&self, ids: &mut Ids, _message_id: &str, _at_ms: u64) -> String {
        ids.number().to_string()
    }

    fn said(&mut self, world: &mut World, said: &Said) -> Vec<Event> {
        webhooks::said(&self.account, world, said)
    }

    fn pressed(&mut self, world: &mut World, pressed: &Pressed) -> Result<Vec<Event>, Refused> {
        Ok(webhooks::pressed(&self.account, world, pressed))
    }

    fn edited(&mut self, world: &mut World, _chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        let count = self.edits.entry(line.message_id.clone()).or_default();
        refused_if(*count == EDITS_MAX, "a message can be edited five times")?;
        *count += 1;
        Ok(webhooks::edited(&self.account, world, line, *count))
    }

    fn unsent(&mut self, world: &mut World, _chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Ok(webhooks::unsent(&self.account, world, line))
    }

    /// The bot is not told; its calls fail.
    fn blocked(&mut self, _world: &mut World, _chat: &str, _blocked: bool) -> Result<Vec<Event>, Refused> {
        Ok(Vec::new())
    }

    fn seal(&mut self, event: &Event, _attempt: Attempt, _now_ms: u64) -> Sealed {
        match &event.wire {
            Wire::Json(body) => meta::sealed(&self.account.app_secret, body),
            Wire::Form(_) => Sealed::default(),
        }
    }

    fn operation(&self, call: &Call) -> &'static str {
        methods::operation(call)
    }

    fn call(&mut self, world: &mut World, operation: &'static str, call: &Call) -> Reply {
        methods::call(&self.account, world, operation, call).unwrap_or_else(Reply::from)
    }

    fn failure(&self, status: u16, message: &str, _retry_after_s: Option<u32>) -> Answer {
        meta::failure(status, message)
    }

    fn handshake(&mut self, world: &mut World) -> (Probe, Option<Probe>) {
        meta::handshake(&self.account.verify_token, &mut world.ids)
    }
}
