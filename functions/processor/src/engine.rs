//! What has the vectors of the bot's documents.

use std::sync::Arc;

use io::config::{self, ConfigError};
use vectors::{Engine, Place, S3Vectors};

/// Why the bot's engine cannot be used: nobody says where it is. The owner has to correct the environment.
#[derive(Debug, thiserror::Error)]
#[error("`engine = \"s3-vectors\"`: {0}; docs/knowledge.md says what it is")]
pub struct EngineError(#[from] ConfigError);

/// The engine that the bot has chosen. `None`: the index file.
///
/// # Errors
/// Nobody says where it is. A bot that should know something does not start without.
pub(crate) async fn engine(chosen: bot::Engine) -> Result<Option<Arc<dyn Engine>>, EngineError> {
    Ok(match chosen {
        bot::Engine::File => None,
        bot::Engine::S3Vectors => Some(Arc::new(S3Vectors::connect(vector_place()?).await)),
    })
}

/// Where the environment says that the vectors are: each deployment has its own.
///
/// # Errors
/// It does not say so.
pub fn vector_place() -> Result<Place, EngineError> {
    let bucket = config::required("KNOWLEDGE_VECTOR_BUCKET")?;
    Ok(Place { bucket, index: config::required("KNOWLEDGE_VECTOR_INDEX")? })
}
