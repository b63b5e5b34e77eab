//! WhatsApp: the Cloud API on one side, people with phones on the other.
//! <https://developers.facebook.com/docs/whatsapp/cloud-api>
//!
//! `numbers` tells phones and business-scoped ids apart, `webhooks` words what users do, `methods` is what the
//! bot can ask, `limits` is what WhatsApp refuses in a message. The media host is served here as well.
mod limits;
mod methods;
mod numbers;
mod webhooks;

use crate::chat::{
    self, Answer, Attempt, Call, Event, Ids, Pauses, Platform, Pressed, Probe, Redelivery, Refused, Reply,
    Said, Say, Sealed, Wire, World, refused_if,
};
use crate::meta;
use std::time::Duration;

/// The bot's number at WhatsApp.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct Account {
    pub app_secret: String,
    pub verify_token: String,
    pub access_token: String,
    pub phone_number_id: String,
    /// Digits only.
    pub display_phone_number: String,
    pub business_account_id: String,
    /// Every message that is sent brings `sent` and `delivered` to the webhook.
    pub receipts: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            app_secret: "ffeeddccbbaa99887766554433221100".to_owned(),
            verify_token: "test-only-verify-token-wa".to_owned(),
            access_token: "whatsapp-stand-in".to_owned(),
            phone_number_id: "106540000000002".to_owned(),
            display_phone_number: "15550783881".to_owned(),
            business_account_id: "102290000000001".to_owned(),
            receipts: true,
        }
    }
}

pub(crate) struct Whatsapp {
    account: Account,
}

impl Whatsapp {
    pub(crate) fn new(account: Account) -> Self {
        Self { account }
    }
}

impl Platform for Whatsapp {
    fn name(&self) -> &'static str {
        "whatsapp"
    }

    /// The real pauses are not published, only that they grow and end after 7 days.
    fn redelivery(&self) -> Redelivery {
        let (first, longest) = (Duration::from_secs(5), Duration::from_hours(6));
        Redelivery {
            answer_within: Duration::from_secs(10),
            accepted: 200..=200,
            pauses: Pauses::Doubling { first, longest, life: Duration::from_hours(7 * 24) },
            stop_header: None,
        }
    }

    fn check(&self, say: &Say, _group: bool) -> Result<(), Refused> {
        refused_if(say.thread.is_some(), "WhatsApp has no threads")?;
        refused_if(say.command.is_some(), "WhatsApp has no slash commands")?;
        let words_apart = say.is_text_and_thing() && say.image.is_none();
        refused_if(words_apart, "on WhatsApp only pictures have a caption")
    }

    fn user_of(&self, chat: &str) -> String {
        if numbers::is_person(chat) { chat.to_owned() } else { "358401234567".to_owned() }
    }

    fn message_id(&self, ids: &mut Ids, chat: &str, _at_ms: u64, event: Option<&str>) -> String {
        event.map_or_else(|| numbers::wamid(ids, chat), str::to_owned)
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

    fn edited(&mut self, world: &mut World, chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Ok(webhooks::edited(&self.account, world, chat, line))
    }

    fn unsent(&mut self, world: &mut World, chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Ok(webhooks::unsent(&self.account, world, chat, line))
    }

    /// The bot is not told; what it sends then fails later, by a status.
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
