//! What the functions talk to: the queues, the table, the model, the chat platforms. Ours, or those that were named.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use stand_ins::{s3vectors, scheduler, smtp, sqs, ssm, telegram};
use tokio::net::TcpListener;

use crate::cli::{Failure, Up};
use crate::clock::StackClock;
use crate::data;
use crate::model::ModelPlace;
use crate::permissions::{self, Permissions, Service};
use crate::platforms::Platforms;
use crate::resources;

/// Where the vectors of documents are kept, in the data folder.
pub const VECTORS_FILE: &str = "vectors.jsonl";

/// A listener of the stack and its URL.
pub struct Port {
    /// The listener.
    pub listener: TcpListener,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
}

/// Where something is to be reached.
#[derive(Clone)]
pub struct Places {
    /// SQS.
    pub sqs: String,
    /// DynamoDB.
    pub dynamodb: String,
    /// EventBridge Scheduler.
    pub scheduler: String,
    /// Parameter Store.
    pub parameters: String,
    /// S3 Vectors.
    pub vectors: String,
    /// The mail server, as `SMTP_URL`.
    pub smtp: String,
    /// The Bot API server.
    pub telegram: String,
    /// The other chat platforms, by the names of their variables.
    pub platforms: BTreeMap<&'static str, String>,
    /// The model, an OpenAI-compatible base URL; empty when the environment has none.
    pub model: String,
}

/// What the functions talk to, and handles on what is ours.
pub struct Engines {
    /// Where they are.
    pub places: Places,
    /// The model.
    pub model: ModelPlace,
    /// Our mail server.
    pub post: Option<smtp::Handle>,
    /// Our scheduler.
    pub schedules: scheduler::Handle,
    /// Our queues.
    pub queues: Option<sqs::Handle>,
    /// Our Telegram.
    pub telegram: Option<telegram::Handle>,
    /// Our other chat platforms.
    pub platforms: Platforms,
}

impl Engines {
    /// Starts those that were not named, with a door before each that has permissions. `front`: where webhooks are taken.
    pub async fn start(
        up: &Up,
        permissions: &Permissions,
        clock: &StackClock,
        data: Option<&Path>,
        secrets: &BTreeMap<String, String>,
        front: &str,
        model: ModelPlace,
    ) -> Result<Engines, Failure> {
        let (sqs, queues) = start_sqs(up, permissions, clock, data).await?;
        let dynamodb = start_dynamodb(up, permissions, data).await?;
        let (scheduler, schedules) = start_scheduler(up, &sqs, permissions, clock, data).await?;
        let parameters = start_parameters(up, permissions, secrets).await?;
        let vectors = start_vectors(up, permissions, data).await?;
        let (smtp, post) = start_smtp(up, data).await?;
        let (telegram_url, telegram) = start_telegram(up, clock, front, secrets).await?;
        let platforms = Platforms::start(up, clock, front, secrets).await?;
        let places = Places {
            sqs,
            dynamodb,
            scheduler,
            parameters,
            vectors,
            smtp,
            telegram: telegram_url,
            platforms: platforms.bases.clone(),
            model: model.base_url.clone(),
        };
        Ok(Engines { places, model, post, schedules, queues, telegram, platforms })
    }
}

/// Binds a port of this machine; 0 takes a free one.
pub async fn bind(port: u16, option: &str) -> Result<Port, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        format!("port {port} cannot be used ({error}); choose another with {option} N, or {option} 0 for a free one")
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok(Port { listener, url })
}

/// A port for an engine, and the URL of the door before it, on the port that was asked for. Its own URL, where the stack
/// is an open one.
pub async fn behind_a_door(
    up: &Up,
    permissions: &Permissions,
    service: Service,
    port: u16,
    option: &str,
) -> Result<(TcpListener, String), Failure> {
    let door = bind(port, option).await?;
    if up.is_open {
        return Ok((door.listener, door.url));
    }
    let engine = bind(0, option).await?;
    permissions::before(permissions, service, &engine.url, door.listener)?;
    Ok((engine.listener, door.url))
}

async fn start_sqs(
    up: &Up,
    permissions: &Permissions,
    clock: &StackClock,
    data: Option<&Path>,
) -> Result<(String, Option<sqs::Handle>), Failure> {
    if let Some(endpoint) = &up.sqs_endpoint {
        return Ok((endpoint.clone(), None));
    }
    let (listener, url) = behind_a_door(up, permissions, Service::Sqs, up.sqs_port, "--sqs-port").await?;
    let data = data.map(|folder| folder.join("sqs"));
    let options = sqs::Options { data, clock: clock.of_stand_ins(), ..sqs::Options::default() };
    let queues = sqs::Handle::open(options).map_err(|error| {
        format!("the queues in the data folder cannot be used: {error}; is another stack running on it?")
    })?;
    let serving = queues.clone();
    tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
    Ok((url, Some(queues)))
}

