//! The stack: engines, queues, table, functions and the front door, in one process and its sandboxes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::audit::Table;
use crate::cli::{Failure, Up};
use crate::clock::StackClock;
use crate::cloudwatch::{AlarmView, CloudWatch, Sampler};
use crate::control::{self, Control, Deeds, Facts};
use crate::engines::{Engines, behind_a_door, bind};
use crate::functions::{Environment, functions, mappings};
use crate::knowledge::{SCRIPTED, Trial};
use crate::lambda::{self, Lambda, SandboxView};
use crate::metrics::Totals;
use crate::model::ModelPlace;
use crate::network::Network;
use crate::permissions::{Permissions, Service};
use crate::reload::{BotCopy, Follower};
use crate::settings::StackSettings;
use crate::sockets::Sockets;
use crate::{check, data, deployed, gateway, page, resources, template};

/// A running stack.
pub struct Stack {
    /// `http://127.0.0.1:PORT` of the page, the webhooks and the API.
    pub front: String,
    /// Who answers.
    pub bot: bot::Bot,
    /// Name to URL.
    pub endpoints: BTreeMap<&'static str, String>,
    /// The functions.
    pub lambda: Lambda,
    /// What they talk to.
    pub engines: Engines,
    /// What lies between them, when it can break.
    pub network: Option<Network>,
    /// What each function may do, and did.
    pub permissions: Permissions,
    /// Kept as long as it is read.
    _trial: Option<Trial>,
    /// What keeps to the bot's folder.
    pub follower: Follower,
}

impl Stack {
    /// Starts everything. With a seed, functions and platform reach one another over a network that can break.
    pub async fn start(
        up: &Up,
        network_seed: Option<u64>,
        watcher: impl Fn(&SandboxView) + Send + Sync + 'static,
    ) -> Result<Stack, Failure> {
        let bot = check::read(&up.bot)?;
        let settings = StackSettings::read(&up.settings, bot.limits.clone())?;
        let data = data::open(up)?;
        let secrets = data::secrets(data.as_deref())?;
        let clock = StackClock::open(data.as_deref())?;
        let front = bind(up.port, "--port").await?;
        let runtime_api = bind(0, "--port").await?;
        let permissions = Permissions::new(up.json);
        let (connections, management) =
            behind_a_door(up, &permissions, Service::Connections, 0, "--port").await?;
        let model = ModelPlace::start(up, &settings, &clock, &bot.model).await?;
        let engines =
            Engines::start(up, &permissions, &clock, data.as_deref(), &secrets, &front.url, model).await?;

        let (dynamodb, sqs) = resources::clients(&engines.places.dynamodb, &engines.places.sqs).await;
        resources::table(&dynamodb, &up.name).await?;
        let queues = resources::queues(&sqs, &up.name, &settings).await?;

        let schedules = resources::schedules(&engines.places.scheduler, &up.name, &queues).await?;
        crate::schedules::sync(&schedules, &bot).await?;

        let trial = Box::pin(Trial::of(&bot, &up.bot, data.as_deref(), &engines)).await?;
        let endpoints = endpoints(&front.url, &management, &engines);
        let network = match network_seed {
            Some(seed) => Some(Network::between(&engines, seed).await?),
            None => None,
        };
        let places =
            network.as_ref().map_or_else(|| engines.places.clone(), |network| network.places.clone());
        let copy = BotCopy::of(&up.bot)?;
        let environment = Environment {
            up,
            bot: &copy.link(),
            settings: &settings,
            secrets: &secrets,
            queues: &queues,
            places: &places,
            model: &engines.model,
            index: trial.as_ref().map(|trial| trial.index.as_path()),
            connections: &management,
            vectors: trial.as_ref().and_then(|trial| trial.vectors.as_ref()),
            embedding_model: trial.as_ref().filter(|trial| trial.is_scripted).map(|_| SCRIPTED),
        };
        let deployed = deployed::template(up, &settings, environment.vectors)?;
        permissions.set(&deployed)?;
        let (parameters, minute_ms) = (template::parameters(up, &settings), settings.alarm_minute_ms);
        let cloudwatch = CloudWatch::new(&parameters, &up.name, minute_ms, clock.clone())?;
        let functions = functions(&environment, &deployed)?;
        let lambda = Lambda::new(runtime_api.url, functions, cloudwatch.clone(), clock, watcher);
        lambda.on_metric_line(move |_, line| cloudwatch.read(line));
        tokio::spawn(serve(runtime_api.listener, lambda::router(lambda.clone())));
        let sockets = Sockets::new(lambda.clone());
        tokio::spawn(serve(connections, sockets.management()));
        for mapping in mappings(up, &settings, &queues, &deployed)? {
            mapping.start(&engines.places.sqs, &lambda).await?;
        }
        let (folder, at_work) = (up.bot.clone(), lambda.clone());
        let follower = Follower { folder, copy, bot: bot.clone(), lambda: at_work, schedules };
        let stack = Stack {
            front: front.url,
            bot,
            endpoints,
            lambda,
            engines,
            network,
            permissions,
            _trial: trial,
            follower,
        };
        let facts = Facts {
            bot: stack.bot.name.clone(),
            channel: stack.bot.channel.clone(),
            table: up.name.clone(),
            model: stack.engines.model.name.clone(),
            model_concurrency: up.model_concurrency,
            model_delay_ms: settings.model_delay_ms,
            visibility_timeout_s: settings.visibility_timeout_s,
            endpoints: stack.endpoints.clone(),
            secrets: made_up(secrets),
        };
        let table = Box::pin(Table::at(&stack.engines.places.dynamodb, &up.name)).await;
        stack.open(front.listener, table, facts, &sockets);
        Ok(stack)
    }

