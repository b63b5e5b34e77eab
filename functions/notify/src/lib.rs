//! What the system says outside a turn: refused, stopped, still working. The watch, which rings again when a
//! doorbell was lost. What a person says in the bot's place. And the way in of what was asked for ahead of time.

mod person;
mod reminder;
mod scheduled;

use std::sync::Arc;

use batch::{Record, Verdict};
use bot::Bot;
use channels::{Credentials, Sent};
use delivery::{Delivery, Recipient};
use domain::wording::Sentence;
use domain::{Channel, Handles, Millis, Outcome, RequestId, call_key};
use http_client::HttpClient;
use io::envelope::{DoorbellV1, EnvelopeError, NoticeV1, SayV1};
use io::queues;
use io::table::Table;
use io::world::{Http, Queue, QueueError, TableError, World};
use news::News;
use startup::Keys;

/// Everything this function may touch: the table, its own queue and both lanes, platforms, listening web clients.
pub struct Notify<W, H> {
    /// Table, queues, clock.
    pub world: W,
    /// The way to the platforms.
    pub http: H,
    /// Their credentials.
    pub credentials: Keys<Credentials>,
    /// Words and limits.
    pub bot: Bot,
    /// Tells web clients what a person has done. None: they ask by themselves.
    pub news: Option<News>,
}

/// Seconds until a notice that this version cannot read is delivered again: one that can may be deployed by then.
const UNREAD_AGAIN_S: u64 = 60;

/// Why a notice comes again.
#[derive(Debug)]
enum NoticeError {
    /// Something was not to be had.
    Later(String),
    /// It is of a later version, as after a rollback, or nobody's. It stays in the queue for as long as that keeps it.
    Unreadable(EnvelopeError),
}

impl From<TableError> for NoticeError {
    fn from(error: TableError) -> NoticeError {
        NoticeError::Later(error.to_string())
    }
}

impl From<QueueError> for NoticeError {
    fn from(error: QueueError) -> NoticeError {
        NoticeError::Later(error.to_string())
    }
}

impl From<EnvelopeError> for NoticeError {
    fn from(error: EnvelopeError) -> NoticeError {
        NoticeError::Unreadable(error)
    }
}

impl<W: World, H: Http> Notify<W, H> {
    /// One notice.
    pub async fn handle(&self, record: Record, deadline: Millis) -> Verdict {
        let done = match NoticeV1::parse(&record.body) {
            Ok(NoticeV1::Say(said)) => self.say(&said, &record.id, deadline).await,
            Ok(NoticeV1::Dropped { request_id, say, .. }) => {
                self.say_if_dropped(&request_id, &say, &record.id, deadline).await
            }
            Ok(NoticeV1::Scheduled { schedule, due, .. }) => self.fan_out(&schedule, &due, &record).await,
            Ok(NoticeV1::Reminder { conversation, name, .. }) => {
                self.remind(&conversation, &name, &record).await
            }
            Ok(NoticeV1::Person { conversation, act, .. }) => {
                self.tell_person(&conversation, &act, &record, deadline).await
            }
            Ok(NoticeV1::Due { doorbell, .. }) => self.due(&doorbell, &record).await,
            Ok(NoticeV1::Watch { doorbell, .. }) => self.watch(&doorbell, &record, deadline).await,
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(verdict) => verdict,
            Err(NoticeError::Unreadable(error)) => {
                tracing::error!(notice = record.id, %error, "unreadable notice: it stays");
                self.put_back(&record.receipt).await
            }
            Err(NoticeError::Later(error)) => {
                tracing::warn!(notice = record.id, error, "notice comes again");
                Verdict::Failed
            }
        }
    }

    /// It fails, for the alarm, and comes again: by its visibility timeout if it cannot be put off.
    async fn put_back(&self, receipt: &str) -> Verdict {
        let put_off = queues::postpone(&self.world, Queue::Notices, receipt, UNREAD_AGAIN_S).await;
        if let Err(error) = put_off {
            tracing::warn!(%error, "not put off");
        }
        Verdict::Failed
    }

