//! Discord: the HTTP API on one side, the users of slash commands and buttons on the other.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding>
//!
//! Ordinary messages are not delivered over HTTP, so all that is said here is said with a command.
//! `webhooks` words interactions, `tokens` knows which of them can still be answered, `replies` reads what the
//! webhook answers, `methods` is what the bot can ask, `messages` writes, `limits` is what Discord refuses.
//! The CDN is served here as well.
mod limits;
mod messages;
mod methods;
mod replies;
mod tokens;
mod webhooks;

use crate::chat::{
    self, Answer, Attempt, Call, Event, Ids, Pauses, Platform, Pressed, Probe, Redelivery, Refused, Reply,
    Said, Say, Sealed, World, refused_if,
};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::time::Duration;
use tokens::{Nonces, Tokens};

/// 2015-01-01, where Discord's ids begin, in milliseconds.
const EPOCH_MS: u64 = 1_420_070_400_000;

/// The bot's application.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct Account {
    /// The private half of the key pair that Discord signs with.
    pub seed: [u8; 32],
    pub bot_token: String,
    pub application_id: String,
    /// The server that channels belong to.
    pub guild_id: String,
}

impl Default for Account {
    /// With a key pair of its own.
    fn default() -> Self {
        Self {
            seed: std::array::from_fn(|_| fastrand::u8(..)),
            bot_token: "discord-stand-in".to_owned(),
            application_id: "1180000000000000001".to_owned(),
            guild_id: "1181000000000000002".to_owned(),
        }
    }
}

impl Account {
    /// What the developer portal shows as the public key: 64 hexadecimal digits.
    pub fn public_key_hex(&self) -> String {
        hex::encode(SigningKey::from_bytes(&self.seed).verifying_key().as_bytes())
    }

    /// Over the bytes of the timestamp and the raw body.
    fn signature(&self, timestamp: &str, body: &[u8]) -> String {
        let signed = [timestamp.as_bytes(), body].concat();
        hex::encode(SigningKey::from_bytes(&self.seed).sign(&signed).to_bytes())
    }
}

pub(crate) struct Discord {
    account: Account,
    tokens: Tokens,
    nonces: Nonces,
}

impl Discord {
    pub(crate) fn new(account: Account) -> Self {
        Self { account, tokens: Tokens::default(), nonces: Nonces::default() }
    }

    fn signed(&self, body: Vec<u8>, now_ms: u64) -> Sealed {
        let timestamp = (now_ms / 1000).to_string();
        let signature = self.account.signature(&timestamp, &body);
        let headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("X-Signature-Ed25519", signature),
            ("X-Signature-Timestamp", timestamp),
        ];
        Sealed { query: None, headers, body }
    }
}

/// <https://discord.com/developers/docs/reference#snowflakes>
fn snowflake(ids: &mut Ids, at_ms: u64) -> String {
    let time = at_ms.saturating_sub(EPOCH_MS) << 22;
    (time | (ids.number() & 0x3f_ffff)).to_string()
}

