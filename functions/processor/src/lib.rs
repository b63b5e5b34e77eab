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
use io::envelope::DoorbellV1;
use io::world::{Http, Queue, World};
use knowledge::Index;
use mail::{MailError, Mailer, NoMailer, Ses, Smtp};
use models::{Model, Place, Provider, ProviderConfig};
use scheduler::{EventBridge, NoScheduler, Scheduler};
use skills::Skills;
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
    /// Their credentials.
    pub credentials: Credentials,
    /// Prompts, words, limits.
    pub bot: Bot,
    /// The models.
    pub models: Chain,
    /// Prompts and tools of the bot's folder.
    pub skills: Arc<Skills>,
    /// Rings for reminders.
    pub scheduler: Arc<dyn Scheduler>,
    /// Takes letters.
    pub mailer: Arc<dyn Mailer>,
    /// The bot's documents, and what has their vectors.
    pub shelf: Shelf,
}

impl<W: World, H: Http> Processor<W, H> {
    /// One doorbell. It drains what waits in its conversation, whatever its own text says.
    pub async fn handle(&self, record: Record, deadline: Millis) -> Verdict {
        let Some(conversation) = ConversationKey::parse(&record.group) else {
            tracing::error!(group = record.group, "a doorbell of no conversation");
            return Verdict::Failed;
        };
        let envelope = DoorbellV1::parse(&record.body).and_then(|bell| bell.message());
        let message =
            envelope.inspect_err(|error| tracing::warn!(%conversation, %error, "unreadable envelope")).ok();
        let queue = if record.queue.ends_with(URGENT) { Queue::Urgent } else { Queue::Doorbells };
        let bell = Bell { conversation, message, queue, receipt: record.receipt };
        let delivery = Delivery {
            world: &self.world,
            http: &self.http,
            credentials: &self.credentials,
            limits: &self.bot.limits,
            until: deadline,
        };
        let work = Work::Models(&self.models, &self.skills);
        let outside = Outside { scheduler: self.scheduler.as_ref(), mailer: self.mailer.as_ref() };
        // One index for the whole turn, also when it is replaced meanwhile.
        let index = self.shelf.index();
        let knowledge = index.as_deref().map(|index| Documents { index, engine: self.shelf.engine() });
        let worker = Worker { world: &self.world, delivery, bot: &self.bot, work, outside, knowledge };
        let handled = worker.answer(&bell, deadline).await;
        let kept = self.models.answers_kept() + self.skills.tools.answers.count();
        self.world.measure(Metric::CacheSize, kept as u64);
        match handled {
            Ok(Handled::Done) => Verdict::Done,
            Ok(Handled::Again) => Verdict::Again,
            Err(error) => {
                tracing::error!(conversation = %bell.conversation, %error, "the turn goes on with the next delivery");
                Verdict::Failed
            }
        }
    }
}

/// Starts the function and serves until Lambda ends the sandbox.
pub async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Box::pin(run_with(|model| model)).await
}

/// The same, with something around the model: the local stack puts its faults there.
pub async fn run_with(
    around: impl Fn(Arc<dyn Model>) -> Arc<dyn Model>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (bot, world) = startup::start().await?;
    let shelf = shelf(&bot).await?;
    let data = startup::read_data(Path::new(&config::required("BOT_DIR")?), &bot)?;
    let skills = Arc::new(Skills::of(&bot, &data, &config::named_values("TOOL_SECRETS")?)?);
    let http = HttpClient::new()?;
    let providers = providers(&bot);
    #[cfg(feature = "bedrock")]
    let providers = ProviderConfig { aws: Some(io::aws::account().await), ..providers };
    let models = chain(&bot, &providers, &http, around)?;
    let credentials = startup::credentials(&bot.limits);
    let (scheduler, mailer) = (scheduler().await, mailer(&bot).await?);
    let processor =
        Arc::new(Processor { world, http, credentials, bot, models, skills, scheduler, mailer, shelf });
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

/// The documents of a bot that has some.
async fn shelf(bot: &Bot) -> Result<Shelf, Box<dyn std::error::Error + Send + Sync>> {
    let Some(knowledge) = &bot.knowledge else { return Ok(Shelf::default()) };
    let path = match config::optional("KNOWLEDGE_INDEX") {
        Some(path) => PathBuf::from(path),
        None => Path::new(&config::required("BOT_DIR")?).join(Index::FILE),
    };
    let engine = engine::engine(knowledge.engine).await?;
    Ok(Shelf::open(&path, &bot.embedding_name(), engine)?)
}

/// The bot's models, and what the environment has for their providers.
pub fn providers(bot: &Bot) -> ProviderConfig {
    let place = |base_url, api_key| Place {
        base_url: config::optional(base_url),
        api_key: config::optional(api_key),
    };
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
    around: impl Fn(Arc<dyn Model>) -> Arc<dyn Model>,
) -> Result<Chain, Box<dyn std::error::Error + Send + Sync>> {
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

/// The SMTP server of `SMTP_URL`, or Amazon SES when only `EMAIL_FROM` is set. Without either no mail is sent, and users
/// are told so.
async fn mailer(bot: &Bot) -> Result<Arc<dyn Mailer>, MailError> {
    let timeout_ms = bot.limits.mail_timeout_ms;
    let given = io::config::optional("EMAIL_FROM");
    let from = given.clone().or_else(|| bot.email.from.clone());
    Ok(match (io::config::optional("SMTP_URL"), from) {
        (Some(url), Some(from)) => Arc::new(Smtp::connect(&url, &from, timeout_ms)?),
        (None, Some(from)) if given.is_some() => Arc::new(Ses::connect(&from, timeout_ms).await),
        _ => Arc::new(NoMailer),
    })
}