    /// `notice` names it, so that a second delivery of the same one is known again where the platform can.
    async fn say(&self, said: &SayV1, notice: &str, deadline: Millis) -> Result<Verdict, NoticeError> {
        let (address, handles) = (said.address()?, said.handles());
        let recipient = Recipient {
            to: &address,
            handles: &handles,
            heard_at: said.heard_at(),
            language: said.language(),
        };
        let key = call_key(notice, 0);
        let credentials = self.credentials.current(self.world.now()).await;
        let delivery = self.delivery(&credentials, deadline);
        if handles.seen.is_some() {
            delivery.show_work(recipient, true).await;
        }
        let sent = delivery.say(&self.bot, recipient, said.sentence()?, &key).await;
        tracing::info!(conversation = said.conversation(), ?sent, "notice");
        Ok(if matches!(sent, Sent::NotTaken { .. }) { Verdict::Again } else { Verdict::Done })
    }

    async fn say_if_dropped(
        &self,
        request_id: &str,
        say: &SayV1,
        notice: &str,
        deadline: Millis,
    ) -> Result<Verdict, NoticeError> {
        let request = RequestId::parse(request_id).ok_or(EnvelopeError::Field("request_id"))?;
        let covering = Table::of(&self.world).covering_answer(&request).await?;
        let outcome = covering.and_then(|answer| answer.outcome_of(&request.key));
        if outcome != Some(Outcome::Dropped) {
            return Ok(Verdict::Done);
        }
        // Said in the place of its answer, where the platform keeps one open.
        let dropped = Table::of(&self.world).message(&request).await?;
        let say = dropped.map_or_else(|| say.clone(), |dropped| say.about(&dropped));
        self.say(&say, notice, deadline).await
    }

    /// While something waits: say once that it still works, see that somebody works on it, and look again later.
    async fn watch(
        &self,
        bell: &DoorbellV1,
        record: &Record,
        deadline: Millis,
    ) -> Result<Verdict, NoticeError> {
        let message = bell.message()?;
        let mailbox = Table::of(&self.world).mailbox(&message.conversation).await?.unwrap_or_default();
        if mailbox.waiting.is_empty() {
            return Ok(Verdict::Done);
        }
        let may_tell = message.address.channel != Channel::WEB && !message.kind.is_scheduled();
        if may_tell && Table::of(&self.world).mark_told(&message.conversation, &message.key.hash).await? {
            // The platform's handle for answering is for the answer.
            let recipient = Recipient { handles: &Handles::default(), ..Recipient::from(&message) };
            let key = call_key(&record.id, 0);
            let credentials = self.credentials.current(self.world.now()).await;
            let delivery = self.delivery(&credentials, deadline);
            delivery.say(&self.bot, recipient, (Sentence::StillWorking, 0), &key).await;
        }
        if !mailbox.has_live_lease(self.world.now()) {
            let (group, token) = (message.conversation.as_str(), self.world.token());
            queues::ring_again(&self.world, bell, group, &message.key.hash, &token).await?;
            tracing::warn!(request_id = %message.request_id(), "nobody at work: rung again");
        }
        queues::postpone(&self.world, Queue::Notices, &record.receipt, self.bot.limits.watch_after_s).await?;
        Ok(Verdict::Again)
    }

    fn delivery<'d>(&'d self, credentials: &'d Credentials, until: Millis) -> Delivery<'d> {
        Delivery { world: &self.world, http: &self.http, credentials, limits: &self.bot.limits, until }
    }
}

/// Starts the function and serves until Lambda ends the sandbox.
pub async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (bot, world, secrets) = startup::start().await?;
    let limits = bot.limits.clone();
    let credentials = secrets.keys(&bot.limits, move |secrets| Ok(secrets.credentials(&limits)))?;
    let (http, news) = (HttpClient::new(&bot.limits)?, News::of_environment());
    let notify = Arc::new(Notify { world, http, credentials, bot, news });
    let measuring = Arc::clone(&notify);
    let handler = move |record, deadline| {
        let notify = Arc::clone(&notify);
        async move { notify.handle(record, deadline).await }
    };
    let ended = move |failures| {
        let measuring = Arc::clone(&measuring);
        async move { measuring.world.report_batch(failures).await }
    };
    batch::serve(handler, ended).await
}