/// It sends to the queues past every network that can break: in AWS that way is the service's own.
async fn start_scheduler(
    up: &Up,
    sqs: &str,
    permissions: &Permissions,
    clock: &StackClock,
    data: Option<&Path>,
) -> Result<(String, scheduler::Handle), Failure> {
    let (listener, url) = behind_a_door(up, permissions, Service::Scheduler, 0, "--port").await?;
    let data = data.map(|folder| folder.join("schedules.json"));
    let options = scheduler::Options { data, clock: clock.of_stand_ins(), ..scheduler::Options::of(sqs) };
    let schedules = scheduler::Handle::open(options).map_err(|error| {
        format!("the schedules in the data folder cannot be used: {error}; start once with --fresh")
    })?;
    let serving = schedules.clone();
    tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
    Ok((url, schedules))
}

/// Has what a deployment's owner puts there.
async fn start_parameters(
    up: &Up,
    permissions: &Permissions,
    secrets: &BTreeMap<String, String>,
) -> Result<String, Failure> {
    let (listener, url) = behind_a_door(up, permissions, Service::Parameters, 0, "--port").await?;
    let (path, (secrets, _)) = (resources::secrets_path(&up.name), data::apart(secrets));
    let named = secrets.into_iter().map(|(name, value)| (format!("{path}/{name}"), value));
    let parameters = ssm::Handle::with(named).map_err(|refusal| refusal.message)?;
    tokio::spawn(async move { parameters.serve(listener, std::future::pending()).await });
    Ok(url)
}

/// Always ours: a bot whose vectors are elsewhere is tried without an account.
async fn start_vectors(up: &Up, permissions: &Permissions, data: Option<&Path>) -> Result<String, Failure> {
    let (listener, url) = behind_a_door(up, permissions, Service::S3Vectors, 0, "--port").await?;
    let data = data.map(|folder| folder.join(VECTORS_FILE));
    let options = s3vectors::Options { data, buckets: vec![resources::VECTOR_BUCKET.to_owned()] };
    let vectors = s3vectors::Handle::open(&options).map_err(|error| {
        format!("the vectors in the data folder cannot be used: {error}; start once with --fresh")
    })?;
    tokio::spawn(async move { vectors.serve(listener, std::future::pending()).await });
    Ok(url)
}

/// The environment's mail server, or one that keeps everything in the data folder.
async fn start_smtp(up: &Up, data: Option<&Path>) -> Result<(String, Option<smtp::Handle>), Failure> {
    if let Some(url) = up.given("SMTP_URL") {
        return Ok((url, None));
    }
    let port = bind(0, "--port").await?;
    let post = match data {
        Some(folder) => smtp::Handle::keeping(folder.join("outbox"))?,
        None => smtp::Handle::default(),
    };
    let serving = post.clone();
    tokio::spawn(async move { serving.serve(port.listener, std::future::pending()).await });
    Ok((port.url.replace("http://", "smtp://"), Some(post)))
}

async fn start_dynamodb(up: &Up, permissions: &Permissions, data: Option<&Path>) -> Result<String, Failure> {
    if let Some(endpoint) = &up.dynamodb_endpoint {
        return Ok(endpoint.clone());
    }
    let door = behind_a_door(up, permissions, Service::DynamoDb, up.dynamodb_port, "--dynamodb-port");
    let (listener, url) = door.await?;
    let database = match data {
        None => dynoxide::Database::memory(),
        Some(folder) => dynoxide::Database::new(&folder.join("dynamodb.sqlite").to_string_lossy()),
    };
    let database =
        database.map_err(|error| format!("the table in the data folder cannot be used: {error}"))?;
    let swept = database.clone();
    tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()));
    // The engine has no sweep of its own, and its clock is the machine's. DynamoDB's takes hours, so expiry is compared,
    // never trusted; and a sweep reads the whole table, which nobody shall wait for every minute.
    tokio::spawn(async move {
        loop {
            let database = swept.clone();
            let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
    });
    Ok(url)
}

/// The environment's Telegram server, or the stand-in with its webhook set to this stack.
async fn start_telegram(
    up: &Up,
    clock: &StackClock,
    front: &str,
    secrets: &BTreeMap<String, String>,
) -> Result<(String, Option<telegram::Handle>), Failure> {
    if let Some(base) = up.given("TELEGRAM_API_BASE") {
        return Ok((base, None));
    }
    let secret = |name: &str| first(secrets.get(name).map(String::as_str).unwrap_or_default()).to_owned();
    let port = bind(0, "--port").await?;
    let webhook = telegram::Webhook {
        url: format!("{front}/webhook/telegram"),
        secret_token: Some(secret("TELEGRAM_SECRET_TOKEN")),
    };
    let token = secret("TELEGRAM_BOT_TOKEN");
    let telegram = telegram::Handle::new(telegram::Options {
        token,
        webhook: Some(webhook),
        clock: clock.of_stand_ins(),
        ..telegram::Options::default()
    })?;
    let serving = telegram.clone();
    tokio::spawn(async move { serving.serve(port.listener, std::future::pending()).await });
    Ok((port.url, Some(telegram)))
}

/// The current one of a comma-separated pair of secrets.
fn first(secrets: &str) -> &str {
    secrets.split(',').next().unwrap_or_default()
}
