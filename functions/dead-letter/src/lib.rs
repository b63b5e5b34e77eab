//! Last rites for doorbells that were received too often: what waits in their conversation ends as `failed`, the
//! user is told before it is settled, and the letter is kept for the owner.

use std::sync::Arc;

use batch::{Record, Verdict};
use bot::Bot;
use channels::Credentials;
use delivery::Delivery;
use domain::{ConversationKey, Message, Metric, Millis};
use http_client::HttpClient;
use io::envelope::DoorbellV1;
use io::table::Table;
use io::world::{Http, Queue, World};
use mail::NoMailer;
use news::News;
use scheduler::NoScheduler;
use startup::Keys;
use turn::{Bell, Handled, Outside, Work, Worker};

/// Everything this function may touch: the table, the dead letters' visibility, notices, platforms, listening web clients.
pub struct DeadLetter<W, H> {
    /// Table, queues, clock.
    pub world: W,
    /// The way to the platforms.
    pub http: H,
    /// Their credentials.
    pub credentials: Keys<Credentials>,
    /// Words and limits.
    pub bot: Bot,
    /// Tells web clients that there is something to ask for. None: they ask by themselves.
    pub news: Option<News>,
}

impl<W: World, H: Http> DeadLetter<W, H> {
    /// One dead letter.
    pub async fn handle(&self, record: Record, deadline: Millis) -> Verdict {
        let message = DoorbellV1::parse(&record.body).and_then(|bell| bell.message()).ok();
        let request_id = message.as_ref().map_or_else(|| record.id.clone(), |m| m.request_id().to_string());
        let letter = letter(&record, message.as_ref());
        let table = Table::of(&self.world);
        match table.keep_dead_letter(&letter, &record.body, &self.bot.limits).await {
            // Kept before, it was counted before.
            Ok(is_new) => self.world.measure(Metric::DeadLetters, u64::from(is_new)),
            Err(error) => {
                tracing::error!(request_id, %error, "the dead letter could not be kept");
                return Verdict::Failed;
            }
        }
        let Some(conversation) = ConversationKey::parse(&record.group) else { return Verdict::Done };
        tracing::error!(request_id, %conversation, "dead letter");
        let bell = Bell { conversation, message, queue: Queue::DeadLetters, receipt: record.receipt };
        let credentials = self.credentials.current(self.world.now()).await;
        let delivery = Delivery {
            world: &self.world,
            http: &self.http,
            credentials: &credentials,
            limits: &self.bot.limits,
            until: deadline,
        };
        // What was promised beside and not done by now is not done any more, and the user is told so.
        let outside = Outside { scheduler: &NoScheduler, mailer: &NoMailer };
        let work = Work::LastRites;
        let worker = Worker { world: &self.world, delivery, bot: &self.bot, work, outside, knowledge: None };
        match worker.answer(&bell, deadline).await {
            Ok(handled) => {
                if let Some(news) = &self.news {
                    news.tell(&self.world, &bell.conversation).await;
                }
                if handled == Handled::Again { Verdict::Again } else { Verdict::Done }
            }
            Err(error) => {
                tracing::error!(request_id, %error, "the last rites go on with the next delivery");
                Verdict::Failed
            }
        }
    }
}

/// The letter's name. It begins with the conversation, also when nobody can read what is in it: an erasure finds it there.
fn letter(record: &Record, message: Option<&Message>) -> String {
    let about = message.map_or_else(
        || format!("{}.{}", record.group.replacen(':', ".", 1), record.id),
        |message| message.request_id().to_string(),
    );
    format!("{about}#{}", record.id)
}

/// Starts the function and serves until Lambda ends the sandbox.
pub async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (bot, world, secrets) = startup::start().await?;
    let limits = bot.limits.clone();
    let credentials = secrets.keys(&bot.limits, move |secrets| Ok(secrets.credentials(&limits)))?;
    let (http, news) = (HttpClient::new(&bot.limits)?, News::of_environment());
    let dead_letter = Arc::new(DeadLetter { world, http, credentials, bot, news });
    let measuring = Arc::clone(&dead_letter);
    let handler = move |record, deadline| {
        let dead_letter = Arc::clone(&dead_letter);
        async move { dead_letter.handle(record, deadline).await }
    };
    let ended = move |failures| {
        let measuring = Arc::clone(&measuring);
        async move { measuring.world.report_batch(failures).await }
    };
    batch::serve(handler, ended).await
}
