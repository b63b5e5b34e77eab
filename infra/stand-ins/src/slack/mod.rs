//! Slack: the Web API on one side, the members of a workspace on the other. <https://docs.slack.dev>
//!
//! `webhooks` words messages, `interactions` words commands and presses, `hooks` knows which response URLs
//! still count, `methods` is what the bot can ask, `limits` is what Slack refuses in a message. The hosts
//! `hooks.slack.com` and `files.slack.com` are served here as well.
mod hooks;
mod interactions;
mod limits;
mod methods;
mod webhooks;

use crate::chat::{
    self, Answer, Attempt, BotLine, Call, Event, Ids, Pauses, Platform, Pressed, Probe, Redelivery, Refused,
    Reply, Said, Say, Sealed, Wire, World, hmac_sha256, refused_if,
};
use hooks::Hooks;
use serde_json::{Value, json};
use std::time::Duration;

/// <https://docs.slack.dev/apis/events-api/#retries>
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_mins(1), Duration::from_mins(5)];

/// The bot's app in a workspace.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct Account {
    pub signing_secret: String,
    pub bot_token: String,
    /// The old proof inside bodies.
    pub verification_token: String,
    pub team_id: String,
    pub app_id: String,
    pub bot_id: String,
    pub bot_user_id: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            signing_secret: "0123456789abcdef0123456789abcdef".to_owned(),
            bot_token: "xoxb-stand-in".to_owned(),
            verification_token: "ZZZZZZWSxiZZZ2yIvs3peJ".to_owned(),
            team_id: "T0DEMOTEAM".to_owned(),
            app_id: "A0DEMOAPP01".to_owned(),
            bot_id: "B0DEMOBOT01".to_owned(),
            bot_user_id: "U0DEMOBOT01".to_owned(),
        }
    }
}

pub(crate) struct Slack {
    account: Account,
    hooks: Hooks,
}

impl Slack {
    pub(crate) fn new(account: Account) -> Self {
        Self { account, hooks: Hooks::default() }
    }

    /// Signed now: a retry has a time and a signature of its own.
    fn signed(&self, kind: &str, body: Vec<u8>, now_ms: u64) -> Sealed {
        let timestamp = (now_ms / 1000).to_string();
        let signature = signature(&self.account.signing_secret, &timestamp, &body);
        let headers = vec![
            ("Content-Type", kind.to_owned()),
            ("X-Slack-Request-Timestamp", timestamp),
            ("X-Slack-Signature", signature),
        ];
        Sealed { query: None, headers, body }
    }
}

fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mac = hmac_sha256(secret, &[b"v0:", timestamp.as_bytes(), b":", body]);
    format!("v0={}", hex::encode(mac))
}

/// A message's id and time: seconds, and microseconds that tell the messages of a moment apart.
fn ts(ids: &mut Ids, at_ms: u64) -> String {
    format!("{}.{:06}", at_ms / 1000, (at_ms % 1000) * 1000 + ids.number() % 1000)
}

