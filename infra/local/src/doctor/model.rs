//! Whether the model answers: one short request, which costs a few tokens.

use domain::history::Speaker;
use http_client::HttpClient;
use models::{Model, ModelError, Place, Prompt, Provider, ProviderConfig};

use super::finding::Finding;
use super::secrets::Secrets;

/// Enough for a word, and for what a reasoning model thinks before it.
const TOKENS_MAX: u32 = 256;

/// Asks it.
pub async fn examine(name: &str, secrets: &Secrets) -> Finding {
    match ask(name, secrets).await {
        Ok(()) => Finding::ok("model", format!("{name} answers")),
        Err(why) => {
            Finding::wrong("model", format!("{name}: {why}"), "docs/models.md says what each failure means")
        }
    }
}

async fn ask(name: &str, secrets: &Secrets) -> Result<(), String> {
    let place =
        |base_url, api_key| Place { base_url: secrets.value(base_url), api_key: secrets.value(api_key) };
    let config = ProviderConfig {
        model: name.to_owned(),
        speech_model: name.to_owned(),
        embedding_model: name.to_owned(),
        openai: place("OPENAI_BASE_URL", "OPENAI_API_KEY"),
        gemini: place("GEMINI_BASE_URL", "GEMINI_API_KEY"),
        anthropic: place("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
        aws: Some(crate::resources::account().await),
        bedrock_endpoint: secrets.value("BEDROCK_ENDPOINT"),
        answer_tokens_max: Some(TOKENS_MAX),
        ..ProviderConfig::default()
    };
    let http = HttpClient::new(&domain::Limits::default()).map_err(|error| error.to_string())?;
    let provider = Provider::new(config, http.reqwest()).map_err(|error| error.to_string())?;
    let lines = vec![(Speaker::User, "Say yes.".to_owned())];
    match provider.answer(Prompt { lines, ..Prompt::default() }).await {
        // It thought for so long that nothing was left to say: it works.
        Ok(_) => Ok(()),
        Err(error @ (ModelError::NotTaken { .. } | ModelError::NoAnswer(_) | ModelError::Refused(_))) => {
            Err(error.to_string())
        }
    }
}
