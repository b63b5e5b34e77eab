//! Which models, and where they are.

use std::time::Duration;

use crate::ModelError;

/// Everything that any provider may need, so that a provider can be made of each name a bot has.
#[derive(Clone, Default)]
pub struct ProviderConfig {
    /// `provider::model`, as `openai::gpt-5-mini`.
    pub model: String,
    /// The model that writes down speech; without a provider, `openai::` is meant.
    pub speech_model: String,
    /// The model that turns texts into vectors; without a provider, `openai::` is meant.
    pub embedding_model: String,
    /// OpenAI, or whatever speaks its API.
    pub openai: Place,
    /// Google's Gemini API.
    pub gemini: Place,
    /// Anthropic's API.
    pub anthropic: Place,
    /// The account that `bedrock::` models are asked in.
    #[cfg(feature = "bedrock")]
    pub aws: Option<aws_config::SdkConfig>,
    /// Where Bedrock is; `None`: by the account's region.
    pub bedrock_endpoint: Option<String>,
    /// Most tokens of one answer; `None`: as the provider has it.
    pub answer_tokens_max: Option<u32>,
    /// Longest wait for the first byte of an answer, and between two. `None`: a minute.
    pub silence: Option<Duration>,
}

/// Where a provider is, and what opens it. Has no `Debug`: the key is a secret.
#[derive(Clone, Default)]
pub struct Place {
    /// Up to and with the version, as `https://host/v1`; `None`: the provider's own.
    pub base_url: Option<String>,
    /// The key; a server on one's own machine often wants none.
    pub api_key: Option<String>,
}

/// The answer's own limit is shorter; this one only keeps a dead connection from being held for ever.
const SILENCE: Duration = Duration::from_mins(1);

/// Whose API a model is asked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    OpenAi,
    Gemini,
    Anthropic,
    Bedrock,
}

impl ProviderConfig {
    pub(crate) fn silence(&self) -> Duration {
        self.silence.unwrap_or(SILENCE)
    }

    /// Where requests to this API go, without a slash at the end, and the key.
    ///
    /// # Errors
    /// `Refused` for Bedrock, which is not asked by plain requests.
    pub(crate) fn place(&self, api: Api) -> Result<(&str, Option<&str>), ModelError> {
        let (place, own) = match api {
            Api::OpenAi => (&self.openai, "https://api.openai.com/v1"),
            Api::Gemini => (&self.gemini, "https://generativelanguage.googleapis.com/v1beta"),
            Api::Anthropic => (&self.anthropic, "https://api.anthropic.com/v1"),
            Api::Bedrock => {
                return Err(ModelError::Refused("Bedrock is asked for answers only".to_owned()));
            }
        };
        let base = place.base_url.as_deref().unwrap_or(own);
        Ok((base.trim_end_matches('/'), place.api_key.as_deref()))
    }
}

impl Api {
    /// Splits `provider::model`.
    ///
    /// # Errors
    /// `Refused` when there is no such provider; the owner has to correct the name.
    pub(crate) fn of(name: &str) -> Result<(Api, &str), ModelError> {
        let (provider, model) = name.split_once("::").unwrap_or(("openai", name));
        let api = match provider {
            "openai" => Api::OpenAi,
            "gemini" => Api::Gemini,
            "anthropic" => Api::Anthropic,
            "bedrock" if cfg!(feature = "bedrock") => Api::Bedrock,
            "bedrock" => {
                let why = "this build has no Bedrock: it needs the cargo feature `bedrock`";
                return Err(ModelError::Refused(why.to_owned()));
            }
            _ => {
                let why = format!("there is no provider `{provider}`: openai, gemini, anthropic, bedrock");
                return Err(ModelError::Refused(why));
            }
        };
        if model.is_empty() {
            return Err(ModelError::Refused(format!("`{name}` names no model")));
        }
        Ok((api, model))
    }
}
