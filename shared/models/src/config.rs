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
}

impl ProviderConfig {
    pub(crate) fn silence(&self) -> Duration {
        self.silence.unwrap_or(SILENCE)
    }

    pub(crate) fn place(&self, api: Api) -> &Place {
        match api {
            Api::OpenAi => &self.openai,
            Api::Gemini => &self.gemini,
            Api::Anthropic => &self.anthropic,
        }
    }

    /// Where requests to this API go, without a slash at the end.
    pub(crate) fn base_url(&self, api: Api) -> &str {
        let base = self.place(api).base_url.as_deref().unwrap_or(api.own_base_url());
        base.trim_end_matches('/')
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
            _ => {
                let why = format!("there is no provider `{provider}`: openai, gemini, anthropic");
                return Err(ModelError::Refused(why));
            }
        };
        if model.is_empty() {
            return Err(ModelError::Refused(format!("`{name}` names no model")));
        }
        Ok((api, model))
    }

    fn own_base_url(self) -> &'static str {
        match self {
            Api::OpenAi => "https://api.openai.com/v1",
            Api::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Api::Anthropic => "https://api.anthropic.com/v1",
        }
    }
}
