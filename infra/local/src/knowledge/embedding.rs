//! Which model turns texts into vectors: the environment's, or the scripted one.

use std::sync::Arc;
use std::time::Duration;

use bot::{Bot, Knowledge};
use http_client::HttpClient;
use models::{Model, ModelError, Provider};
use stand_ins::model;

use crate::cli::Failure;
use crate::engines::bind;

/// The scripted model's name as an embedding model: what it makes is compared with nothing else.
pub const SCRIPTED: &str = "scripted";

/// Requests for one batch, and the wait after the first that was not taken.
const ATTEMPTS: u32 = 5;
const WAIT: Duration = Duration::from_secs(1);

/// A model and what it wants to be told.
pub struct Embedding {
    /// Whose documents they are: the bot's name.
    pub bot: String,
    /// What an index has to be built with to be asked.
    pub name: String,
    /// How the bot wants it.
    pub knowledge: Knowledge,
    model: Arc<dyn Model>,
}

impl Embedding {
    /// The environment's model; without key or base URL a scripted one, which is said.
    pub async fn of(bot: Bot) -> Result<Embedding, Failure> {
        let provider =
            bot.embedding_model.split_once("::").map_or("openai", |(provider, _)| provider).to_uppercase();
        let given = ["BASE_URL", "API_KEY"].map(|what| io::config::optional(&format!("{provider}_{what}")));
        if given.iter().any(Option::is_some) || !matches!(provider.as_str(), "OPENAI" | "GEMINI") {
            return Embedding::new(bot, None);
        }
        eprintln!(
            "no {provider}_API_KEY or {provider}_BASE_URL in the environment: the scripted model makes the vectors, \
             by words alone. They serve a trial on this machine."
        );
        let port = bind(0, "--port").await?;
        let scripted = model::Handle::new(model::Options::default());
        tokio::spawn(async move { scripted.serve(port.listener, std::future::pending()).await });
        Embedding::scripted(bot, &format!("{}/v1", port.url))
    }

    /// The scripted model at this place.
    pub fn scripted(bot: Bot, base_url: &str) -> Result<Embedding, Failure> {
        Embedding::new(Bot { embedding_model: SCRIPTED.to_owned(), ..bot }, Some(base_url))
    }

    fn new(bot: Bot, base_url: Option<&str>) -> Result<Embedding, Failure> {
        let mut providers = processor::providers(&bot, &startup::Secrets::default());
        if let Some(base_url) = base_url {
            providers.openai =
                models::Place { base_url: Some(base_url.to_owned()), api_key: Some(SCRIPTED.to_owned()) };
        }
        let http = HttpClient::new(&bot.limits).map_err(|error| error.to_string())?;
        let model = Arc::new(Provider::new(providers, http.reqwest())?);
        let name = bot.embedding_name();
        Ok(Embedding { bot: bot.name, name, knowledge: bot.knowledge.unwrap_or_default(), model })
    }

    /// Whether the scripted model makes the vectors.
    pub fn is_scripted(&self) -> bool {
        self.name.starts_with(SCRIPTED)
    }

    /// Vectors of passages, in their order. At most as many as one request may have.
    pub async fn passages(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        self.embed(&self.knowledge.passage_prefix, texts).await
    }

    /// The vectors of questions.
    pub async fn questions(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        self.embed(&self.knowledge.question_prefix, texts).await
    }

    /// The vector of one.
    pub async fn question(&self, text: &str) -> Result<Vec<f32>, Failure> {
        Ok(self.questions(&[text.to_owned()]).await?.pop().unwrap_or_default())
    }

    /// Nobody waits for an answer here, so what was not taken is asked again for longer than in a turn.
    async fn embed(&self, prefix: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        let texts: Vec<String> = texts.iter().map(|text| format!("{prefix}{text}")).collect();
        let mut attempt = 0;
        loop {
            match self.model.embed(texts.clone()).await {
                Ok(vectors) => return Ok(vectors.result),
                Err(ModelError::NotTaken { why, retry_after_ms }) if attempt + 1 < ATTEMPTS => {
                    let wait = WAIT * 2_u32.pow(attempt);
                    let wait = wait.max(Duration::from_millis(retry_after_ms.unwrap_or(0)));
                    eprintln!("the embedding model takes no request ({why}); again in {} s", wait.as_secs());
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                Err(error) => return Err(format!("embedding: {error}").into()),
            }
        }
    }
}
