//! One doorbell per invocation: claim, read, turn, send, commit. The only place that calls a model, sets alarms and
//! sends mail.

mod engine;
mod shelf;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::{Record, Verdict};
use bot::Bot;
use channels::Credentials;
use delivery::Delivery;
use domain::{ConversationKey, Metric, Millis};
use http_client::HttpClient;
use io::config;
use io::envelope::{DoorbellV1, EnvelopeError};
use io::world::{Http, Queue, World};
use knowledge::Index;
use mail::{MailError, Mailer, NoMailer, Ses, Smtp};
use models::{Model, Place, Provider, ProviderConfig};
use news::News;
use scheduler::{EventBridge, NoScheduler, Scheduler};
use skills::Skills;
use startup::{Failure, Keys, Secrets};
use turn::{Bell, Chain, Documents, Handled, Outside, Work, Worker};

pub use engine::{EngineError, vector_place};
pub use shelf::{Shelf, ShelfError};

/// How the name of the urgent lane's queue ends, in `template.yaml` and on one machine.
const URGENT: &str = "urgent.fifo";

/// Everything this function may touch: the table, the doorbell queue's visibility, notices, platforms, the model, the
/// stack's group of schedules, the post, the vectors of the bot's documents.
pub struct Processor<W, H> {
    /// Table, queues, clock.
    pub world: W,
    /// The way to the platforms.
    pub http: H,
    /// Prompts, words, limits.
    pub bot: Bot,
    /// What secrets open.
    pub means: Keys<Means>,
    /// Rings for reminders.
    pub scheduler: Arc<dyn Scheduler>,
    /// Tells web clients that there is something to ask for. None: they ask by themselves.
    pub news: Option<News>,
    /// The bot's documents, and what has their vectors.
    pub shelf: Shelf,
}

/// What secrets open: it is made anew when one of them is replaced.
pub struct Means {
    /// The platforms' credentials.
    pub credentials: Credentials,
    /// The models.
    pub models: Chain,
    /// Prompts and tools of the bot's folder.
    pub skills: Arc<Skills>,
    /// Takes letters.
    pub mailer: Arc<dyn Mailer>,
}

impl<W: World, H: Http> Processor<W, H> {
    /// One doorbell. It drains what waits in its conversation, whatever its own text says.
    pub async fn handle(&self, record: Record, deadline: Millis) -> Verdict {
        let Some(conversation) = ConversationKey::parse(&record.group) else {
            tracing::error!(group = record.group, "a doorbell of no conversation");
            return Verdict::Failed;
        };
        let envelope = DoorbellV1::parse(&record.body).and_then(|bell| bell.message());
        // It drains what waits all the same. Of a later version, as after a rollback, or nobody's: it counts as a failed item.
        let unread = |error: &EnvelopeError| {
            self.world.measure(Metric::ItemFailures, 1);
            tracing::error!(event = "item_failed", record = record.id, %conversation, %error, "unreadable envelope");
        };
        let message = envelope.inspect_err(unread).ok();
        let queue = if record.queue.ends_with(URGENT) { Queue::Urgent } else { Queue::Doorbells };
        let bell = Bell { conversation, message, queue, receipt: record.receipt };
        let means = self.means.current(self.world.now()).await;
        let delivery = Delivery {
            world: &self.world,
            http: &self.http,
            credentials: &means.credentials,
            limits: &self.bot.limits,
            until: deadline,
        };
        let work = Work::Models(&means.models, &means.skills);
        let outside = Outside { scheduler: self.scheduler.as_ref(), mailer: means.mailer.as_ref() };
        // One index for the whole turn, also when it is replaced meanwhile.
        let index = self.shelf.index();
        let knowledge = index.as_deref().map(|index| Documents { index, engine: self.shelf.engine() });
        let worker = Worker { world: &self.world, delivery, bot: &self.bot, work, outside, knowledge };
        let handled = worker.answer(&bell, deadline).await;
        let kept = means.models.answers_kept() + means.skills.tools.answers.count();
        self.world.measure(Metric::CacheSize, kept as u64);
        match handled {
            Ok(handled) => {
                // After the outcome is recorded: a client that is told nothing asks a moment later.
                if let Some(news) = &self.news {
                    news.tell(&self.world, &bell.conversation).await;
                }
                if handled == Handled::Again { Verdict::Again } else { Verdict::Done }
            }
            Err(error) => {
                tracing::error!(conversation = %bell.conversation, %error, "the turn goes on with the next delivery");
                Verdict::Failed
            }
        }
    }
}

/// Starts the function and serves until Lambda ends the sandbox.
pub async fn run() -> Result<(), Failure> {
    Box::pin(run_with(|model| model)).await
}

/// The same, with something around the model: the local stack puts its faults there.
pub async fn run_with(
    around: impl Fn(Arc<dyn Model>) -> Arc<dyn Model> + Send + Sync + 'static,
) -> Result<(), Failure> {
    let (bot, world, secrets) = startup::start().await?;
    let shelf = shelf(&bot).await?;
    let http = HttpClient::new(&bot.limits)?;
    let means = secrets.keys(&bot.limits, means(&bot, &http, around).await?)?;
    let (scheduler, news) = (scheduler().await, News::of_environment());
    let processor = Arc::new(Processor { world, http, bot, means, scheduler, news, shelf });
    let measuring = Arc::clone(&processor);
    let handler = move |record, deadline| {
        let processor = Arc::clone(&processor);
        async move { processor.handle(record, deadline).await }
    };
    let ended = move |failures| {
        let measuring = Arc::clone(&measuring);
        async move { measuring.world.report_batch(failures).await }
    };
    batch::serve(handler, ended).await
}

