//! `/api/chat`: say something, wait for the answer or ask for it later, stop it.

use channels::web::{ChatRequest, RequestError, SECRET, Session, Web};
use channels::{Credentials, Decoder, Inbound, Unproven};
use domain::command::Command;
use domain::turn::Button;
use domain::wording::Sentence;
use domain::{Address, Channel, ConversationKey, Message, MessageHash, Metric, Millis, Outcome, RequestId};
use gateway::{Reply, Request};
use intake::{Intake, IntakeError, Taken};
use io::table::Table;
use io::world::{TableError, World};
use serde_json::{Value, json};

use crate::Api;

/// A cancel is stamped by the server, a message perhaps by a client whose clock is ahead by as much as is accepted:
/// with this much added it covers all that was admitted before it, and its place in the order keeps it from the rest.
const CLOCK_SKEW_MS: u64 = channels::web::CLOCK_SKEW_MS;

/// What is known of a message.
enum Known {
    /// It waits, or is being answered.
    Pending,
    /// It has its outcome.
    Settled(Settled),
    /// There is no such message, or it was never taken in.
    Nothing,
}

/// What became of a message.
struct Settled {
    outcome: Outcome,
    /// What the user is told.
    response: String,
    /// What can be said next by tapping.
    buttons: Vec<Button>,
    /// The newest message that this answers: of those with one answer it is the same.
    answer: RequestId,
}

