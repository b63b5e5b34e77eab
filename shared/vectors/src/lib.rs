//! Vectors that are too many for the index file: an engine has them and says which are near. Amazon S3 Vectors in
//! production.

#[cfg(feature = "s3")]
mod s3;

use std::future::Future;
use std::pin::Pin;

use knowledge::{Edition, Neighbour};

#[cfg(feature = "s3")]
pub use s3::{Place, S3Vectors};

/// A boxed future: the engine is used through `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Has the vectors of an index.
pub trait Engine: Send + Sync {
    /// The vectors of an edition that are nearest to this one.
    fn near<'a>(
        &'a self,
        edition: &'a Edition,
        vector: &'a [f32],
    ) -> Pending<'a, Result<Vec<Neighbour>, VectorsError>>;
}

/// Why an engine did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VectorsError {
    /// It cannot now. Retry: everything that is asked of it may be asked twice.
    #[error("the vector engine is unavailable: {0}")]
    Unavailable(String),
    /// It will not: the request, the names or the rights are wrong. Give up; the owner has to correct it.
    #[error("the vector engine refused: {0}")]
    Refused(String),
}

/// A deployment without one: the index file has all there is.
#[derive(Debug, Clone, Copy)]
pub struct NoEngine;

impl Engine for NoEngine {
    fn near<'a>(&'a self, _: &'a Edition, _: &'a [f32]) -> Pending<'a, Result<Vec<Neighbour>, VectorsError>> {
        let none = VectorsError::Refused("none is configured".to_owned());
        Box::pin(std::future::ready(Err(none)))
    }
}
