//! A platform and the server that offers both of its sides over HTTP.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
mod routes;
mod sending;
mod users;

use super::chats::{Line, Sign};
use super::faults::Fault;
use super::platform::Platform;
use super::site::{Entry, Site};
use crate::clock::{Clock, system_clock};
use crate::connection::Connections;
use crate::listening::serve_until;
use crate::{discord, line, messenger, slack, whatsapp};
use serde::Serialize;
use std::future::Future;
use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Which platform this is, with the ids and secrets that the bot has from it.
#[derive(Clone, Debug)]
pub enum Account {
    Line(line::Account),
    Whatsapp(whatsapp::Account),
    Messenger(messenger::Account),
    Slack(slack::Account),
    Discord(discord::Account),
}

/// How a platform is served.
#[derive(Clone)]
pub struct Options {
    pub account: Account,
    /// Where webhooks go. Without one events are kept and can be redelivered.
    pub webhook: Option<String>,
    /// What the URLs in payloads begin with; the listener's address when absent.
    pub base_url: Option<String>,
    pub clock: Clock,
    /// What the pauses between deliveries are multiplied by: 1 is the platform's own schedule.
    pub pause_scale: f64,
}

/// The platform, for serving it and for acting as its users without the wire.
#[derive(Clone)]
pub struct Handle {
    site: Arc<Mutex<Site>>,
    channel: &'static str,
    base_is_given: bool,
    http: reqwest::Client,
    webhook: watch::Sender<Option<String>>,
    pause_scale: f64,
    /// Events that are on their way or wait for another attempt.
    pending: Arc<AtomicUsize>,
    clock: Clock,
    stopping: watch::Sender<bool>,
}

/// How a webhook took the platform's trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handshake {
    /// Absent when there was no answer.
    pub status: Option<u16>,
    /// The answer was the right one.
    pub echoed: bool,
    /// A forged request was turned away; absent when the platform sends none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forged_refused: Option<bool>,
}

impl Options {
    /// The platform's own schedule by the machine's clock, without a webhook.
    pub fn new(account: Account) -> Self {
        Self { account, webhook: None, base_url: None, clock: system_clock(), pause_scale: 1.0 }
    }
}

impl Account {
    fn platform(self) -> Box<dyn Platform> {
        match self {
            Self::Line(account) => Box::new(line::Line::new(account)),
            Self::Whatsapp(account) => Box::new(whatsapp::Whatsapp::new(account)),
            Self::Messenger(account) => Box::new(messenger::Messenger::new(account)),
            Self::Slack(account) => Box::new(slack::Slack::new(account)),
            Self::Discord(account) => Box::new(discord::Discord::new(account)),
        }
    }
}

impl Handle {
    /// # Errors
    /// No HTTP client can be made: give up.
    pub fn new(options: Options) -> io::Result<Self> {
        let Options { account, webhook, base_url, clock, pause_scale } = options;
        let platform = account.platform();
        let http = reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?;
        Ok(Self {
            channel: platform.name(),
            base_is_given: base_url.is_some(),
            site: Arc::new(Mutex::new(Site::new(platform, base_url.unwrap_or_default(), clock()))),
            http,
            webhook: watch::Sender::new(webhook),
            pause_scale: pause_scale.max(0.0),
            pending: Arc::default(),
            clock,
            stopping: watch::Sender::new(false),
        })
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        if !self.base_is_given {
            self.site().world.base_url = format!("http://{}", listener.local_addr()?);
        }
        serve_until(
            listener,
            routes::router(self.clone()),
            self.stopping.clone(),
            Connections::default(),
            shutdown,
        )
        .await
    }

    /// The channel's name: `line`, `whatsapp`, `messenger`, `slack` or `discord`.
    pub fn channel(&self) -> &'static str {
        self.channel
    }

    /// What was written in a chat by both sides, in order.
    pub fn messages(&self, chat: &str) -> Vec<Line> {
        self.site().world.chats.get(chat).map(|chat| chat.lines.clone()).unwrap_or_default()
    }

    /// What the users of a chat saw of the bot besides messages.
    pub fn signs(&self, chat: &str) -> Vec<Sign> {
        self.site().world.chats.get(chat).map(|chat| chat.signs.clone()).unwrap_or_default()
    }

    /// The chats that have begun.
    pub fn chats(&self) -> Vec<String> {
        self.site().world.chats.ids()
    }

    /// Every call of the bot so far.
    pub fn journal(&self) -> Vec<Entry> {
        self.site().journal.clone()
    }

    /// Replaces the faults. Names that the platform's catalogue does not have are given back: nothing is set then.
    ///
    /// # Errors
    /// The names of the unknown platform faults.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), Vec<String>> {
        let mut site = self.site();
        let unknown = |fault: &Fault| {
            let name = fault.platform_fault.clone()?;
            fault.known(site.platform.as_ref()).is_none().then_some(name)
        };
        let unknown: Vec<String> = faults.iter().filter_map(unknown).collect();
        if unknown.is_empty() {
            site.faults = faults;
            return Ok(());
        }
        Err(unknown)
    }

    /// Sets where webhooks go, or takes it away.
    pub fn set_webhook(&self, url: Option<String>) {
        self.webhook.send_replace(url);
    }

    /// Events that wait for the webhook's answer or for another attempt.
    pub fn pending(&self) -> usize {
        self.pending.load(std::sync::atomic::Ordering::Acquire)
    }

    /// The state as of now. A panic under the lock leaves whole calls behind, so it can still be used.
    fn site(&self) -> MutexGuard<'_, Site> {
        let mut site = self.site.lock().unwrap_or_else(PoisonError::into_inner);
        site.world.now_ms = (self.clock)();
        site
    }
}
