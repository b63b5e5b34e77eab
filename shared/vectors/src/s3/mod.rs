//! Amazon S3 Vectors, over the AWS SDK: one vector index of one vector bucket.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors.html>
//!
//! A vector's metadata says whose it is (`of`) and when it was written (`since`), and both can be filtered by.

mod fate;
mod owner;
mod query;

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::{TimeoutConfig, TimeoutConfigBuilder};
use aws_sdk_s3vectors::Client;
use knowledge::{Edition, Neighbour};

use crate::{Engine, Pending, VectorsError};

/// Whose a vector is: [`Edition::of`].
const OF: &str = "of";

/// When it was written, in seconds since 1970.
const SINCE: &str = "since";

/// How often the owner's command asks in all: nobody waits for an answer there.
const OWNERS_ATTEMPTS: u32 = 8;

/// Where the vectors stand, by the names of the template's variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `KNOWLEDGE_VECTOR_BUCKET`: the vector bucket.
    pub bucket: String,
    /// `KNOWLEDGE_VECTOR_INDEX`: the vector index in it.
    pub index: String,
}

/// One vector index.
pub struct S3Vectors {
    client: Client,
    place: Place,
}

impl S3Vectors {
    /// A client for turns: each request may take as long as one to the table. Reused for every invocation of the sandbox.
    pub async fn connect(place: Place) -> S3Vectors {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(2))
            .operation_timeout(Duration::from_millis(4_500));
        S3Vectors::with(timeouts, RetryConfig::standard(), place).await
    }

    /// A client for the owner's command, which writes and reads by the hundred and has time.
    pub async fn connect_as_owner(place: Place) -> S3Vectors {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_mins(1));
        let retries = RetryConfig::standard().with_max_attempts(OWNERS_ATTEMPTS);
        S3Vectors::with(timeouts, retries, place).await
    }

    /// The same with a client of one's own.
    pub fn of(client: Client, place: Place) -> S3Vectors {
        S3Vectors { client, place }
    }

    /// Where they are.
    pub fn place(&self) -> &Place {
        &self.place
    }

    async fn with(timeouts: TimeoutConfigBuilder, retries: RetryConfig, place: Place) -> S3Vectors {
        let config = aws_config::defaults(BehaviorVersion::latest()).retry_config(retries);
        let timeouts = timeouts.connect_timeout(Duration::from_secs(1)).build();
        S3Vectors::of(Client::new(&config.timeout_config(timeouts).load().await), place)
    }
}

impl Engine for S3Vectors {
    fn near<'a>(
        &'a self,
        edition: &'a Edition,
        vector: &'a [f32],
    ) -> Pending<'a, Result<Vec<Neighbour>, VectorsError>> {
        Box::pin(self.query(edition, vector))
    }
}

/// Whether a vector points anywhere. By cosine the service takes no other
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_PutInputVector.html>).
fn points(vector: &[f32]) -> bool {
    vector.iter().any(|number| *number != 0.0) && vector.iter().all(|number| number.is_finite())
}
