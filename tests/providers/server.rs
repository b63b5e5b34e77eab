//! aimock, and clients that ask it.

use std::time::Duration;

use domain::history::Speaker;
use models::{Place, Prompt, Provider, ProviderConfig};
use serde_json::Value;

/// A model of each provider.
pub(crate) const MODELS: [&str; 3] =
    ["openai::gpt-5-mini", "gemini::gemini-2.5-flash", "anthropic::claude-haiku-4-5"];

fn url() -> String {
    std::env::var("AIMOCK_URL").expect("tests/providers/run sets AIMOCK_URL")
}

/// A client in which silence ends after this.
pub(crate) fn provider(model: &str, silence_ms: u64) -> Provider {
    let place =
        |version| Place { base_url: Some(format!("{}/{version}", url())), api_key: Some("key".to_owned()) };
    let config = ProviderConfig {
        model: model.to_owned(),
        speech_model: "openai::whisper-1".to_owned(),
        embedding_model: "openai::text-embedding-3-small".to_owned(),
        openai: place("v1"),
        gemini: place("v1beta"),
        anthropic: place("v1"),
        silence: Some(Duration::from_millis(silence_ms)),
        ..ProviderConfig::default()
    };
    Provider::new(config, reqwest::Client::new()).unwrap()
}

/// A client for sounds and vectors.
pub(crate) fn provider_of(speech: &str, embedding: &str) -> Provider {
    let place =
        |version| Place { base_url: Some(format!("{}/{version}", url())), api_key: Some("key".to_owned()) };
    let config = ProviderConfig {
        model: "openai::gpt-5-mini".to_owned(),
        speech_model: speech.to_owned(),
        embedding_model: embedding.to_owned(),
        openai: place("v1"),
        gemini: place("v1beta"),
        ..ProviderConfig::default()
    };
    Provider::new(config, reqwest::Client::new()).unwrap()
}

/// The user's words to a model: no other test says the same, so that requests can be counted.
pub(crate) fn words(case: &str, model: &str) -> String {
    format!("{case}, {model}")
}

pub(crate) fn said(words: &str) -> Prompt {
    let lines = vec![(Speaker::User, words.to_owned())];
    Prompt { system: "Be kind.".to_owned(), lines, ..Prompt::default() }
}

/// The requests in which these words were said.
pub(crate) async fn requests(words: &str) -> Vec<Value> {
    let journal = reqwest::get(format!("{}/__aimock/journal", url())).await.unwrap().bytes().await.unwrap();
    let journal: Vec<Value> = serde_json::from_slice(&journal).unwrap();
    let quoted = Value::from(words).to_string();
    journal.into_iter().filter(|request| request["body"].to_string().contains(&quoted)).collect()
}
