//! A vector index behind the stand-in's wire, and two clients of it.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3vectors::Client;
use aws_sdk_s3vectors::config::{BehaviorVersion, Credentials, Region};
use knowledge::{Edition, Fingerprint, Passage, Source};
use stand_ins::s3vectors::{Handle, Options};
use std::time::Duration;
use vectors::{Place, S3Vectors};

/// Numbers of a vector here.
pub const DIMENSIONS: usize = 3;

/// Nothing takes this long when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    /// The service.
    pub service: Handle,
    /// Asks as a turn does, with one repetition.
    pub vectors: S3Vectors,
    url: String,
}

impl World {
    /// With a vector bucket, and no index yet.
    pub async fn bare() -> World {
        let service = Handle::open(&Options { data: None, buckets: vec!["bucket".to_owned()] }).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = service.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        let vectors = S3Vectors::of(client(&url, PATIENCE), place("bucket", "index"));
        World { service, vectors, url }
    }

    /// With an index.
    pub async fn new() -> World {
        let world = World::bare().await;
        world.vectors.prepare(DIMENSIONS).await.unwrap();
        world
    }

    /// Another place at the same service.
    pub fn at(&self, bucket: &str, index: &str) -> S3Vectors {
        S3Vectors::of(client(&self.url, PATIENCE), place(bucket, index))
    }

    /// The same place for somebody who waits a quarter of a second.
    pub fn in_a_hurry(&self) -> S3Vectors {
        S3Vectors::of(client(&self.url, Duration::from_millis(250)), place("bucket", "index"))
    }
}

fn place(bucket: &str, index: &str) -> Place {
    Place { bucket: bucket.to_owned(), index: index.to_owned() }
}

fn client(url: &str, timeout: Duration) -> Client {
    let retries = RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(1));
    let timeouts = TimeoutConfig::builder().operation_timeout(timeout).build();
    let config = aws_sdk_s3vectors::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .retry_config(retries)
        .timeout_config(timeouts)
        .endpoint_url(url);
    Client::from_conf(config.build())
}

/// The edition of a bot's index that was made then.
pub fn edition(bot: &str, made_at: u64) -> Edition {
    Edition::new(bot, "m", made_at)
}

/// What a text is called.
pub fn named(text: &str) -> Fingerprint {
    Passage { source: Source::default(), text: text.to_owned() }.fingerprint()
}

/// A text with its vector.
pub fn of(text: &str, vector: [f32; DIMENSIONS]) -> (Fingerprint, Vec<f32>) {
    (named(text), vector.to_vec())
}
