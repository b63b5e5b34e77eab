//! The model's side: one trait of our own, because every library in this field breaks with each minor version.

mod provider;
mod speech;

use std::pin::Pin;

use domain::turn::Speaker;

pub use provider::{Provider, ProviderConfig};

/// A boxed future: models are used through `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers. Dropping the future stops the request: the provider sees the connection close.
pub trait Model: Send + Sync {
    /// Sends one request. Never repeats it: who asks decides whether it may be asked again.
    fn answer(&self, prompt: Prompt) -> Pending<'_, Result<Reply, ModelError>>;

    /// Writes down what is spoken; empty when nothing is. Never repeats the request either.
    fn transcribe(&self, sound: Sound) -> Pending<'_, Result<String, ModelError>>;
}

/// Something spoken.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound {
    /// MIME type.
    pub mime: &'static str,
    /// A file name with the extension of the type: providers go by it.
    pub name: String,
    /// The file. Shared: it is kept for another attempt.
    pub bytes: std::sync::Arc<[u8]>,
}

/// Something shown along with the last words of the user.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// MIME type.
    pub mime: &'static str,
    /// The file. Shared: a prompt is kept for another attempt.
    pub bytes: std::sync::Arc<[u8]>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} bytes", self.mime, self.bytes.len())
    }
}

/// What the model is told. The system text comes first and does not change from turn to turn, so that
/// providers can cache it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Instructions of the bot's owner.
    pub system: String,
    /// What was said before and now, oldest first. The users' words stand in the user role only.
    pub lines: Vec<(Speaker, String)>,
    /// What the user shows now.
    pub pictures: Vec<Picture>,
}

/// What the model said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The text; empty when the model had nothing to say.
    pub text: String,
    /// Tokens read and written, as the provider counted them; zero when it did not.
    pub tokens: (u64, u64),
}

/// Why there is no reply. Never carries what was asked or answered: that is private.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Provably not processed: it may be asked again.
    #[error("the model did not take the request: {why}")]
    NotTaken {
        /// Status or connection error.
        why: String,
        /// The provider's own wish, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// It may have been processed, and billed: it is not asked again.
    #[error("the model gave no whole answer: {0}")]
    NoAnswer(String),
    /// It never will: wrong key, unknown model, request refused.
    #[error("the model refused the request: {0}")]
    Refused(String),
}