impl Platform for Discord {
    fn name(&self) -> &'static str {
        "discord"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery {
            answer_within: Duration::from_secs(3),
            accepted: 200..=202,
            pauses: Pauses::Never,
            stop_header: None,
        }
    }

    fn check(&self, say: &Say, _group: bool) -> Result<(), Refused> {
        refused_if(say.location.is_some(), "Discord knows no places")?;
        refused_if(say.mention, "ordinary messages do not reach an endpoint: say it with a command")
    }

    fn user_of(&self, chat: &str) -> String {
        chat.to_owned()
    }

    fn message_id(&self, ids: &mut Ids, _chat: &str, at_ms: u64, event: Option<&str>) -> String {
        event.map_or_else(|| snowflake(ids, at_ms), str::to_owned)
    }

    fn media_id(&self, ids: &mut Ids, _message_id: &str, at_ms: u64) -> String {
        snowflake(ids, at_ms)
    }

    fn said(&mut self, world: &mut World, said: &Said) -> Vec<Event> {
        vec![webhooks::said(self, world, said)]
    }

    fn pressed(&mut self, world: &mut World, pressed: &Pressed) -> Result<Vec<Event>, Refused> {
        webhooks::pressed(self, world, pressed).map(|event| vec![event])
    }

    fn edited(&mut self, _world: &mut World, _chat: &str, _line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Err(Refused::Impossible("what was said with a command cannot be changed"))
    }

    fn unsent(&mut self, _world: &mut World, _chat: &str, _line: &chat::Line) -> Result<Vec<Event>, Refused> {
        Err(Refused::Impossible("what was said with a command cannot be taken back"))
    }

    /// The bot is not told; its direct messages fail.
    fn blocked(&mut self, _world: &mut World, _chat: &str, _blocked: bool) -> Result<Vec<Event>, Refused> {
        Ok(Vec::new())
    }

    fn seal(&mut self, event: &Event, _attempt: Attempt, now_ms: u64) -> Sealed {
        self.signed(event.wire.bytes(), now_ms)
    }

    fn answered(&mut self, world: &mut World, event: &Event, body: &[u8]) {
        let reply: Value = serde_json::from_slice(body).unwrap_or_default();
        // An answer that cannot be used leaves the interaction unanswered, as a user sees it.
        let _ = replies::take(self, world, &event.id, &reply);
    }

    fn operation(&self, call: &Call) -> &'static str {
        methods::operation(call)
    }

    fn call(&mut self, world: &mut World, operation: &'static str, call: &Call) -> Reply {
        let answer = methods::call(self, world, operation, call).unwrap_or_else(|refused| refused);
        let limits = [("Limit", "5"), ("Remaining", "4"), ("Reset-After", "1.000"), ("Bucket", "abcd1234")];
        let limited = |answer: Answer, (name, value)| answer.with(&format!("X-RateLimit-{name}"), value);
        limits.into_iter().fold(answer, limited).into()
    }

    fn failure(&self, status: u16, message: &str, retry_after_s: Option<u32>) -> Answer {
        if status != 429 {
            return methods::error(status, 0, message);
        }
        let seconds = f64::from(retry_after_s.unwrap_or(1));
        let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false});
        Answer::json(429, &body)
    }

    /// A PING, and one with a wrong signature.
    fn handshake(&mut self, world: &mut World) -> (Probe, Option<Probe>) {
        let body = webhooks::ping(self, world).to_string().into_bytes();
        let honest = self.signed(body.clone(), world.now_ms);
        let other = Discord::new(Account { seed: [7; 32], ..self.account.clone() });
        let forged = other.signed(body, world.now_ms);
        let pong = Box::new(|status: u16, body: &[u8]| {
            let json: Value = serde_json::from_slice(body).unwrap_or_default();
            status == 200 && json.get("type").and_then(Value::as_u64) == Some(1)
        });
        let turned_away = Box::new(|status: u16, _: &[u8]| status == 401);
        (Probe { sealed: honest, passed: pong }, Some(Probe { sealed: forged, passed: turned_away }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_known_one() {
        let seed = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let account = Account { seed, ..Account::default() };
        let key = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
        assert_eq!(account.public_key_hex(), key);
        let wanted = "c9580698df84379b77018281a045105e157bcdc9dae469077e615a0cc841823d8f752ebbe7f059cb1154e2a90dcd\
                      cb8a4062cbd479b914de8ef4ae6ce06d4807";
        assert_eq!(account.signature("1795168793", br#"{"type":1}"#), wanted);
    }

    #[test]
    fn an_id_holds_its_time() {
        let id: u64 = snowflake(&mut Ids::new(0), 1_795_165_200_000).parse().unwrap();
        assert_eq!((id >> 22) + EPOCH_MS, 1_795_165_200_000);
    }
}
