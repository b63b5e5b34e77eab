//! `/api/owner/conversations/...`: a person looks at a conversation, takes it over, speaks, hands it back.
//! `/api/messages/...`: what became of a message.
//!
//! Nothing goes to a platform from here: what the user is told, the notify function sends.

use channels::{encoder, matches_any};
use domain::person::{Act, Told, short_name};
use domain::{ConversationKey, MessageHash, MessageKey, Millis, RequestId};
use gateway::{Reply, Request};
use intake::{Done, Intake, IntakeError, Wish};
use io::table::Table;
use io::world::World;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Api;
use crate::chat::{failure, unavailable};
use crate::route::Owner;
use crate::shown::{self, Wanted, of_query};
use crate::traced;

/// Lines shown when nobody says how many.
const LINES: usize = 20;

impl<W: World> Api<W> {
    /// For who has the owner's token, and nobody else.
    pub(crate) async fn owner(
        &self,
        request: &Request,
        tokens: &[String],
        wish: Owner,
        of: &ConversationKey,
    ) -> Reply {
        if let Some(refused) = refuses(request, tokens) {
            return refused;
        }
        if wish == Owner::Show {
            return self.show(request, of).await;
        }
        let body = if request.body.is_empty() { b"{}" } else { request.body.as_slice() };
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return failure(400, "bad-request", "the body must be JSON");
        };
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        let (event, at) = match self.named(request, &body) {
            Ok(named) => named,
            Err(refused) => return refused,
        };
        let wish = match wish {
            Owner::TakeOver if short_name(text("person")).is_empty() => {
                return failure(400, "bad-request", "`person` must be a name");
            }
            Owner::TakeOver => Wish::TakeOver(text("person")),
            Owner::Say => match may_say(of, text("text")) {
                Ok(text) => Wish::Say(text),
                Err(refused) => return refused,
            },
            Owner::Release | Owner::Show => Wish::HandBack,
        };
        let intake = Intake { world: &self.world, bot: &self.bot };
        match intake.act(intake::Request { conversation: of, wish, event: &event, at }).await {
            Ok(done) => Self::replied(of, wish, done),
            Err(error) => unavailable(&error),
        }
    }

    /// Everything that is known of a message, its words when they are asked for.
    pub(crate) async fn trace(&self, request: &Request, tokens: &[String], of: Option<RequestId>) -> Reply {
        if let Some(refused) = refuses(request, tokens) {
            return refused;
        }
        let Some(of) = of else {
            return failure(
                400,
                "bad-request",
                "a request id has four fields: CHANNEL.HASH.MILLISECONDS.HASH",
            );
        };
        let with_text = of_query(&request.query, "text") == Some("1");
        match Table::of(&self.world).trace(&of).await {
            Ok(Some(trace)) => {
                Reply::json(200, traced::json(&trace, self.world.now(), with_text).to_string())
            }
            Ok(None) => failure(404, "unknown", "nothing is known of such a message"),
            Err(error) => unavailable(&IntakeError::Table(error)),
        }
    }

    /// A request by the UUIDv7 that the client gave it, or by the gateway's id: then a repetition is another one.
    fn named(&self, request: &Request, body: &Value) -> Result<(MessageHash, Millis), Reply> {
        let now = self.world.now();
        let Some(id) = body.get("message_id").and_then(Value::as_str) else {
            return Ok((MessageHash::of(&request.id), now));
        };
        let made_at = Uuid::parse_str(id).ok().and_then(|id| channels::web::made_at(&id));
        let is_near =
            |made_at: &Millis| made_at.since(now).max(now.since(*made_at)) <= channels::web::CLOCK_SKEW_MS;
        let made_at = made_at.filter(is_near);
        let wrong = || failure(400, "bad-request", "`message_id` must be a UUID of version 7, made just now");
        made_at.map(|at| (MessageHash::of(id), at)).ok_or_else(wrong)
    }

    fn replied(of: &ConversationKey, wish: Wish<'_>, done: Done) -> Reply {
        let (act, held_by) = match done {
            Done::Yes { act, held_by } => (act, held_by),
            Done::Unknown => return failure(404, "unknown", "there is no such conversation"),
            Done::NotHeld => return failure(409, "not-held", "take the conversation over first"),
            Done::NobodyThere => {
                return failure(409, "nobody-there", "nothing that the user wrote is stored any more");
            }
        };
        let said = act.filter(|_| matches!(wish, Wish::Say(_)));
        let body = json!({
            "success": true,
            "conversation": of.as_str(),
            "held_by": held_by,
            "message_id": said.as_ref().map(|act| message_id(of, act)),
            "told": said.map(|act| act.told.map_or("open", Told::name)),
        });
        Reply::json(200, body.to_string())
    }

    /// Who holds it, what waits, what was said last.
    async fn show(&self, request: &Request, of: &ConversationKey) -> Reply {
        let wanted = match Wanted::of(&request.query, LINES) {
            Ok(wanted) => wanted,
            Err(why) => return failure(400, "bad-request", why),
        };
        match Table::of(&self.world).transcript(of, &self.bot.limits).await {
            Ok(transcript) if transcript.mailbox.is_none() => {
                failure(404, "unknown", "there is no such conversation")
            }
            Ok(transcript) => {
                let named = |key: &MessageKey| RequestId { conversation: of.clone(), key: key.clone() };
                let mut shown = shown::conversation(named, &transcript, &wanted);
                if let Some(fields) = shown.as_object_mut() {
                    fields.insert("conversation".to_owned(), of.as_str().into());
                }
                Reply::json(200, shown.to_string())
            }
            Err(error) => unavailable(&IntakeError::Table(error)),
        }
    }
}

/// What who has not the owner's token is told.
fn refuses(request: &Request, tokens: &[String]) -> Option<Reply> {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if bearer.is_some_and(|token| matches_any(token.trim().as_bytes(), tokens)) {
        return None;
    }
    tracing::warn!("an owner's request is refused");
    let why = "send the owner's token; without OWNER_TOKEN these paths are closed";
    Some(failure(401, "unauthorized", why))
}

/// One message of the platform's: nothing is cut in silence.
fn may_say<'t>(of: &ConversationKey, text: &'t str) -> Result<&'t str, Reply> {
    if text.is_empty() {
        return Err(failure(400, "bad-request", "`text` must be a text that is not empty"));
    }
    let Some(encoder) = of.channel().and_then(encoder) else { return Ok(text) };
    let (most, unit) = encoder.text_max();
    if domain::split::split(text, most, unit).len() > 1 {
        return Err(failure(
            413,
            "too-long",
            &format!("one message has at most {most} characters here: say it in parts"),
        ));
    }
    Ok(text)
}

fn message_id(of: &ConversationKey, act: &Act) -> String {
    RequestId { conversation: of.clone(), key: act.key.clone() }.to_string()
}
