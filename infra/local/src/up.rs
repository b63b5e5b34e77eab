//! `up`: the whole system in one process and its sandboxes.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use stand_ins::{model, sqs, telegram};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Failure, Up};
use crate::control::{self, Control, Facts};
use crate::lambda::{self, Function, Lambda, SandboxView};
use crate::mapping::Mapping;
use crate::resources::{self, Queues};
use crate::settings::StackSettings;
use crate::{data, gateway, page};

/// Most api and webhook sandboxes: a waiting `POST /api/chat` holds one, as on Lambda.
const HTTP_CONCURRENCY: usize = 32;

/// Runs the stack until it is told to stop.
pub fn run(up: Up) -> Result<(), Failure> {
    startup::log();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(start(up))
}

/// A listener of the stack and its URL.
struct Port {
    listener: TcpListener,
    url: String,
}

async fn start(up: Up) -> Result<(), Failure> {
    let bot = startup::read_bot(&up.bot)?;
    let settings = StackSettings::read(&up.settings, bot.limits.clone())?;
    let data = data::open(&up)?;
    let secrets = data::secrets(data.as_deref())?;
    let front = bind(up.port, "--port").await?;
    let inner = bind(0, "--port").await?;

    let (sqs_url, queues_handle) = start_sqs(&up, data.as_deref()).await?;
    let dynamodb_url = start_dynamodb(&up, data.as_deref()).await?;
    let model = start_model(&settings).await?;
    let (telegram_url, telegram) = start_telegram(&front.url, &secrets).await?;

    let (dynamodb, sqs) = resources::clients(&dynamodb_url, &sqs_url).await;
    resources::table(&dynamodb, &up.name).await?;
    let queues = resources::queues(&sqs, &up.name, &settings).await?;

    let environment = Environment {
        up: &up,
        settings: &settings,
        secrets: &secrets,
        queues: &queues,
        dynamodb_url: &dynamodb_url,
        sqs_url: &sqs_url,
        telegram_url: &telegram_url,
        model: &model,
    };
    let json = up.json;
    let lambda = Lambda::new(inner.url.clone(), functions(&environment)?, move |view| report(json, view));
    tokio::spawn(serve(inner.listener, lambda::router(lambda.clone())));
    for mapping in mappings(&up, &queues) {
        mapping.start(&sqs, &lambda);
    }

    let endpoints = BTreeMap::from([
        ("page", front.url.clone()),
        ("webhook", format!("{}/webhook", front.url)),
        ("chat", format!("{}/api/chat", front.url)),
        ("sqs", sqs_url),
        ("dynamodb", dynamodb_url),
        ("telegram", telegram_url),
        ("model", model.base_url.clone()),
    ]);
    let facts = Arc::new(Facts { bot: bot.name, model: model.name.clone(), endpoints, secrets });
    let facts_for_control = Arc::clone(&facts);
    let control =
        Control { lambda: lambda.clone(), queues: queues_handle, telegram, facts: facts_for_control };
    let functions = Router::new().fallback(gateway::handle).with_state(lambda.clone());
    let site = Router::new()
        .route("/", get(page::index))
        .route("/page.js", get(page::script))
        .route("/page.css", get(page::style))
        .merge(control::router(control))
        .fallback_service(functions);
    tokio::spawn(serve(front.listener, site));

    println!("ready {}", front.url);
    if json {
        println!(
            "{}",
            serde_json::json!({ "event": "ready", "url": front.url, "endpoints": facts.endpoints })
        );
    }
    for function in ["webhook", "api", "processor", "notify"] {
        lambda.warm(function);
    }
    stopped().await?;
    lambda.shut_down();
    Ok(())
}

/// Binds a port of this machine; 0 takes a free one.
async fn bind(port: u16, option: &str) -> Result<Port, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        format!("port {port} cannot be used ({error}); choose another with {option} N, or {option} 0 for a free one")
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok(Port { listener, url })
}

async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "a listener ended");
    }
}

async fn start_sqs(up: &Up, data: Option<&Path>) -> Result<(String, Option<sqs::Handle>), Failure> {
    if let Some(endpoint) = &up.sqs_endpoint {
        return Ok((endpoint.clone(), None));
    }
    let port = bind(up.sqs_port, "--sqs-port").await?;
    let options = sqs::Options { data: data.map(|folder| folder.join("sqs")), ..sqs::Options::default() };
    let queues = sqs::Handle::open(options).map_err(|error| {
        format!("the queues in the data folder cannot be used: {error}; is another stack running on it?")
    })?;
    let serving = queues.clone();
    tokio::spawn(async move { serving.serve(port.listener, std::future::pending()).await });
    Ok((port.url, Some(queues)))
}

async fn start_dynamodb(up: &Up, data: Option<&Path>) -> Result<String, Failure> {
    if let Some(endpoint) = &up.dynamodb_endpoint {
        return Ok(endpoint.clone());
    }
    let port = bind(up.dynamodb_port, "--dynamodb-port").await?;
    let database = match data {
        None => dynoxide::Database::memory(),
        Some(folder) => dynoxide::Database::new(&folder.join("dynamodb.sqlite").to_string_lossy()),
    };
    let database =
        database.map_err(|error| format!("the table in the data folder cannot be used: {error}"))?;
    let swept = database.clone();
    tokio::spawn(dynoxide::server::serve_with_shutdown(port.listener, database, std::future::pending()));
    // The engine has no sweep of its own; DynamoDB's takes hours, so expiry is compared, never trusted.
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            let database = swept.clone();
            let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
        }
    });
    Ok(port.url)
}

