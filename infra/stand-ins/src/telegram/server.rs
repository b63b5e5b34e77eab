//! The platform as a value, and the server that offers both of its sides over HTTP.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
mod routes;
mod users;

pub use users::{Delivered, Say, UnknownId};

use super::chats::Line;
use super::delivery::Post;
use super::faults::{Breakage, Fault, take};
use super::methods::{self, Answer, Effect};
use super::platform::{Call, Platform, Webhook};
use crate::clock::{Clock, system_clock};
use crate::connection::Connections;
use crate::listening::serve_until;
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How the platform is served.
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
    token: Arc<Mutex<String>>,
    platform: Arc<Mutex<Platform>>,
    post: Post,
    clock: Clock,
    stopping: watch::Sender<bool>,
    connections: Connections,
}

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
        let ((stopping, _), connections) = (watch::channel(false), Connections::default());
        let (noted, time) = (Arc::clone(&platform), Arc::clone(&clock));
        let on_error = Arc::new(move |error| locked(&noted).delivery_error = Some((time(), error)));
        let post = Post::new(http, backoff, stopping.clone(), on_error);
        post.set_webhook(webhook);
        Ok(Self { token: Arc::new(Mutex::new(token)), platform, post, clock, stopping, connections })
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        serve_until(
            listener,
            routes::router(self.clone()),
            self.stopping.clone(),
            self.connections.clone(),
            shutdown,
        )
        .await
    }

    /// How many connections its clients have opened so far.
    pub fn connections(&self) -> usize {
        self.connections.taken()
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

    /// Sets the webhook, as the bot would with setWebhook, or takes it away.
    pub fn set_webhook(&self, webhook: Option<Webhook>) {
        self.post.set_webhook(webhook);
    }

    /// Gives the bot another token, as @BotFather does when one is revoked. The old one is refused from now on.
    pub fn revoke(&self, token: &str) {
        token.clone_into(&mut locked(&self.token));
    }

    /// Where updates go at present.
    pub fn webhook(&self) -> Option<Webhook> {
        self.post.webhook()
    }

    /// Updates that wait for the webhook or for their turn.
    pub fn pending(&self) -> usize {
        self.post.pending()
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
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