impl<W: World> Api<W> {
    /// `POST /api/chat`: takes the message in and waits for its answer up to `chat_wait_ms`; otherwise, or with
    /// `Prefer: respond-async`, answers 202 with the address of its status.
    pub(crate) async fn say(&self, request: &Request, credentials: &Credentials) -> Reply {
        let started = self.world.now();
        // Also what keeps pages of other origins out: a browser asks before it sends JSON for one, and is refused
        // unless the owner has named it.
        if !request.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            return failure(
                415,
                "unsupported-media-type",
                "send JSON, with `content-type: application/json`",
            );
        }
        let chat = match ChatRequest::read(&request.body, started) {
            Ok(chat) => chat,
            Err(error) => return misread(&error, started),
        };
        let length = u64::try_from(chat.message.chars().count()).unwrap_or(u64::MAX);
        if length > self.bot.limits.text_chars_max {
            let most = self.bot.limits.text_chars_max;
            return failure(
                413,
                "too-long",
                &format!("`message` has {length} characters; at most {most} are read"),
            );
        }
        let (session, message) = match self.message_of(request, credentials, &chat, started) {
            Ok(proven) => proven,
            Err(unproven) => return refused(unproven),
        };
        let intake = Intake { world: &self.world, bot: &self.bot };
        let taken = match intake.command(&message) {
            Some(Command::Cancel) => return self.stop(&intake, &message, &session, started).await,
            Some(Command::Back | Command::MainMenu) => intake.leave(&message, started + CLOCK_SKEW_MS).await,
            None => intake.take(&message).await,
        };
        if taken.is_ok() {
            self.world.measure(Metric::AcknowledgementTime, self.world.now().since(started));
        }
        let known = match taken {
            Ok(Taken::Refused(why)) => {
                let response = self.sentence(why, &message);
                let answer = message.request_id();
                Ok(Known::Settled(Settled {
                    outcome: Outcome::Refused,
                    response,
                    buttons: Vec::new(),
                    answer,
                }))
            }
            Ok(Taken::Waiting | Taken::Settled) => self.wait(request, &message, started).await,
            Err(error) => return unavailable(&error),
        };
        match known {
            Ok(known) => self.reply(&message, &session, started, known),
            Err(error) => unavailable(&IntakeError::Table(error)),
        }
    }

    /// `GET /api/chat/{request_id}`: for the session the message belongs to, and nobody else.
    pub(crate) async fn status(
        &self,
        request: &Request,
        credentials: &Credentials,
        request_id: &RequestId,
    ) -> Reply {
        let started = self.world.now();
        let conversation = match self.proven_conversation(request, credentials) {
            Ok(conversation) => conversation,
            Err(unproven) => return refused(unproven),
        };
        if conversation != request_id.conversation {
            return failure(404, "unknown", "this session has no such message");
        }
        match self.known(request_id, request.header("accept-language")).await {
            Ok(Known::Settled(settled)) => Reply::json(200, outcome_json(request_id, &settled).to_string()),
            Ok(Known::Pending) => pending(200, request_id, None, self.world.now().since(started)),
            Ok(Known::Nothing) => failure(404, "unknown", "no such message"),
            Err(error) => unavailable(&IntakeError::Table(error)),
        }
    }

    /// `POST /api/chat/cancel`: stops the running answer and drops what waits.
    pub(crate) async fn cancel(&self, request: &Request, credentials: &Credentials) -> Reply {
        let now = self.world.now();
        let conversation = match self.proven_conversation(request, credentials) {
            Ok(conversation) => conversation,
            Err(unproven) => return refused(unproven),
        };
        let intake = Intake { world: &self.world, bot: &self.bot };
        match intake.cancel(&conversation, &MessageHash::of(&request.id), now + CLOCK_SKEW_MS).await {
            Ok((sentence, count)) => {
                let response = self.bot.wording.say(sentence, request.header("accept-language"), count);
                let body = json!({ "success": true, "response": response, "stopped": count });
                Reply::json(200, body.to_string())
            }
            Err(error) => unavailable(&error),
        }
    }

    /// The message of a request, proven to be its session's: a session that is named, or a new one.
    fn message_of(
        &self,
        request: &Request,
        credentials: &Credentials,
        chat: &ChatRequest,
        at: Millis,
    ) -> Result<(String, Message), Unproven> {
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let named = bearer.map(ToOwned::to_owned).or_else(|| chat.session_id.clone());
        let session = named.or_else(|| Session::issue((self.new_session)(at), credentials.all(SECRET)));
        let session = session.ok_or(Unproven::NotConfigured)?;
        let headers = [("authorization".to_owned(), format!("Bearer {session}"))];
        let inbound = Inbound {
            method: &request.method,
            query: "",
            headers: &headers,
            body: &request.body,
            at,
            request_id: &request.id,
        };
        let verified = Web.verify(inbound, credentials)?;
        let text_chars_max = usize::try_from(self.bot.limits.text_chars_max).unwrap_or(usize::MAX);
        let event = Web.parse(&verified).into_iter().next();
        let message = event.and_then(|event| event.message(&self.bot.name, Channel::WEB, at, text_chars_max));
        message.map(|message| (session, message)).ok_or(Unproven::Wrong)
    }

    pub(crate) fn proven_conversation(
        &self,
        request: &Request,
        credentials: &Credentials,
    ) -> Result<ConversationKey, Unproven> {
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        self.conversation_of(bearer.ok_or(Unproven::Missing)?, credentials)
    }

    /// The conversation of a session that we issued.
    pub(crate) fn conversation_of(
        &self,
        token: &str,
        credentials: &Credentials,
    ) -> Result<ConversationKey, Unproven> {
        let session = Session::prove(token, credentials.all(SECRET)).ok_or(Unproven::Wrong)?;
        let address = Address { channel: Channel::WEB, chat: session.id().to_owned(), thread: None };
        Ok(ConversationKey::of(&self.bot.name, &address))
    }

    /// Looks at the message until it is settled or the request's time is up.
    async fn wait(&self, request: &Request, message: &Message, started: Millis) -> Result<Known, TableError> {
        let prefers_async = request.header("prefer").is_some_and(|prefer| prefer.contains("respond-async"));
        let limits = &self.bot.limits;
        let until = started + if prefers_async { 0 } else { limits.chat_wait_ms };
        while self.world.now() < until {
            let known = self.known(&message.request_id(), message.language.as_deref()).await?;
            if matches!(known, Known::Settled(..)) {
                return Ok(known);
            }
            self.world.sleep(limits.chat_poll_ms).await;
        }
        Ok(Known::Pending)
    }

    /// The mailbox is looked at first: an answer counts only once its message is settled, for until then a cancel
    /// may still come. One that is settled has its answer.
    async fn known(&self, request_id: &RequestId, language: Option<&str>) -> Result<Known, TableError> {
        let table = Table::of(&self.world);
        let mailbox = table.mailbox(&request_id.conversation).await?.unwrap_or_default();
        if mailbox.waiting.contains_key(&request_id.key.hash) {
            return Ok(Known::Pending);
        }
        let Some(answer) = table.covering_answer(request_id).await? else { return Ok(Known::Nothing) };
        let outcome = answer.outcome_of(&request_id.key).unwrap_or(answer.outcome);
        let cancelled = answer.covers.iter().filter(|(_, outcome)| *outcome == Outcome::Cancelled).count();
        let response = match outcome {
            Outcome::Cancelled => self.bot.wording.say(Sentence::Stopped, language, cancelled),
            Outcome::Refused => self.bot.wording.say(Sentence::TooManyPending, language, 0),
            Outcome::Dropped => self.bot.wording.say(Sentence::Dropped, language, 0),
            Outcome::HandedOver => self.bot.wording.say(Sentence::HandedOver, language, 0),
            _ => answer.parts.join("\n"),
        };
        let newest = answer.covers.iter().map(|(key, _)| key).max().unwrap_or(&request_id.key).clone();
        let covering = RequestId { conversation: request_id.conversation.clone(), key: newest };
        Ok(Known::Settled(Settled { outcome, response, buttons: answer.buttons, answer: covering }))
    }

    async fn stop(&self, intake: &Intake<'_>, message: &Message, session: &str, started: Millis) -> Reply {
        match intake.cancel(&message.conversation, &message.key.hash, started + CLOCK_SKEW_MS).await {
            Ok((sentence, count)) => {
                let response = self.bot.wording.say(sentence, message.language.as_deref(), count);
                let mut body = json!({ "success": true, "response": response, "stopped": count });
                self.sign(&mut body, message, session, started);
                Reply::json(200, body.to_string())
            }
            Err(error) => unavailable(&error),
        }
    }

    fn reply(&self, message: &Message, session: &str, started: Millis, known: Known) -> Reply {
        let request_id = message.request_id();
        let Known::Settled(settled) = known else {
            return pending(202, &request_id, Some(session), self.world.now().since(started));
        };
        let mut body = outcome_json(&request_id, &settled);
        self.sign(&mut body, message, session, started);
        Reply::json(if settled.outcome == Outcome::Refused { 429 } else { 200 }, body.to_string())
    }

    /// What every answer to a session carries. `processing_time` is in seconds.
    fn sign(&self, body: &mut Value, message: &Message, session: &str, started: Millis) {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("request_id".to_owned(), message.request_id().to_string().into());
            fields.insert("session_id".to_owned(), session.into());
            fields.insert("processing_time".to_owned(), seconds(self.world.now().since(started)).into());
        }
    }

    fn sentence(&self, sentence: Sentence, message: &Message) -> String {
        self.bot.wording.say(sentence, message.language.as_deref(), 0)
    }
}

