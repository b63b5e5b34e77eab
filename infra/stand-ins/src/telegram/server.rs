//! The people's side as functions, and the server that offers both sides over HTTP.
mod routes;

use super::chats::{Author, Line};
use super::delivery::{Lane, MESSAGE_LIFE, Post, QUERY_LIFE};
use super::faults::{Breakage, Fault, take};
use super::methods::{self, Answer, Effect};
use super::platform::{Call, Platform, Webhook};
use super::updates;
use crate::clock::{Clock, system_clock};
use crate::listening::serve_until;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

#[derive(Clone)]
pub struct Options {
    pub token: String,
    /// Where updates go before the bot calls setWebhook.
    pub webhook: Option<Webhook>,
    /// The pause before the second retry of a delivery; later ones double.
    pub backoff: Duration,
    /// What getFile knows, by file id.
    pub files: BTreeMap<String, Vec<u8>>,
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: "7100200300:stand-in".to_owned(),
            webhook: None,
            backoff: Duration::from_secs(1),
            files: BTreeMap::new(),
            clock: system_clock(),
        }
    }
}

/// The platform, for serving it and for acting as its users without the wire.
#[derive(Clone)]
pub struct Handle {
    token: Arc<str>,
    platform: Arc<Mutex<Platform>>,
    post: Post,
    clock: Clock,
    stopping: watch::Sender<bool>,
}

/// A message from a user.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Say {
    pub text: String,
    pub name: Option<String>,
    pub language_code: Option<String>,
    /// The next number when absent.
    pub update_id: Option<i64>,
    /// Now when absent.
    pub date_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Delivered {
    pub update_id: i64,
    /// The message that was written, changed or pressed.
    pub message_id: Option<i64>,
    /// Of the first attempt; absent when no webhook is set or it did not answer.
    pub status: Option<u16>,
}

/// The chat has no such message of the user, or there is no such update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownId(pub i64);

/// Serves the platform until the shutdown.
///
/// # Errors
/// The listener fails, or no HTTP client can be made.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    Handle::new(options)?.serve(listener, shutdown).await
}

/// The answer to the bot; without one the connection is to be dropped.
type Reply = Option<Answer>;

impl Handle {
    /// # Errors
    /// No HTTP client can be made: give up.
    pub fn new(options: Options) -> io::Result<Self> {
        let Options { token, webhook, backoff, files, clock } = options;
        let http = reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?;
        let platform = Arc::new(Mutex::new(Platform::new(&token, files, clock())));
        let (stopping, _) = watch::channel(false);
        let (noted, time) = (Arc::clone(&platform), Arc::clone(&clock));
        let on_error = Arc::new(move |error| locked(&noted).delivery_error = Some((time(), error)));
        let post = Post::new(http, backoff, stopping.clone(), on_error);
        post.set_webhook(webhook);
        Ok(Self { token: token.into(), platform, post, clock, stopping })
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        serve_until(listener, routes::router(self.clone()), self.stopping.clone(), shutdown).await
    }

    /// A user writes. Returns after the first attempt to deliver, which waits for its turn in the chat.
    pub async fn say(&self, chat: i64, say: Say) -> Delivered {
        let now = (self.clock)();
        let (update_id, message_id, first) = {
            let mut platform = locked(&self.platform);
            let Platform { bot, chats, .. } = &mut *platform;
            let profile = chats.chat(chat);
            profile.first_name = say.name.unwrap_or_else(|| profile.first_name.clone());
            profile.language_code = say.language_code.or_else(|| profile.language_code.clone());
            let line = chats.write(chat, Author::User, &say.text, say.date_ms.unwrap_or(now), None);
            let message = updates::message(&line, chats.chat(chat), bot);
            let update_id = chats.update_id(say.update_id);
            let update = updates::said(update_id, &message);
            let first = self.send(&mut platform, update_id, Lane::Messages(chat), update);
            (update_id, line.message_id, first)
        };
        self.delivered(update_id, Some(message_id), first).await
    }

    /// A user changes a message.
    ///
    /// # Errors
    /// The user wrote no such message.
    pub async fn edit(&self, chat: i64, message_id: i64, text: &str) -> Result<Delivered, UnknownId> {
        let now = (self.clock)();
        let (update_id, first) = {
            let mut platform = locked(&self.platform);
            let Platform { bot, chats, .. } = &mut *platform;
            let line = chats.edit(chat, message_id, text, now).ok_or(UnknownId(message_id))?;
            let message = updates::message(&line, chats.chat(chat), bot);
            let update_id = chats.update_id(None);
            let update = updates::edited(update_id, &message);
            (update_id, self.send(&mut platform, update_id, Lane::Messages(chat), update))
        };
        Ok(self.delivered(update_id, Some(message_id), first).await)
    }

