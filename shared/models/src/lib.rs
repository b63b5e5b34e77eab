//! The model's side: one trait of our own, because every library in this field breaks with each minor version.

mod prompt;

#[cfg(feature = "bedrock")]
mod bedrock;
mod chat;
mod config;
mod embedding;
mod exchange;
mod fate;
mod metered;
mod provider;
mod speech;
mod tokens;

use std::pin::Pin;

#[cfg(feature = "bedrock")]
pub use bedrock::account;
pub use config::{Place, ProviderConfig};
pub use embedding::EMBEDDED_AT_ONCE_MAX;
pub use metered::Metered;
pub use prompt::{Picture, Prompt, Reply, Round, Sound, Tool, ToolCall};
pub use provider::Provider;

/// A boxed future: models are used through `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers. Dropping the future stops the request: the provider sees the connection close.
///
/// Every method sends at most one request and never repeats it: who asks decides whether it may be asked again.
pub trait Model: Send + Sync {
    /// Says what comes next, or which tools it wants called first.
    fn answer(&self, prompt: Prompt) -> Pending<'_, Result<Reply, ModelError>>;

    /// Writes down what is spoken; empty when nothing is.
    fn transcribe(&self, sound: Sound) -> Pending<'_, Result<Metered<String>, ModelError>>;

    /// Turns each text into a vector, in the same order and all of one length. Texts of like meaning lie near one
    /// another, by cosine. Vectors of different models must never be compared. More than [`EMBEDDED_AT_ONCE_MAX`]
    /// texts are refused.
    fn embed(&self, texts: Vec<String>) -> Pending<'_, Result<Metered<Vec<Vec<f32>>>, ModelError>>;
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
