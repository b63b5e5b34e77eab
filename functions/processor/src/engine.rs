//! What has the vectors of the bot's documents.

use std::sync::Arc;

use io::config::ConfigError;

/// Why an engine cannot be used. The owner has to correct the environment, or to build otherwise.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Its place is not named.
    #[error("`engine = \"s3-vectors\"`: {0}; docs/knowledge.md says what it is")]
    Place(#[from] ConfigError),
    /// It was left out.
    #[error("this build has no S3 Vectors: it needs the cargo feature `s3-vectors`")]
    LeftOut,
}

/// The engine that the bot has chosen. `None`: the index file.
///
/// # Errors
/// It is not in this build, or nobody says where it is.
#[cfg_attr(
    not(feature = "s3-vectors"),
    expect(clippy::unused_async, reason = "without an engine nobody is waited for")
)]
pub(crate) async fn engine(chosen: bot::Engine) -> Result<Option<Arc<dyn vectors::Engine>>, EngineError> {
    match chosen {
        bot::Engine::File => Ok(None),
        #[cfg(feature = "s3-vectors")]
        bot::Engine::S3Vectors => Ok(Some(Arc::new(vectors::S3Vectors::connect(vector_place()?).await))),
        #[cfg(not(feature = "s3-vectors"))]
        bot::Engine::S3Vectors => Err(EngineError::LeftOut),
    }
}

/// Where the environment says that the vectors are.
///
/// # Errors
/// It does not say so.
#[cfg(feature = "s3-vectors")]
pub fn vector_place() -> Result<vectors::Place, EngineError> {
    let bucket = io::config::required("KNOWLEDGE_VECTOR_BUCKET")?;
    Ok(vectors::Place { bucket, index: io::config::required("KNOWLEDGE_VECTOR_INDEX")? })
}