/// How means are made of secrets.
async fn means(
    bot: &Bot,
    http: &HttpClient,
    around: impl Fn(Arc<dyn Model>) -> Arc<dyn Model> + Send + Sync + 'static,
) -> Result<impl Fn(&Secrets) -> Result<Means, Failure> + Send + Sync + 'static, Failure> {
    let data = startup::read_data(Path::new(&config::required("BOT_DIR")?), bot)?;
    let ses = ses(bot).await;
    #[cfg(feature = "bedrock")]
    let account = models::account().await;
    let (bot, http) = (bot.clone(), http.clone());
    Ok(move |secrets: &Secrets| {
        let providers = providers(&bot, secrets);
        #[cfg(feature = "bedrock")]
        let providers = ProviderConfig { aws: Some(account.clone()), ..providers };
        let of_tools =
            config::named_values("TOOL_SECRETS", &secrets.one("TOOL_SECRETS").unwrap_or_default())?;
        Ok(Means {
            credentials: secrets.credentials(&bot.limits),
            models: chain(&bot, &providers, &http, &around)?,
            skills: Arc::new(Skills::of(&bot, &data, &of_tools)?),
            mailer: mailer(&bot, secrets, ses.clone())?,
        })
    })
}

/// The documents of a bot that has some.
async fn shelf(bot: &Bot) -> Result<Shelf, Failure> {
    let Some(knowledge) = &bot.knowledge else { return Ok(Shelf::default()) };
    let path = match config::optional("KNOWLEDGE_INDEX") {
        Some(path) => PathBuf::from(path),
        None => Path::new(&config::required("BOT_DIR")?).join(Index::FILE),
    };
    let engine = engine::engine(knowledge.engine).await?;
    Ok(Shelf::open(&path, &bot.embedding_name(), engine)?)
}

/// The bot's models, and what the environment and its secrets have for their providers.
pub fn providers(bot: &Bot, secrets: &Secrets) -> ProviderConfig {
    let place =
        |base_url, api_key| Place { base_url: config::optional(base_url), api_key: secrets.one(api_key) };
    ProviderConfig {
        model: bot.model.clone(),
        speech_model: bot.speech_model.clone(),
        embedding_model: bot.embedding_model.clone(),
        openai: place("OPENAI_BASE_URL", "OPENAI_API_KEY"),
        gemini: place("GEMINI_BASE_URL", "GEMINI_API_KEY"),
        anthropic: place("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
        bedrock_endpoint: config::optional("BEDROCK_ENDPOINT"),
        answer_tokens_max: u32::try_from(bot.limits.answer_tokens_max).ok(),
        ..ProviderConfig::default()
    }
}

/// The bot's model and those that stand in for it, over one HTTP client.
fn chain(
    bot: &Bot,
    providers: &ProviderConfig,
    http: &HttpClient,
    around: &impl Fn(Arc<dyn Model>) -> Arc<dyn Model>,
) -> Result<Chain, Failure> {
    let mut models = Vec::new();
    for name in [&bot.model].into_iter().chain(&bot.fallbacks) {
        let config = ProviderConfig { model: name.clone(), ..providers.clone() };
        models.push((name.clone(), around(Arc::new(Provider::new(config, http.reqwest())?))));
    }
    Ok(Chain::of(models, &bot.speech_model, &bot.embedding_model, &bot.limits).ok_or("no model is named")?)
}

/// The stack's group of schedules. Without one no reminder is set, and users are told so.
async fn scheduler() -> Arc<dyn Scheduler> {
    let place = || {
        Some(scheduler::Place {
            group: io::config::optional("SCHEDULE_GROUP")?,
            queue_arn: io::config::optional("NOTICES_QUEUE_ARN")?,
            role_arn: io::config::optional("SCHEDULER_ROLE_ARN")?,
        })
    };
    match place() {
        Some(place) => Arc::new(EventBridge::connect(place).await),
        None => Arc::new(NoScheduler),
    }
}

/// Amazon SES, when `EMAIL_FROM` is set.
async fn ses(bot: &Bot) -> Option<Arc<dyn Mailer>> {
    let from = config::optional("EMAIL_FROM")?;
    Some(Arc::new(Ses::connect(&from, bot.limits.mail_timeout_ms).await))
}

/// The SMTP server of `SMTP_URL`, or else what stands in its place. Without either no mail is sent, and users are told so.
fn mailer(bot: &Bot, secrets: &Secrets, ses: Option<Arc<dyn Mailer>>) -> Result<Arc<dyn Mailer>, MailError> {
    let from = config::optional("EMAIL_FROM").or_else(|| bot.email.from.clone());
    Ok(match (secrets.one("SMTP_URL"), from) {
        (Some(url), Some(from)) => Arc::new(Smtp::connect(&url, &from, bot.limits.mail_timeout_ms)?),
        (None, Some(_)) => ses.unwrap_or_else(|| Arc::new(NoMailer)),
        _ => Arc::new(NoMailer),
    })
}
