//! Providers over the `genai` library, streamed so that a cancel cuts at once, and over plain requests where it has
//! no call.

use genai::Client;
use genai::adapter::AdapterKind;
use genai::chat::ChatOptions;
use genai::resolver::{AuthData, Endpoint};
use reqwest::RequestBuilder;

use crate::config::{Api, ProviderConfig};
use crate::embedding::{self, EMBEDDED_AT_ONCE_MAX};
use crate::exchange::exchange;
use crate::{Model, ModelError, Pending, Prompt, Reply, Sound, chat, fate, speech};

/// Models behind a provider's API.
pub struct Provider {
    config: ProviderConfig,
    http: reqwest::Client,
    chat: Client,
}

impl Provider {
    /// A provider that sends through the process's one HTTP client.
    ///
    /// # Errors
    /// `Refused` when the configuration is wrong; the owner has to correct it.
    pub fn new(config: ProviderConfig, http: reqwest::Client) -> Result<Provider, ModelError> {
        for name in [&config.model, &config.speech_model, &config.embedding_model] {
            Api::of(name)?;
        }
        let chat = client(&config, http.clone())?;
        Ok(Provider { config, http, chat })
    }

    async fn ask(&self, prompt: Prompt) -> Result<Reply, ModelError> {
        let (api, model) = Api::of(&self.config.model)?;
        let request = chat::request(prompt.clone(), api == Api::Anthropic);
        let opened = self.chat.exec_chat_stream(model, request, None).await;
        let stream = opened.map_err(|error| fate::of(&error, false))?.stream;
        chat::reply(stream, &prompt).await
    }

    async fn write_down(&self, sound: Sound) -> Result<String, ModelError> {
        let (api, model) = Api::of(&self.config.speech_model)?;
        match api {
            Api::OpenAi => speech::transcribe(self.post(api, "/audio/transcriptions"), model, sound).await,
            _ => Err(ModelError::Refused("it writes down no speech".to_owned())),
        }
    }

    async fn vectors(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, ModelError> {
        let (api, model) = Api::of(&self.config.embedding_model)?;
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        if texts.len() > EMBEDDED_AT_ONCE_MAX {
            return Err(ModelError::Refused(format!("more than {EMBEDDED_AT_ONCE_MAX} texts at once")));
        }
        match api {
            Api::OpenAi => {
                let request = self.post(api, "/embeddings");
                let request = with_json(request, &embedding::openai_request(model, &texts));
                embedding::openai_vectors(&exchange(request).await?, texts.len())
            }
            Api::Gemini => {
                let request = self.post(api, &format!("/models/{model}:batchEmbedContents"));
                let request = with_json(request, &embedding::gemini_request(model, &texts));
                embedding::gemini_vectors(&exchange(request).await?, texts.len())
            }
            Api::Anthropic => Err(ModelError::Refused("Anthropic has no embeddings".to_owned())),
        }
    }

    /// A request to an API, with its key.
    fn post(&self, api: Api, path: &str) -> RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.config.base_url(api)));
        let request = request.timeout(self.config.silence());
        match (&self.config.place(api).api_key, api) {
            (None, _) => request,
            (Some(key), Api::Gemini) => request.header("x-goog-api-key", key),
            (Some(key), _) => request.bearer_auth(key),
        }
    }
}

fn with_json(request: RequestBuilder, body: &serde_json::Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

/// A client for the provider of the model, and for no other: without a provider genai would guess one by the name.
fn client(config: &ProviderConfig, http: reqwest::Client) -> Result<Client, ModelError> {
    let (api, _) = Api::of(&config.model)?;
    let options = ChatOptions::default()
        .with_capture_usage(true)
        .with_capture_tool_calls(true)
        .with_stream_header_timeout(config.silence())
        .with_stream_read_timeout(config.silence());
    let adapter = match api {
        Api::OpenAi => AdapterKind::OpenAI,
        Api::Gemini => AdapterKind::Gemini,
        Api::Anthropic => AdapterKind::Anthropic,
    };
    let endpoint = Endpoint::from_owned(format!("{}/", config.base_url(api)));
    let key = config.place(api).api_key.clone().unwrap_or_else(|| "none".to_owned());
    Client::builder()
        .with_reqwest(http)
        .with_chat_options(options)
        .with_adapter_kind(adapter)
        .append_provider_config(adapter, (endpoint, AuthData::from_single(key)))
        .build()
        .map_err(|error| fate::of(&error, false))
}

impl Model for Provider {
    fn answer(&self, prompt: Prompt) -> Pending<'_, Result<Reply, ModelError>> {
        Box::pin(self.ask(prompt))
    }

    fn transcribe(&self, sound: Sound) -> Pending<'_, Result<String, ModelError>> {
        Box::pin(self.write_down(sound))
    }

    fn embed(&self, texts: Vec<String>) -> Pending<'_, Result<Vec<Vec<f32>>, ModelError>> {
        Box::pin(self.vectors(texts))
    }
}
