//! Providers over the `genai` library, streamed so that a cancel cuts at once.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::turn::Speaker;
use futures_util::StreamExt;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatStreamEvent, ContentPart, StreamEnd};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, Error};

use crate::speech::Speech;
use crate::{Model, ModelError, Pending, Picture, Prompt, Reply, Sound};

/// What a provider needs.
#[derive(Clone)]
pub struct ProviderConfig {
    /// `provider::model`, as `openai::gpt-5-mini`. Without a provider genai would guess Ollama.
    pub model: String,
    /// `https://host/v1`; empty: OpenAI's own.
    pub openai_base_url: Option<String>,
    /// The key.
    pub openai_api_key: Option<String>,
    /// The model that writes down speech, at the same place.
    pub speech_model: String,
}

/// OpenAI's own.
const OPENAI: &str = "https://api.openai.com/v1";

/// A model behind a provider's API.
pub struct Provider {
    client: Client,
    model: String,
    speech: Speech,
}

/// Longest wait for the first byte, and between two. The turn's own limit is shorter; this one
/// only keeps a dead connection from being held for ever.
const SILENCE: Duration = Duration::from_mins(1);

impl Provider {
    /// A provider that sends through the process's one HTTP client.
    ///
    /// # Errors
    /// `Refused` when the configuration is wrong; the owner has to correct it.
    pub fn new(config: ProviderConfig, http: reqwest::Client) -> Result<Provider, ModelError> {
        let options = ChatOptions::default()
            .with_capture_usage(true)
            .with_capture_content(true)
            .with_stream_header_timeout(SILENCE)
            .with_stream_read_timeout(SILENCE);
        let speech = Speech {
            http: http.clone(),
            base_url: config.openai_base_url.clone().unwrap_or_else(|| OPENAI.to_owned()),
            api_key: config.openai_api_key.clone(),
            model: config.speech_model,
        };
        let mut builder = Client::builder().with_reqwest(http).with_chat_options(options);
        if let Some(base) = config.openai_base_url {
            let endpoint = Endpoint::from_owned(format!("{}/", base.trim_end_matches('/')));
            let key = AuthData::from_single(config.openai_api_key.unwrap_or_else(|| "none".to_owned()));
            builder = builder.append_provider_config(AdapterKind::OpenAI, (endpoint, key));
        }
        let client = builder.build().map_err(|error| ModelError::Refused(summary(&error)))?;
        Ok(Provider { client, model: config.model, speech })
    }

    async fn ask(&self, prompt: Prompt) -> Result<Reply, ModelError> {
        let opened = self.client.exec_chat_stream(&self.model, request(prompt), None).await;
        let mut stream = opened.map_err(|error| classified(&error, false))?.stream;
        let mut text = String::new();
        while let Some(event) = stream.next().await {
            match event.map_err(|error| classified(&error, !text.is_empty()))? {
                ChatStreamEvent::Chunk(chunk) => text.push_str(&chunk.content),
                ChatStreamEvent::End(end) => return whole(text, &end),
                _ => {}
            }
        }
        Err(ModelError::NoAnswer("the stream broke off".to_owned()))
    }
}

fn request(prompt: Prompt) -> ChatRequest {
    let said = prompt.lines.into_iter().map(|(speaker, text)| match speaker {
        Speaker::User => ChatMessage::user(text),
        Speaker::Bot => ChatMessage::assistant(text),
    });
    let request = ChatRequest::default().with_system(prompt.system);
    let request = said.fold(request, ChatRequest::append_message);
    if prompt.pictures.is_empty() {
        return request;
    }
    let shown = prompt
        .pictures
        .into_iter()
        .map(|Picture { mime, bytes }| ContentPart::from_binary_base64(mime, STANDARD.encode(bytes), None));
    request.append_message(ChatMessage::user(shown.collect::<Vec<_>>()))
}

impl Model for Provider {
    fn answer(&self, prompt: Prompt) -> Pending<'_, Result<Reply, ModelError>> {
        Box::pin(self.ask(prompt))
    }

    fn transcribe(&self, sound: Sound) -> Pending<'_, Result<String, ModelError>> {
        Box::pin(self.speech.transcribe(sound))
    }
}

/// An end without a stop reason is a stream that broke off, never an answer.
fn whole(text: String, end: &StreamEnd) -> Result<Reply, ModelError> {
    if end.captured_stop_reason.is_none() {
        return Err(ModelError::NoAnswer("the stream ended without a reason".to_owned()));
    }
    let count = |tokens: Option<i32>| tokens.and_then(|tokens| u64::try_from(tokens).ok()).unwrap_or(0);
    let tokens =
        end.captured_usage.as_ref().map(|usage| (count(usage.prompt_tokens), count(usage.completion_tokens)));
    Ok(Reply { text, tokens: tokens.unwrap_or_default() })
}

/// What an error means for asking again. `begun`: part of an answer had come.
fn classified(error: &Error, begun: bool) -> ModelError {
    // In a stream the HTTP error is wrapped once more, and `status` does not see it.
    let inner = match error {
        Error::WebStream { error, .. } => error.downcast_ref::<Error>(),
        _ => None,
    };
    let error = inner.unwrap_or(error);
    let why = summary(error);
    match error.status().map(|status| status.as_u16()) {
        _ if begun => ModelError::NoAnswer(why),
        Some(429 | 503) => ModelError::NotTaken { why, retry_after_ms: retry_after_ms(error) },
        Some(400..=499) => ModelError::Refused(why),
        None if never_left(error) => ModelError::NotTaken { why, retry_after_ms: None },
        _ => ModelError::NoAnswer(why),
    }
}

fn retry_after_ms(error: &Error) -> Option<u64> {
    let seconds: u64 = error.headers()?.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1_000))
}

/// Whether no connection was made.
fn never_left(error: &Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match error {
        Error::WebModelCall { webc_error, .. } | Error::WebAdapterCall { webc_error, .. } => match webc_error
        {
            genai::webc::Error::Reqwest(error) => Some(error),
            _ => None,
        },
        Error::WebStream { error, .. } => Some(&**error),
        _ => None,
    };
    while let Some(error) = cause {
        if error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A word about an error. Never its text: genai puts requests and responses into it.
fn summary(error: &Error) -> String {
    match error {
        _ if error.status().is_some() => {
            format!("status {}", error.status().map_or(0, |status| status.as_u16()))
        }
        Error::RequiresApiKey { .. } | Error::NoAuthData { .. } | Error::NoAuthResolver { .. } => {
            "it asks for an API key".to_owned()
        }
        Error::WebModelCall { .. } | Error::WebAdapterCall { .. } => "the call failed".to_owned(),
        Error::WebStream { .. } => "the stream failed".to_owned(),
        Error::StreamParse { .. } | Error::ChatResponseGeneration { .. } | Error::ChatResponse { .. } => {
            "the answer could not be read".to_owned()
        }
        _ => "the request could not be made".to_owned(),
    }
}
