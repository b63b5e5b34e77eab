//! LINE: the Messaging API on one side, friends and groups on the other.
//! <https://developers.line.biz/en/reference/messaging-api/>
//!
//! `webhooks` words what users do, `tokens` knows which reply tokens and retry keys still count, `methods` is
//! what the bot can ask, `limits` is what LINE refuses in a message.
mod limits;
mod methods;
mod tokens;
mod webhooks;

use crate::chat::{
    self, Answer, Attempt, Call, Event, Ids, Pauses, Platform, Pressed, Probe, Redelivery, Refused, Reply,
    Said, Say, Sealed, Wire, World, hmac_sha256, refused_if,
};
use crate::json::{text, with};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Duration;
use tokens::{ReadTokens, ReplyTokens, RetryKeys};

/// The schedule is LINE's secret; this one ends within the 20 minutes that a reply token lives.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(3),
    Duration::from_mins(10),
];

/// The bot's channel at LINE.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct Account {
    pub channel_secret: String,
    pub access_token: String,
    /// U and 32 hexadecimal digits.
    pub bot_user_id: String,
    /// The console's switch; LINE has it off until someone turns it on.
    pub redelivery: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            channel_secret: "00112233445566778899aabbccddeeff".to_owned(),
            access_token: "line-stand-in".to_owned(),
            bot_user_id: "U395ef6d39b917f1fd91f5243b6a06dc8".to_owned(),
            redelivery: true,
        }
    }
}

pub(crate) struct Line {
    account: Account,
    reply_tokens: ReplyTokens,
    read_tokens: ReadTokens,
    retry_keys: RetryKeys,
}

impl Line {
    pub(crate) fn new(account: Account) -> Self {
        let (reply_tokens, read_tokens) = (ReplyTokens::default(), ReadTokens::default());
        Self { account, reply_tokens, read_tokens, retry_keys: RetryKeys::default() }
    }

    fn signed(&self, body: Vec<u8>) -> Sealed {
        let signature = signature(&self.account.channel_secret, &body);
        let kind = ("Content-Type", "application/json; charset=utf-8".to_owned());
        Sealed { query: None, headers: vec![kind, ("x-line-signature", signature)], body }
    }
}

/// Base64 of HMAC-SHA256 over the raw body, keyed with the secret's text.
fn signature(secret: &str, body: &[u8]) -> String {
    STANDARD.encode(hmac_sha256(secret, &[body]))
}

impl Platform for Line {
    fn name(&self) -> &'static str {
        "line"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery {
            answer_within: Duration::from_secs(2),
            accepted: 200..=299,
            pauses: if self.account.redelivery { Pauses::Fixed(&PAUSES) } else { Pauses::Never },
            stop_header: None,
        }
    }

    fn check(&self, say: &Say, _group: bool) -> Result<(), Refused> {
        refused_if(say.thread.is_some(), "LINE has no threads")?;
        refused_if(say.command.is_some(), "LINE has no slash commands")?;
        refused_if(say.is_text_and_thing(), "LINE sends words and other things apart")
    }

    fn user_of(&self, chat: &str) -> String {
        let digits = chat.strip_prefix(['C', 'R']);
        digits.map_or_else(|| chat.to_owned(), |digits| format!("U{digits}"))
    }

    fn message_id(&self, ids: &mut Ids, _chat: &str, _at_ms: u64, _event: Option<&str>) -> String {
        format!("58{}", ids.number())
    }

    fn media_id(&self, _ids: &mut Ids, message_id: &str, _at_ms: u64) -> String {
        message_id.to_owned()
    }

    fn said(&mut self, world: &mut World, said: &Said) -> Vec<Event> {
        webhooks::said(self, world, said)
    }

    fn pressed(&mut self, world: &mut World, pressed: &Pressed) -> Result<Vec<Event>, Refused> {
        Ok(webhooks::pressed(self, world, pressed))
    }

    fn edited(&mut self, world: &mut World, chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        let group = world.chats.get(chat).is_some_and(|chat| chat.group);
        refused_if(!group, "LINE tells of edits in groups only")?;
        Ok(webhooks::edited(self, world, chat, line))
    }

    fn unsent(&mut self, world: &mut World, chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Ok(webhooks::unsent(self, world, chat, line))
    }

    fn blocked(&mut self, world: &mut World, chat: &str, blocked: bool) -> Result<Vec<Event>, Refused> {
        Ok(webhooks::blocked(self, world, chat, blocked))
    }

    fn seal(&mut self, event: &Event, attempt: Attempt, now_ms: u64) -> Sealed {
        let Wire::Json(mut body) = event.wire.clone() else { return self.signed(event.wire.bytes()) };
        for event in body.get_mut("events").and_then(Value::as_array_mut).into_iter().flatten() {
            self.reply_tokens.delivered(text(event, "replyToken"), now_ms);
            if attempt.failures > 0 {
                *event = with(event.take(), json!({"deliveryContext": {"isRedelivery": true}}));
            }
        }
        self.signed(body.to_string().into_bytes())
    }

    fn operation(&self, call: &Call) -> &'static str {
        methods::operation(call)
    }

    fn call(&mut self, world: &mut World, operation: &'static str, call: &Call) -> Reply {
        let answer = methods::call(self, world, operation, call);
        answer.with("x-line-request-id", world.ids.uuid()).into()
    }

    fn failure(&self, status: u16, message: &str, _retry_after_s: Option<u32>) -> Answer {
        methods::error(status, message)
    }

    /// What the console's Verify button sends.
    fn handshake(&mut self, _world: &mut World) -> (Probe, Option<Probe>) {
        let body = json!({"destination": self.account.bot_user_id, "events": []}).to_string();
        let passed = Box::new(|status: u16, _: &[u8]| (200..300).contains(&status));
        (Probe { sealed: self.signed(body.into_bytes()), passed }, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_published_one() {
        let body = br#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
        let wanted = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=";
        assert_eq!(signature("8c570fa6dd201bb328f1c1eac23a96d8", body), wanted);
    }
}
