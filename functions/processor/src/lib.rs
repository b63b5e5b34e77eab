//! One doorbell per invocation: claim, read, turn, send, commit. The only place that calls a model.

mod shelf;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::{Record, Verdict};
use bot::Bot;
use channels::Credentials;
use delivery::Delivery;
use domain::{ConversationKey, Millis};
use http_client::HttpClient;
use io::config;
use io::envelope::DoorbellV1;
use io::world::{Http, Queue, World};
use knowledge::Index;
use models::{Model, Place, Provider, ProviderConfig};
use turn::{Bell, Handled, Work, Worker};

pub use shelf::{Shelf, ShelfError};

/// Everything this function may touch: the table, the doorbell queue's visibility, notices, platforms, the model.
pub struct Processor<W, H> {
    /// Table, queues, clock.
    pub world: W,
    /// The way to the platforms.
    pub http: H,
    /// Their credentials.
    pub credentials: Credentials,
    /// Prompts, words, limits.
    pub bot: Bot,
    /// The model.
    pub model: Arc<dyn Model>,
    /// The bot's documents.
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
        let bell = Bell { conversation, message, queue: Queue::Doorbells, receipt: record.receipt };
        let delivery = Delivery {
            world: &self.world,
            http: &self.http,
            credentials: &self.credentials,
            limits: &self.bot.limits,
            until: deadline,
        };
        let work = Work::Model(self.model.as_ref());
        // One index for the whole turn, also when it is replaced meanwhile.
        let index = self.shelf.index();
        let knowledge = index.as_deref();
        let worker = Worker { world: &self.world, delivery, bot: &self.bot, work, knowledge };
        match worker.answer(&bell, deadline).await {
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
    run_with(|model| model).await
}

/// The same, with something around the model: the local stack puts its faults there.
pub async fn run_with(
    around: impl FnOnce(Arc<dyn Model>) -> Arc<dyn Model>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (bot, world) = startup::start().await?;
    let shelf = shelf(&bot)?;
    let http = HttpClient::new()?;
    let providers = providers(&bot);
    #[cfg(feature = "bedrock")]
    let providers = ProviderConfig { aws: Some(io::aws::account().await), ..providers };
    let model = around(Arc::new(Provider::new(providers, http.reqwest())?));
    let credentials = startup::credentials(&bot.limits);
    let processor = Arc::new(Processor { world, http, credentials, bot, model, shelf });
    batch::serve(move |record, deadline| {
        let processor = Arc::clone(&processor);
        async move { processor.handle(record, deadline).await }
    })
    .await
}

/// The documents of a bot that has some.
fn shelf(bot: &Bot) -> Result<Shelf, Box<dyn std::error::Error + Send + Sync>> {
    if bot.knowledge.is_none() {
        return Ok(Shelf::default());
    }
    let path = match config::optional("KNOWLEDGE_INDEX") {
        Some(path) => PathBuf::from(path),
        None => Path::new(&config::required("BOT_DIR")?).join(Index::FILE),
    };
    Ok(Shelf::open(&path, &bot.embedding_name())?)
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
        ..ProviderConfig::default()
    }
}
