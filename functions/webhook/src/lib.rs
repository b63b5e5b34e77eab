//! Chat platforms call this: verify, parse, admit, enqueue. It never thinks, never reads history and makes no
//! outbound HTTP call; its time is the platform's patience (LINE: 2 s, cold start included).

use bot::Bot;
use channels::{Acknowledgement, Credentials, Event, EventKind, Inbound, Unproven, decoder};
use domain::command::Command;
use domain::{Channel, Message, Metric};
use futures_util::future::join_all;
use gateway::{Reply, Request};
use intake::{Intake, IntakeError};
use io::world::World;
use startup::Keys;

/// Largest body that is read. Meta's are the largest of all: "up to 3 MB" (Graph API, "Getting started with webhooks").
const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Chats of one request that are taken in at once.
const CHATS_AT_ONCE: usize = 16;

/// Everything this function may touch; its IAM role lists the same: the table, and `SendMessage` of both lanes and notices.
pub struct Webhook<W> {
    /// Table, queues, clock.
    pub world: W,
    /// Limits and words.
    pub bot: Bot,
    /// What proves the channels' requests.
    pub credentials: Keys<Credentials>,
}

impl<W: World> Webhook<W> {
    /// One request of a platform. 200 only when every message in it will have exactly one outcome.
    pub async fn receive(&self, request: &Request) -> Reply {
        let credentials = self.credentials.current(self.world.now()).await;
        let mut reply = self.receive_by(request, &credentials).await;
        // Perhaps the secret was replaced. Nothing has come of the request so far.
        if matches!(reply.status, 401 | 403)
            && let Some(newer) = self.credentials.newer(self.world.now()).await
        {
            reply = self.receive_by(request, &newer).await;
        }
        if reply.status == 401 {
            self.world.measure(Metric::ForgedRequests, 1);
        }
        reply
    }

    async fn receive_by(&self, request: &Request, credentials: &Credentials) -> Reply {
        let Some(channel) = channel_of(&request.path) else { return Reply::status(404) };
        let Some(decoder) = decoder(channel) else { return Reply::status(404) };
        if request.body.len() > BODY_BYTES_MAX {
            tracing::warn!(%channel, bytes = request.body.len(), "request refused: it is too large");
            return Reply::status(413);
        }
        let inbound = Inbound {
            method: &request.method,
            query: &request.query,
            headers: &request.headers,
            body: &request.body,
            at: self.world.now(),
            request_id: &request.id,
        };
        if let Some(greeting) = decoder.greet(inbound, credentials) {
            return reply(greeting);
        }
        if request.method != "POST" {
            return Reply::status(405);
        }
        let verified = match decoder.verify(inbound, credentials) {
            Ok(verified) => verified,
            Err(unproven) => return refused(channel, unproven),
        };
        let mut events = decoder.parse(&verified);
        let account = decoder.account().and_then(|variable| credentials.one(variable));
        events.retain(|event| is_ours(channel, account, event));
        if self.enqueue_all(channel, events).await {
            let taken_ms = self.world.now().since(inbound.at);
            self.world.measure(Metric::AcknowledgementTime, taken_ms);
            reply(decoder.acknowledge(&verified))
        } else {
            Reply::status(503)
        }
    }

    /// Whether every event was taken in. A platform may deliver hundreds at once, of many users: those of one chat are
    /// taken in in their order, and one that fails holds up no other chat.
    async fn enqueue_all(&self, channel: Channel, mut events: Vec<Event>) -> bool {
        events.sort_by(|one, other| chat_of(one).cmp(&chat_of(other)));
        let chats: Vec<&[Event]> = events.chunk_by(|one, other| chat_of(one) == chat_of(other)).collect();
        let mut all_taken = true;
        for some in chats.chunks(CHATS_AT_ONCE) {
            let taken = join_all(some.iter().map(|events| self.enqueue_chat(channel, events))).await;
            all_taken &= taken.into_iter().all(|taken| taken);
        }
        all_taken
    }

