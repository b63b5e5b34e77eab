//! Providers over the `genai` library, streamed so that a cancel cuts at once, over plain requests where it has no
//! call, and Bedrock over the AWS SDK.

use genai::Client;
use genai::adapter::AdapterKind;
use genai::chat::ChatOptions;
use genai::resolver::{AuthData, Endpoint};
use reqwest::RequestBuilder;
use serde_json::Value;

#[cfg(feature = "bedrock")]
use crate::bedrock::Bedrock;
use crate::config::{Api, ProviderConfig};
use crate::exchange::exchange;
use crate::{
    Metered, Model, ModelError, Pending, Prompt, Reply, Sound, chat, embedding, fate, speech, tokens,
};

/// Models behind a provider's API.
pub struct Provider {
    config: ProviderConfig,
    http: reqwest::Client,
    answers: Answers,
}

/// Who answers.
enum Answers {
    Genai(Client),
    #[cfg(feature = "bedrock")]
    Bedrock(Bedrock),
}

impl Provider {
    /// A provider that sends through the process's one HTTP client.
    ///
    /// # Errors
    /// `Refused` when the configuration is wrong; the owner has to correct it.
    pub fn new(config: ProviderConfig, http: reqwest::Client) -> Result<Provider, ModelError> {
        for name in [&config.speech_model, &config.embedding_model] {
            Api::of(name)?;
        }
        let answers = Answers::new(&config, http.clone())?;
        Ok(Provider { config, http, answers })
    }

    async fn ask(&self, prompt: Prompt) -> Result<Reply, ModelError> {
        let (api, model) = Api::of(&self.config.model)?;
        match &self.answers {
            Answers::Genai(client) => {
                let opened = client.exec_chat_stream(model, chat::request(&prompt, api), None).await;
                chat::reply(opened.map_err(|error| fate::of(&error, false))?.stream, &prompt).await
            }
            #[cfg(feature = "bedrock")]
            Answers::Bedrock(bedrock) => bedrock.ask(model, &prompt).await,
        }
    }

    async fn write_down(&self, sound: Sound) -> Result<Metered<String>, ModelError> {
        let (api, model) = Api::of(&self.config.speech_model)?;
        let bytes = sound.bytes.len();
        match api {
            Api::OpenAi => {
                let form = speech::openai_form(model, sound)?;
                let answer = exchange(self.post(api, "/audio/transcriptions")?.multipart(form)).await?;
                Ok(speech::openai_said(&answer, bytes))
            }
            Api::Gemini => {
                let (path, request) =
                    (format!("/models/{model}:generateContent"), speech::gemini_request(&sound));
                speech::gemini_said(&self.told(api, &path, &request).await?, bytes)
            }
            Api::Anthropic | Api::Bedrock => Err(ModelError::Refused("it writes down no speech".to_owned())),
        }
    }

    async fn vectors(&self, texts: Vec<String>) -> Result<Metered<Vec<Vec<f32>>>, ModelError> {
        let (api, model) = Api::of(&self.config.embedding_model)?;
        if texts.is_empty() {
            return Ok(Metered::default());
        }
        embedding::check(&texts)?;
        let (vectors, counted) = match api {
            Api::OpenAi => {
                let answer = self.told(api, "/embeddings", &embedding::openai_request(model, &texts)).await?;
                (embedding::openai_vectors(&answer, texts.len())?, embedding::openai_count(&answer))
            }
            Api::Gemini => {
                let (path, request) = embedding::gemini_request(model, &texts);
                let answer = self.told(api, &path, &request).await?;
                (embedding::gemini_vectors(&answer, texts.len())?, embedding::gemini_count(&answer))
            }
            Api::Anthropic | Api::Bedrock => {
                return Err(ModelError::Refused("it makes no vectors".to_owned()));
            }
        };
        Ok(Metered::of(vectors, counted, (tokens::of_texts(&texts), 0)))
    }

    /// What an API says to a JSON body.
    async fn told(&self, api: Api, path: &str, body: &Value) -> Result<Value, ModelError> {
        let request = self.post(api, path)?.header("content-type", "application/json");
        exchange(request.body(body.to_string())).await
    }

    /// A request to an API, with its key.
    fn post(&self, api: Api, path: &str) -> Result<RequestBuilder, ModelError> {
        let (base_url, key) = self.config.place(api)?;
        let request = self.http.post(format!("{base_url}{path}")).timeout(self.config.silence());
        Ok(match key {
            None => request,
            Some(key) if api == Api::Gemini => request.header("x-goog-api-key", key),
            Some(key) => request.bearer_auth(key),
        })
    }
}

impl Answers {
    fn new(config: &ProviderConfig, http: reqwest::Client) -> Result<Answers, ModelError> {
        let adapter = match Api::of(&config.model)?.0 {
            Api::OpenAi => AdapterKind::OpenAI,
            Api::Gemini => AdapterKind::Gemini,
            Api::Anthropic => AdapterKind::Anthropic,
            #[cfg(feature = "bedrock")]
            Api::Bedrock => return Bedrock::new(config).map(Answers::Bedrock),
            #[cfg(not(feature = "bedrock"))]
            Api::Bedrock => return Err(ModelError::Refused("this build has no Bedrock".to_owned())),
        };
        client(config, adapter, http).map(Answers::Genai)
    }
}

/// A client for the provider of the model, and for no other: without one, genai would guess it by the model's name.
fn client(
    config: &ProviderConfig,
    adapter: AdapterKind,
    http: reqwest::Client,
) -> Result<Client, ModelError> {
    let options = ChatOptions::default()
        .with_capture_usage(true)
        .with_capture_tool_calls(true)
        .with_stream_header_timeout(config.silence())
        .with_stream_read_timeout(config.silence());
    let options = match config.answer_tokens_max {
        Some(tokens) => options.with_max_tokens(tokens),
        None => options,
    };
    let (base_url, key) = config.place(Api::of(&config.model)?.0)?;
    let endpoint = Endpoint::from_owned(format!("{base_url}/"));
    Client::builder()
        .with_reqwest(http)
        .with_chat_options(options)
        .with_adapter_kind(adapter)
        .append_provider_config(adapter, (endpoint, AuthData::from_single(key.unwrap_or("none"))))
        .build()
        .map_err(|error| fate::of(&error, false))
}

impl Model for Provider {
    fn answer(&self, prompt: Prompt) -> Pending<'_, Result<Reply, ModelError>> {
        Box::pin(self.ask(prompt))
    }

    fn transcribe(&self, sound: Sound) -> Pending<'_, Result<Metered<String>, ModelError>> {
        Box::pin(self.write_down(sound))
    }

    fn embed(&self, texts: Vec<String>) -> Pending<'_, Result<Metered<Vec<Vec<f32>>>, ModelError>> {
        Box::pin(self.vectors(texts))
    }
}