    /// Watches the alarms for as long as the stack runs, and says when one begins to be one and when it is over.
    pub fn watch_alarms(&self, told: impl Fn(&AlarmView) + Send + 'static) {
        let (queues, schedules) = (self.engines.queues.clone(), self.engines.schedules.clone());
        let table = self.network.as_ref().map(|network| network.dynamodb.clone());
        let sampler = Sampler::of(self.lambda.clone(), queues, schedules, table);
        tokio::spawn(self.lambda.cloudwatch().clone().watch(sampler, told));
    }

    /// Opens the front door, and starts what stands behind it ahead of the first event.
    fn open(&self, front: TcpListener, table: Table, facts: Facts, sockets: &Sockets) {
        let (queues, telegram) = (self.engines.queues.clone(), self.engines.telegram.clone());
        let totals = Totals::default();
        let counting = totals.clone();
        self.lambda.on_metric_line(move |_, line| counting.take_up(line));
        let platforms = Arc::new(self.engines.platforms.stand_ins.clone());
        let control = Control {
            lambda: self.lambda.clone(),
            queues,
            schedules: self.engines.schedules.clone(),
            table: Arc::new(table),
            model: self.engines.model.scripted.clone(),
            post: self.engines.post.clone(),
            telegram,
            platforms,
            permissions: self.permissions.clone(),
            totals,
            network: self.network.clone(),
            deeds: Deeds::default(),
            facts: Arc::new(facts),
        };
        tokio::spawn(serve(front, site(control, &self.lambda, sockets)));
        self.lambda.warm_all();
    }
}

/// The secrets that are this stack's own: those of the environment are nobody else's to see.
fn made_up(mut secrets: BTreeMap<String, String>) -> BTreeMap<String, String> {
    secrets.retain(|name, _| std::env::var(name).unwrap_or_default().is_empty());
    secrets
}

fn endpoints(front: &str, connections: &str, engines: &Engines) -> BTreeMap<&'static str, String> {
    let mut endpoints = BTreeMap::from([
        ("page", front.to_owned()),
        ("webhook", format!("{front}/webhook")),
        ("chat", format!("{front}/api/chat")),
        ("socket", format!("{}/socket", front.replacen("http", "ws", 1))),
        ("connections", connections.to_owned()),
        ("sqs", engines.places.sqs.clone()),
        ("dynamodb", engines.places.dynamodb.clone()),
        ("scheduler", engines.places.scheduler.clone()),
        ("parameters", engines.places.parameters.clone()),
        ("s3vectors", engines.places.vectors.clone()),
        ("telegram", engines.places.telegram.clone()),
        ("model", engines.places.model.clone()),
    ]);
    endpoints.extend(engines.platforms.urls.clone());
    endpoints
}

/// The page, the controls, and behind them the functions.
fn site(control: Control, lambda: &Lambda, sockets: &Sockets) -> Router {
    let functions = Router::new().fallback(gateway::handle).with_state(lambda.clone());
    Router::new()
        .route("/", get(page::index))
        .route("/page/{name}", get(page::part))
        .route("/widget", get(page::widget_page))
        .route("/widget.js", get(page::widget))
        .route("/widget.css", get(page::widget_style))
        .merge(control::router(control))
        .merge(sockets.front())
        .fallback_service(functions)
}

async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "a listener ended");
    }
}