    async fn enqueue_chat(&self, channel: Channel, events: &[Event]) -> bool {
        for event in events {
            if let Err(error) = self.enqueue(channel, event).await {
                tracing::error!(%channel, kind = event.kind.name(), %error, "not taken in; the platform is told so");
                return false;
            }
        }
        true
    }

    /// A command acts at once, past the queue; any other message is admitted and its doorbell rung.
    async fn enqueue(&self, channel: Channel, event: &Event) -> Result<(), IntakeError> {
        let text_chars_max = usize::try_from(self.bot.limits.text_chars_max).unwrap_or(usize::MAX);
        let intake = Intake { world: &self.world, bot: &self.bot };
        let now = self.world.now();
        if let Some(edited) = event.edited(&self.bot.name, channel, now, text_chars_max) {
            return intake.edit(&edited, &event.order()).await.map(drop);
        }
        if let Some(unsent) = event.unsent(&self.bot.name, channel, now) {
            return intake.unsend(&unsent).await.map(drop);
        }
        let comes = event.greeting(&self.bot.name, channel, now).filter(|_| self.bot.welcome.is_some());
        let said = event.message(&self.bot.name, channel, now, text_chars_max);
        let Some(message) = said.or(comes) else {
            if event.kind == EventKind::Unreadable {
                tracing::error!(event = "unreadable_update", %channel, "a proven update could not be read");
            } else {
                tracing::info!(%channel, kind = event.kind.name(), "event without a message for the bot");
            }
            return Ok(());
        };
        match intake.command(&message) {
            // A message is known again by its id; what a command says would be said twice.
            Some(_) if event.details.is_twin => Ok(()),
            Some(Command::Cancel) => self.cancel(&intake, &message).await,
            Some(Command::Back | Command::MainMenu) => {
                intake.leave(&message, message.key.sent_at).await.map(drop)
            }
            None => intake.take(&message).await.map(drop),
        }
    }

    async fn cancel(&self, intake: &Intake<'_>, message: &Message) -> Result<(), IntakeError> {
        let said = intake.cancel(&message.conversation, &message.key.hash, message.key.sent_at).await?;
        intake.tell(message, said).await
    }
}

/// What is taken in in its order.
fn chat_of(event: &Event) -> (&Option<String>, &Option<String>) {
    (&event.chat, &event.thread)
}

/// Whether an event came to this bot's account. Without a name for it, every account is.
fn is_ours(channel: Channel, ours: Option<&str>, event: &Event) -> bool {
    let is_ours = ours.zip(event.details.account.as_deref()).is_none_or(|(ours, its)| ours == its);
    if !is_ours {
        tracing::warn!(%channel, kind = event.kind.name(), "an event of another account is left alone");
    }
    is_ours
}

/// `/webhook/telegram` → Telegram. The web channel's requests go to the api function.
fn channel_of(path: &str) -> Option<Channel> {
    let name = path.trim_end_matches('/').strip_prefix("/webhook/")?;
    Channel::named(name).filter(|channel| *channel != Channel::WEB)
}

fn reply(acknowledgement: Acknowledgement) -> Reply {
    let Acknowledgement { status, content_type, body } = acknowledgement;
    Reply { status, content_type, body, ..Reply::default() }
}

fn refused(channel: Channel, why: Unproven) -> Reply {
    tracing::warn!(%channel, %why, "request refused");
    Reply::status(401)
}

/// Starts the function and serves until Lambda ends the sandbox.
pub async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (bot, world, secrets) = startup::start().await?;
    let credentials = secrets.keys(&bot.limits, |secrets| Ok(secrets.proofs()))?;
    let webhook = std::sync::Arc::new(Webhook { world, bot, credentials });
    gateway::serve(move |request| {
        let webhook = std::sync::Arc::clone(&webhook);
        async move {
            let reply = webhook.receive(&request).await;
            webhook.world.report().await;
            reply
        }
    })
    .await
}