    /// A user presses a button under the bot's last message that has some.
    pub async fn press(&self, chat: i64, data: &str) -> Delivered {
        let now = (self.clock)();
        let (update_id, message_id, first) = {
            let mut platform = locked(&self.platform);
            let Platform { bot, chats, queries, .. } = &mut *platform;
            let line = chats.pressable(chat);
            let message = line.as_ref().map(|line| updates::message(line, chats.chat(chat), bot));
            let update_id = chats.update_id(None);
            let query_id = format!("{update_id}00");
            queries.insert(query_id.clone(), now);
            let update = updates::pressed(update_id, &query_id, chats.chat(chat), message.as_ref(), data);
            let first = self.send(&mut platform, update_id, Lane::Queries(chat), update);
            (update_id, line.map(|line| line.message_id), first)
        };
        self.delivered(update_id, message_id, first).await
    }

    /// Sends an update once more, out of turn.
    ///
    /// # Errors
    /// There is no such update.
    pub async fn redeliver(&self, update_id: i64) -> Result<Delivered, UnknownId> {
        let update = locked(&self.platform).updates.get(&update_id).cloned().ok_or(UnknownId(update_id))?;
        let message_id =
            ["message", "edited_message"].iter().find_map(|kind| update.get(*kind)?.get("message_id"));
        let message_id = message_id.and_then(Value::as_i64);
        Ok(Delivered { update_id, message_id, status: self.post.once(&update).await })
    }

    /// What was written in a chat by both sides, in order.
    pub fn messages(&self, chat: i64) -> Vec<Line> {
        locked(&self.platform).chats.lines(chat)
    }

    /// The chats that have begun.
    pub fn chats(&self) -> Vec<i64> {
        locked(&self.platform).chats.ids()
    }

    /// Every method call of the bot so far.
    pub fn journal(&self) -> Vec<Call> {
        locked(&self.platform).journal.clone()
    }

    /// Replaces the faults.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        locked(&self.platform).faults = faults;
    }

    pub fn set_webhook(&self, webhook: Option<Webhook>) {
        self.post.set_webhook(webhook);
    }

    pub fn webhook(&self) -> Option<Webhook> {
        self.post.webhook()
    }

    /// Updates that wait for the webhook or for their turn.
    pub fn pending(&self) -> usize {
        self.post.pending()
    }

    fn send(
        &self,
        platform: &mut Platform,
        update_id: i64,
        lane: Lane,
        update: Value,
    ) -> oneshot::Receiver<Option<u16>> {
        let life = if matches!(lane, Lane::Queries(_)) { QUERY_LIFE } else { MESSAGE_LIFE };
        let first = self.post.enqueue(lane, &update, life);
        platform.updates.insert(update_id, update);
        first
    }

    async fn delivered(
        &self,
        update_id: i64,
        message_id: Option<i64>,
        first: oneshot::Receiver<Option<u16>>,
    ) -> Delivered {
        let status = if self.webhook().is_some() { first.await.ok().flatten() } else { None };
        Delivered { update_id, message_id, status }
    }

    /// Carries out what the bot asks, unless a fault is in the way.
    fn call(&self, method: &str, parameters: Value) -> Reply {
        let now = (self.clock)();
        let mut platform = locked(&self.platform);
        let reply = match take(&mut platform.faults, method) {
            Some(Breakage::Answer(answer)) => Some(answer),
            Some(Breakage::DropBefore) => None,
            Some(Breakage::DropAfterAccept) => {
                drop(self.carry_out(&mut platform, method, &parameters, now));
                None
            }
            None => Some(self.carry_out(&mut platform, method, &parameters, now)),
        };
        platform.journal.push(Call {
            method: method.to_owned(),
            chat_id: methods::chat_id(&parameters),
            at_ms: now,
            status: reply.as_ref().map(|answer| answer.status),
            parameters,
        });
        reply
    }

    fn carry_out(&self, platform: &mut Platform, method: &str, parameters: &Value, now: u64) -> Answer {
        if method.eq_ignore_ascii_case("getWebhookInfo") {
            return methods::webhook_info(platform, self.webhook().as_ref(), self.pending());
        }
        let (answer, effect) = methods::call(platform, method, parameters, now);
        match effect {
            Some(Effect::SetWebhook(webhook)) => self.set_webhook(webhook),
            None => {}
        }
        answer
    }

    fn file(&self, path: &str) -> Option<Vec<u8>> {
        locked(&self.platform).files.get(path.strip_prefix("files/")?).cloned()
    }
}

/// A panic under the lock leaves whole calls behind, so the state can still be used.
fn locked(platform: &Mutex<Platform>) -> MutexGuard<'_, Platform> {
    platform.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for UnknownId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} here", self.0)
    }
}

impl std::error::Error for UnknownId {}
