//! `up`: the whole system in one process and its sandboxes.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Failure, Up};
use crate::control::{self, Control, Facts};
use crate::engines::{Engines, bind};
use crate::functions::{Environment, functions, mappings};
use crate::lambda::{self, Lambda, SandboxView};
use crate::settings::StackSettings;
use crate::{data, gateway, page, resources};

/// How long the ready line waits for the functions. They are started on demand anyway.
const WARM_UP_MAX: Duration = Duration::from_millis(1_500);

/// Runs the stack until it is told to stop.
pub fn run(up: Up) -> Result<(), Failure> {
    log();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(start(up))
}

async fn start(up: Up) -> Result<(), Failure> {
    let bot = startup::read_bot(&up.bot)?;
    let settings = StackSettings::read(&up.settings, bot.limits.clone())?;
    let data = data::open(&up)?;
    let secrets = data::secrets(data.as_deref())?;
    let front = bind(up.port, "--port").await?;
    let runtime_api = bind(0, "--port").await?;
    let engines = Engines::start(&up, &settings, data.as_deref(), &secrets, &front.url, &bot.model).await?;

    let (dynamodb, sqs) = resources::clients(&engines.dynamodb_url, &engines.sqs_url).await;
    resources::table(&dynamodb, &up.name).await?;
    let queues = resources::queues(&sqs, &up.name, &settings).await?;

    let environment =
        Environment { up: &up, settings: &settings, secrets: &secrets, queues: &queues, engines: &engines };
    let json = up.json;
    let watcher = move |view: &SandboxView| {
        if json {
            let SandboxView { function, pid, state } = view;
            say(&json!({ "event": "sandbox", "function": function, "pid": pid, "state": state }));
        }
    };
    let lambda = Lambda::new(runtime_api.url, functions(&environment)?, watcher);
    tokio::spawn(serve(runtime_api.listener, lambda::router(lambda.clone())));
    for mapping in mappings(&up, &queues) {
        mapping.start(&sqs, &lambda);
    }
    let endpoints = endpoints(&front.url, &engines);
    let facts = Facts {
        bot: bot.name,
        table: up.name.clone(),
        model: engines.model.name,
        endpoints: endpoints.clone(),
        secrets: made_up(secrets),
    };
    let (queues, telegram) = (engines.queues, engines.telegram);
    let control = Control { lambda: lambda.clone(), queues, telegram, facts: Arc::new(facts) };
    tokio::spawn(serve(front.listener, site(control, &lambda)));

    for function in ["webhook", "api", "processor", "notify"] {
        lambda.warm(function);
    }
    lambda.wait_until_warm(WARM_UP_MAX).await;
    say(&format_args!("ready {}", front.url));
    if json {
        say(&json!({ "event": "ready", "url": front.url, "endpoints": endpoints }));
    }
    stopped().await?;
    lambda.shut_down();
    Ok(())
}

/// The secrets that are this stack's own: those of the environment are nobody else's to see.
fn made_up(mut secrets: BTreeMap<String, String>) -> BTreeMap<String, String> {
    secrets.retain(|name, _| std::env::var(name).unwrap_or_default().is_empty());
    secrets
}

fn endpoints(front: &str, engines: &Engines) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("page", front.to_owned()),
        ("webhook", format!("{front}/webhook")),
        ("chat", format!("{front}/api/chat")),
        ("sqs", engines.sqs_url.clone()),
        ("dynamodb", engines.dynamodb_url.clone()),
        ("telegram", engines.telegram_url.clone()),
        ("model", engines.model.base_url.clone()),
    ])
}

/// The page, the controls, and behind them the functions.
fn site(control: Control, lambda: &Lambda) -> Router {
    let functions = Router::new().fallback(gateway::handle).with_state(lambda.clone());
    Router::new()
        .route("/", get(page::index))
        .route("/page.js", get(page::script))
        .route("/page.css", get(page::style))
        .merge(control::router(control))
        .fallback_service(functions)
}

/// Warnings of the stack itself, on standard error: standard output belongs to the ready line. The table's engine
/// warns of every failed condition, which here is everyday life.
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,dynoxide=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// A line on standard output. That nobody reads it any more is no reason to stop.
fn say(line: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "a listener ended");
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