/// Who answers.
struct ModelPlace {
    name: String,
    base_url: String,
    api_key: String,
}

/// The environment's model, or the scripted one when there is neither key nor base URL.
async fn start_model(settings: &StackSettings) -> Result<ModelPlace, Failure> {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (base_url, api_key) = (given("OPENAI_BASE_URL"), given("OPENAI_API_KEY"));
    if base_url.is_some() || api_key.is_some() {
        let base_url = base_url.unwrap_or_else(|| "https://api.openai.com/v1".to_owned());
        let name = given("MODEL").unwrap_or_else(|| "the bot's model".to_owned());
        return Ok(ModelPlace { name, base_url, api_key: api_key.unwrap_or_default() });
    }
    let port = bind(0, "--port").await?;
    let options = model::Options { delay_ms: settings.model_delay_ms, ..model::Options::default() };
    tokio::spawn(model::serve(port.listener, options, std::future::pending()));
    let name = "scripted model (no key or base URL in the environment)".to_owned();
    Ok(ModelPlace { name, base_url: format!("{}/v1", port.url), api_key: "scripted".to_owned() })
}

/// The environment's Telegram server, or the stand-in with its webhook set to this stack.
async fn start_telegram(
    front: &str,
    secrets: &BTreeMap<String, String>,
) -> Result<(String, Option<telegram::Handle>), Failure> {
    if let Some(base) = std::env::var("TELEGRAM_API_BASE").ok().filter(|base| !base.is_empty()) {
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

/// What the functions' environments are made of.
struct Environment<'e> {
    up: &'e Up,
    settings: &'e StackSettings,
    secrets: &'e BTreeMap<String, String>,
    queues: &'e Queues,
    dynamodb_url: &'e str,
    sqs_url: &'e str,
    telegram_url: &'e str,
    model: &'e ModelPlace,
}

impl Environment<'_> {
    fn variables(&self) -> Result<BTreeMap<String, String>, Failure> {
        let given = |name: &str| std::env::var(name).unwrap_or_default();
        let mut variables: BTreeMap<String, String> = [
            ("STAGE", "local"),
            ("TABLE_NAME", &self.up.name),
            ("DOORBELL_QUEUE_URL", &self.queues.doorbells.url),
            ("NOTICES_QUEUE_URL", &self.queues.notices.url),
            ("DEAD_LETTER_QUEUE_URL", &self.queues.dead_letters.url),
            ("BOT_DIR", &std::path::absolute(&self.up.bot)?.to_string_lossy()),
            ("TURNWISE_SET", &self.settings.limits),
            ("TELEGRAM_API_BASE", self.telegram_url),
            ("OPENAI_BASE_URL", &self.model.base_url),
            ("OPENAI_API_KEY", &self.model.api_key),
            ("MODEL", &given("MODEL")),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb_url),
            ("AWS_ENDPOINT_URL_SQS", self.sqs_url),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("RUST_LOG", &std::env::var("RUST_LOG").unwrap_or_else(|_| "info,genai=error".to_owned())),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        variables.extend(self.secrets.clone());
        Ok(variables)
    }
}

fn functions(environment: &Environment<'_>) -> Result<Vec<Function>, Failure> {
    let variables = environment.variables()?;
    let settings = environment.settings;
    let function = |name, concurrency, timeout_s| Function {
        name,
        concurrency,
        timeout: Duration::from_secs(timeout_s),
        environment: variables.clone(),
    };
    let model_concurrency = usize::from(environment.up.model_concurrency);
    Ok(vec![
        function("webhook", HTTP_CONCURRENCY, settings.webhook_timeout_s),
        function("api", HTTP_CONCURRENCY, 29),
        function("processor", model_concurrency, settings.processor_timeout_s),
        function("notify", 2, 30),
        function("dead-letter", 2, settings.processor_timeout_s),
    ])
}

fn mappings(up: &Up, queues: &Queues) -> [Mapping; 3] {
    let mapping = |queue: &resources::Queue, function, concurrency| Mapping {
        queue_url: queue.url.clone(),
        queue_arn: queue.arn.clone(),
        function,
        concurrency,
    };
    [
        mapping(&queues.doorbells, "processor", usize::from(up.model_concurrency)),
        mapping(&queues.notices, "notify", 2),
        mapping(&queues.dead_letters, "dead-letter", 2),
    ]
}

/// One line per change of a sandbox, for scripts.
fn report(json: bool, view: &SandboxView) {
    if json {
        let SandboxView { function, pid, state } = view;
        println!(
            "{}",
            serde_json::json!({ "event": "sandbox", "function": function, "pid": pid, "state": state })
        );
    }
}

/// Returns when the process is asked to stop.
async fn stopped() -> Result<(), Failure> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