impl Platform for Slack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery {
            answer_within: Duration::from_secs(3),
            accepted: 200..=299,
            pauses: Pauses::Fixed(&PAUSES),
            stop_header: Some("x-slack-no-retry"),
        }
    }

    fn repeats(&self, event: &Event) -> bool {
        matches!(event.wire, Wire::Json(_))
    }

    fn check(&self, say: &Say, _group: bool) -> Result<(), Refused> {
        refused_if(say.location.is_some(), "Slack knows no places")?;
        let more = say.voice.is_some() || say.image.is_some();
        refused_if(say.command.is_some() && more, "a slash command has words only")
    }

    fn user_of(&self, chat: &str) -> String {
        let rest = chat.strip_prefix('D');
        rest.map_or_else(|| "U0DEMOUSER1".to_owned(), |rest| format!("U{rest}"))
    }

    fn message_id(&self, ids: &mut Ids, _chat: &str, at_ms: u64, _event: Option<&str>) -> String {
        ts(ids, at_ms)
    }

    fn media_id(&self, ids: &mut Ids, _message_id: &str, _at_ms: u64) -> String {
        format!("F0{}", ids.hex(9).to_uppercase())
    }

    fn said(&mut self, world: &mut World, said: &Said) -> Vec<Event> {
        match &said.say.command {
            Some(command) => vec![interactions::command(self, world, said, command)],
            None => webhooks::said(&self.account, world, said),
        }
    }

    fn pressed(&mut self, world: &mut World, pressed: &Pressed) -> Result<Vec<Event>, Refused> {
        interactions::pressed(self, world, pressed).map(|event| vec![event])
    }

    fn edited(&mut self, world: &mut World, chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Ok(vec![webhooks::edited(&self.account, world, chat, line)])
    }

    fn unsent(&mut self, world: &mut World, chat: &str, line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Ok(vec![webhooks::unsent(&self.account, world, chat, line)])
    }

    fn blocked(&mut self, _world: &mut World, _chat: &str, _blocked: bool) -> Result<Vec<Event>, Refused> {
        Err(Refused::Impossible("on Slack no one blocks an app"))
    }

    fn seal(&mut self, event: &Event, attempt: Attempt, now_ms: u64) -> Sealed {
        let mut sealed = self.signed(event.wire.content_type(), event.wire.bytes(), now_ms);
        if attempt.failures > 0 && self.repeats(event) {
            let reason = match attempt {
                Attempt { timed_out: true, .. } => "http_timeout",
                Attempt { bad_status: true, .. } => "http_error",
                _ => "connection_failed",
            };
            sealed.headers.push(("x-slack-retry-num", attempt.failures.to_string()));
            sealed.headers.push(("x-slack-retry-reason", reason.to_owned()));
        }
        sealed
    }

    /// What a command is answered at once is shown to the user.
    fn answered(&mut self, world: &mut World, event: &Event, body: &[u8]) {
        if !matches!(event.wire, Wire::Form(_)) || body.is_empty() {
            return;
        }
        let raw =
            serde_json::from_slice(body).unwrap_or_else(|_| json!({"text": String::from_utf8_lossy(body)}));
        let text = crate::json::text(&raw, "text").to_owned();
        if !text.is_empty() {
            let message_id = ts(&mut world.ids, world.now_ms);
            let said = BotLine { message_id, text, thread: None, buttons: methods::buttons(&raw), raw };
            world.chats.bot_says(&event.chat, said, world.now_ms);
        }
    }

    fn operation(&self, call: &Call) -> &'static str {
        methods::operation(call)
    }

    fn call(&mut self, world: &mut World, operation: &'static str, call: &Call) -> Reply {
        methods::call(self, world, operation, call).unwrap_or_else(|refused| refused).into()
    }

    fn failure(&self, status: u16, message: &str, _retry_after_s: Option<u32>) -> Answer {
        let name = match status {
            429 => "ratelimited",
            500.. => "internal_error",
            _ => message,
        };
        Answer::json(status, &json!({"ok": false, "error": name}))
    }

    /// The challenge comes back, bare or as JSON.
    fn handshake(&mut self, world: &mut World) -> (Probe, Option<Probe>) {
        let challenge = world.ids.hex(52);
        let token = &self.account.verification_token;
        let body = json!({"token": token, "challenge": challenge, "type": "url_verification"}).to_string();
        let sealed = self.signed("application/json", body.into_bytes(), world.now_ms);
        let passed = Box::new(move |status: u16, body: &[u8]| {
            let json: Value = serde_json::from_slice(body).unwrap_or_default();
            status == 200
                && (body == challenge.as_bytes() || crate::json::text(&json, "challenge") == challenge)
        });
        (Probe { sealed, passed }, None)
    }
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn the_signatures_are_the_known_ones() {
        let secret = "0123456789abcdef0123456789abcdef";
        let signed = |body: &[u8]| signature(secret, "1795168793", body);
        let json = "v0=ede9232b9865206197a8c68930540142ebad540a65a96b1b5f52e755a26714cf";
        assert_eq!(signed(br#"{"type":"url_verification","challenge":"abc"}"#), json);
        let form = "v0=5a1505d8f19dfeec7acdba887b12da454f0b304988e94a57a59fdaf875a82646";
        assert_eq!(signed(b"payload=%7B%22type%22%3A%22block_actions%22%7D"), form);
    }
}