/// A button is obeyed by sending what it says as a message.
fn outcome_json(request_id: &RequestId, settled: &Settled) -> Value {
    let button = |button: &Button| json!({ "label": button.label, "says": button.says });
    json!({
        "success": settled.outcome == Outcome::Answered,
        "status": "settled",
        "outcome": settled.outcome.name(),
        "response": settled.response,
        "buttons": settled.buttons.iter().map(button).collect::<Vec<_>>(),
        "answer_id": settled.answer.to_string(),
        "request_id": request_id.to_string(),
    })
}

fn pending(status: u16, request_id: &RequestId, session: Option<&str>, took_ms: u64) -> Reply {
    let status_url = format!("/api/chat/{request_id}");
    let mut body = json!({
        "success": true,
        "status": "pending",
        "request_id": request_id.to_string(),
        "status_url": status_url,
        "processing_time": seconds(took_ms),
    });
    if let (Some(session), Some(fields)) = (session, body.as_object_mut()) {
        fields.insert("session_id".to_owned(), session.into());
    }
    Reply { headers: vec![("location", status_url)], ..Reply::json(status, body.to_string()) }
}

/// What is wrong, for programs and for people.
pub(crate) fn failure(status: u16, error: &str, message: &str) -> Reply {
    Reply::json(status, json!({ "success": false, "error": error, "message": message }).to_string())
}

/// What was sent is no request. A client whose clock is wrong is told the time: it can say it again.
fn misread(error: &RequestError, now: Millis) -> Reply {
    match error {
        RequestError::Clock => {
            let message = error.to_string();
            let told = json!({ "success": false, "error": "clock", "message": message, "now_ms": now.0 });
            Reply::json(400, told.to_string())
        }
        _ => failure(400, "bad-request", &error.to_string()),
    }
}

pub(crate) fn refused(why: Unproven) -> Reply {
    tracing::warn!(%why, "request refused");
    failure(
        401,
        "unauthorized",
        "the session is missing or not one of ours; start a new one without session_id",
    )
}

pub(crate) fn unavailable(error: &IntakeError) -> Reply {
    tracing::error!(%error, "not taken in");
    failure(503, "unavailable", "the message could not be taken in; please send it again")
}

/// Milliseconds as seconds, for JSON.
fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}
