//! What each command can be told.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::load::Scenario;

/// What `knowledge` can do.
#[derive(Subcommand)]
pub enum Knowledge {
    /// Cut the documents of BOT/knowledge into passages and embed what is new. Searches see the old index until it is done.
    Build {
        /// The bot's folder.
        bot: PathBuf,
        /// Write the index there instead of BOT/knowledge.index.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Show what a question finds.
    Search {
        /// The bot's folder.
        bot: PathBuf,
        /// What a user might ask.
        question: String,
        /// Ask this index instead of BOT/knowledge.index.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
}

/// What `up` can be told.
#[derive(Args, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Up {
    /// The bot's folder.
    #[arg(long, default_value = "bots/assistant")]
    pub bot: PathBuf,
    /// Port of the page, the webhooks and the API. 0: a free one.
    #[arg(long, default_value_t = 9000)]
    pub port: u16,
    /// Port of the SQS stand-in. 0: a free one.
    #[arg(long, default_value_t = 9324)]
    pub sqs_port: u16,
    /// Port of the embedded DynamoDB. 0: a free one.
    #[arg(long, default_value_t = 8000)]
    pub dynamodb_port: u16,
    /// Where state is kept.
    #[arg(long, default_value = "target/turnwise-data", conflicts_with = "memory")]
    pub data: PathBuf,
    /// Keep nothing.
    #[arg(long)]
    pub memory: bool,
    /// Forget what an earlier run kept.
    #[arg(long)]
    pub fresh: bool,
    /// Parallel model calls (L): processor sandboxes and event source concurrency.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub model_concurrency: u16,
    /// Use this SQS instead of the stand-in.
    #[arg(long, value_name = "URL")]
    pub sqs_endpoint: Option<String>,
    /// Use this DynamoDB instead of the embedded one.
    #[arg(long, value_name = "URL")]
    pub dynamodb_endpoint: Option<String>,
    /// Names the table and the queues, where several stacks share an endpoint.
    #[arg(long, default_value = "turnwise")]
    pub name: String,
    /// Any limit or timing, as `answer_timeout_ms=2000`. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// Report sandboxes on standard output, one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Let the ways between the parts be broken, by `POST /local/weather`.
    #[arg(long)]
    pub breakable: bool,
    /// What the functions say.
    #[arg(skip)]
    pub logs: Logs,
    /// Whom the stack asks.
    #[arg(skip)]
    pub outside: Outside,
}

impl Up {
    /// A stack that goes when it is not needed any more: in memory, on free ports, and nobody reads its logs.
    pub fn passing(bot: &Path, name: &str, settings: Vec<String>, model_concurrency: u16) -> Up {
        Up {
            bot: bot.to_owned(),
            port: 0,
            sqs_port: 0,
            dynamodb_port: 0,
            data: PathBuf::new(),
            memory: true,
            fresh: false,
            model_concurrency,
            sqs_endpoint: None,
            dynamodb_endpoint: None,
            name: name.to_owned(),
            settings,
            json: false,
            breakable: false,
            logs: Logs::Hidden,
            outside: Outside::Asked,
        }
    }

    /// Whether permissions are held to: an engine that was named takes any credentials, or has rules of its own.
    pub fn has_doors(&self) -> bool {
        self.sqs_endpoint.is_none() && self.dynamodb_endpoint.is_none()
    }

    /// A variable of the environment that says where something outside is, or opens it.
    pub fn given(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty() && self.outside == Outside::Asked)
    }
}

/// Where the functions' logs go.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Logs {
    /// To standard error.
    #[default]
    Shown,
    /// Nowhere, unless `RUST_LOG` asks for them.
    Hidden,
}

/// Models, platforms and mail servers that the environment has keys or addresses of.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Outside {
    /// They are asked.
    #[default]
    Asked,
    /// The stand-ins are, whatever the environment has.
    LeftAlone,
}

/// What `new` can be told.
#[derive(Args)]
pub struct New {
    /// The bot's name: lower-case letters, digits, dashes.
    pub name: String,
    /// Begin with a copy of this bot, as `property-search`.
    #[arg(long, value_name = "EXAMPLE", default_value = "starter")]
    pub from: String,
    /// The folder that is made, instead of bots/NAME.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// What `test` can be told.
#[derive(Args)]
pub struct Test {
    /// The bots' folders.
    #[arg(required = true, value_name = "BOT")]
    pub bots: Vec<PathBuf>,
    /// Tell the stories on this channel instead of the one they name, as `line`; `all`: on every channel.
    #[arg(long, value_name = "CHANNEL")]
    pub on: Option<String>,
    /// Only the story of this name, or of this file.
    #[arg(long, value_name = "NAME")]
    pub story: Option<String>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `register` can be told.
#[derive(Args)]
pub struct Register {
    /// The platform, as `telegram`.
    pub channel: String,
    /// Where the bot is reached: `https://HOST`, without a path.
    pub host: String,
}

/// What `schedules` can be told.
#[derive(Args)]
pub struct Schedules {
    /// The bot's folder.
    #[arg(long, default_value = "bots/assistant")]
    pub bot: PathBuf,
    /// The stack's output `ScheduleGroup`.
    #[arg(long, value_name = "NAME", env = "SCHEDULE_GROUP")]
    pub group: String,
    /// The stack's output `NoticesQueueArn`.
    #[arg(long, value_name = "ARN", env = "NOTICES_QUEUE_ARN")]
    pub queue: String,
    /// The stack's output `SchedulerRoleArn`.
    #[arg(long, value_name = "ARN", env = "SCHEDULER_ROLE_ARN")]
    pub role: String,
}

/// Which table is meant.
#[derive(Args)]
pub struct TablePlace {
    /// The table: with AWS credentials a real one. Without it: that of the local stack that runs.
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// The DynamoDB that has it, one that takes any credentials.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Port of the local stack.
    #[arg(long, default_value_t = 9000)]
    pub port: u16,
}

impl TablePlace {
    /// Whether it is that of the local stack.
    pub fn is_local(&self) -> bool {
        self.table.is_none() && self.endpoint.is_none()
    }
}

/// What `audit` can be told.
#[derive(Args)]
pub struct Audit {
    /// Where it is.
    #[command(flatten)]
    pub place: TablePlace,
    /// Minutes that a message may wait.
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    pub open_after: u64,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `trace` can be told.
#[derive(Args)]
pub struct Trace {
    /// The request id of a message, or its `status_url`; or a conversation: CHANNEL:CHAT, as `telegram:42`, or its key.
    pub what: String,
    /// The topic or thread inside the chat, where the platform has them.
    #[arg(long)]
    pub thread: Option<String>,
    /// Of a conversation: how many messages.
    #[arg(long, default_value_t = 10)]
    pub lines: usize,
    /// Show what was said, too.
    #[arg(long)]
    pub text: bool,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where it is.
    #[command(flatten)]
    pub place: TablePlace,
    /// With --table and CHANNEL:CHAT: the folder of the bot that talks there.
    #[arg(long, default_value = "bots/assistant")]
    pub bot: PathBuf,
}

/// What `redrive` can be told.
#[derive(Args)]
pub struct Redrive {
    /// The message that is put back: of a dead letter, or any that ended `failed` or `lost`.
    #[arg(value_name = "REQUEST_ID", conflicts_with = "all")]
    pub letter: Option<String>,
    /// Put back everything that died in the days of --since.
    #[arg(long)]
    pub all: bool,
    /// Look so many days back.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub since: u32,
    /// Also where the conversation has moved on since.
    #[arg(long)]
    pub force: bool,
    /// Only say what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Where it is.
    #[command(flatten)]
    pub place: TablePlace,
    /// With --table: the stack's output `NoticesQueueUrl`.
    #[arg(long, value_name = "URL", env = "NOTICES_QUEUE_URL")]
    pub notices: Option<String>,
}

/// What `doctor` can be told.
#[derive(Args)]
pub struct Doctor {
    /// A deployment: its stack's name, as in samconfig.toml. Needs AWS credentials. Without it: the local stack.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["table", "endpoint"])]
    pub stack: Option<String>,
    /// A table alone, or the local stack's port.
    #[command(flatten)]
    pub place: TablePlace,
    /// The bot's folder.
    #[arg(long, default_value = "bots/assistant")]
    pub bot: PathBuf,
    /// Where the deployment is reached, when not where its stack says.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Where its secrets stand in Parameter Store, instead of /turnwise/BOT-ENVIRONMENT/.
    #[arg(long, value_name = "PATH")]
    pub secrets: Option<String>,
    /// Ask the model one short question. It costs a few tokens.
    #[arg(long)]
    pub ask_model: bool,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `cost` can be told.
#[derive(Args)]
pub struct Cost {
    /// Messages of users a month.
    #[arg(long, default_value_t = 1_000_000)]
    pub messages: u64,
    /// Messages that are answered together, on average: 1 with the strategy `queue`.
    #[arg(long, default_value_t = 1.0)]
    pub per_turn: f64,
    /// Milliseconds that the model takes for an answer.
    #[arg(long, default_value_t = 2_500)]
    pub model_ms: u64,
    /// How many times the average the busiest hour is: from it comes how many turns are worked on at a time.
    #[arg(long, default_value_t = 10.0)]
    pub burst: f64,
    /// Megabytes of the processor.
    #[arg(long, default_value_t = 256)]
    pub memory: u64,
    /// Milliseconds of a quiet window before a turn (`debounce_ms`).
    #[arg(long, default_value_t = 0)]
    pub window_ms: u64,
    /// The region, as us-east-1.
    #[arg(long, default_value = "us-east-1")]
    pub region: String,
    /// Tokens that a turn's prompt has, and its answer.
    #[arg(long, value_name = "IN,OUT", value_delimiter = ',', default_value = "1200,200")]
    pub tokens: Vec<u64>,
    /// Dollars for a million tokens of a prompt, and of an answer.
    #[arg(long, value_name = "IN,OUT", value_delimiter = ',', default_value = "0.25,2.00")]
    pub token_prices: Vec<f64>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// A conversation of the local stack, or of a deployment.
#[derive(Args)]
pub struct Conversation {
    /// CHANNEL:CHAT, as `telegram:42`; or its key; or the request id of any of its messages.
    #[arg(value_name = "CONVERSATION")]
    pub name: String,
    /// The topic or thread inside the chat, where the platform has them.
    #[arg(long)]
    pub thread: Option<String>,
    /// The deployment, as its output `BaseUrl`. Without it: the local stack.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// With --url and CHANNEL:CHAT: the folder of the bot that talks there.
    #[arg(long, default_value = "bots/assistant")]
    pub bot: PathBuf,
    /// Port of the local stack.
    #[arg(long, default_value_t = 9000)]
    pub port: u16,
}

/// Which lines of a conversation.
#[derive(Args)]
pub struct Lines {
    /// How many lines.
    #[arg(long = "lines", default_value_t = 20)]
    pub most: usize,
    /// Only what the user, the bot or a person has said.
    #[arg(long, value_name = "SENDER", value_parser = ["user", "bot", "person"])]
    pub from: Option<String>,
    /// The newest first.
    #[arg(long)]
    pub newest_first: bool,
}

impl Lines {
    /// As the owner's route is asked for them.
    pub fn query(&self) -> String {
        let from = self.from.as_ref().map(|from| format!("&from={from}")).unwrap_or_default();
        let order = if self.newest_first { "&order=newest" } else { "" };
        format!("lines={}{from}{order}", self.most)
    }
}

/// A user of a table.
#[derive(Args)]
pub struct Whose {
    /// CHANNEL:CHAT, as `telegram:42`; or the request id of a message; or the conversation's key.
    pub user: String,
    /// The topic or thread inside the chat, where the platform has them.
    #[arg(long)]
    pub thread: Option<String>,
    /// Where it is.
    #[command(flatten)]
    pub place: TablePlace,
    /// With --table and CHANNEL:CHAT: the folder of the bot that talks there.
    #[arg(long, default_value = "bots/assistant")]
    pub bot: PathBuf,
    /// With --table: the stack's output `ScheduleGroup`, to delete the alarms of reminders.
    #[arg(long, value_name = "NAME", env = "SCHEDULE_GROUP")]
    pub group: Option<String>,
}

/// What `forget` can be told.
#[derive(Args)]
pub struct Forget {
    #[command(flatten)]
    pub whose: Whose,
    /// Ask nothing.
    #[arg(long)]
    pub yes: bool,
}

/// What `chaos` can be told.
#[derive(Args)]
pub struct Chaos {
    /// For so many minutes, draining not included.
    #[arg(long, default_value_t = 2.0)]
    pub minutes: f64,
    /// How many users write.
    #[arg(long, default_value_t = 40)]
    pub users: u32,
    /// Break nothing: the same crowd in one long run, and what the processes hold in memory.
    #[arg(long)]
    pub calm: bool,
    /// What is drawn by chance is drawn from this; an even one also means the strategy `burst`, an odd one `queue`.
    /// Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `overlaps` can be told.
#[derive(Args)]
pub struct Overlaps {
    /// Follow-ups aimed at the end of a turn, for each latency of the table.
    #[arg(long, default_value_t = 400)]
    pub pairs: u32,
    /// Users of a crowd. Each writes twelve messages.
    #[arg(long, default_value_t = 50)]
    pub users: u32,
    /// What is drawn by chance is drawn from this. Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `ladder` can be told.
#[derive(Args)]
pub struct Ladder {
    /// The steps: so many users write at once, and the model takes 2 to 3 s, drawn for each message.
    #[arg(long, value_name = "N,N,..", value_delimiter = ',', default_value = "5,10,20,50")]
    pub steps: Vec<u32>,
    /// How often each step is taken.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// The crowds: so many users write at once, once, and the model takes the same for all.
    #[arg(long, value_name = "N,N,..", value_delimiter = ',', default_value = "50,100,500")]
    pub users: Vec<u32>,
    /// Milliseconds that the model takes for one of a crowd.
    #[arg(long, default_value_t = 2_500)]
    pub call_ms: u64,
    /// Model calls at a time (L).
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub cap: u16,
    /// What is drawn by chance is drawn from this. Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What `load` can be told. What is not said is the scenario's.
#[derive(Args)]
pub struct Load {
    /// Which crowd.
    #[arg(value_enum, default_value = "hundred")]
    pub scenario: Scenario,
    /// How many users write.
    #[arg(long)]
    pub users: Option<u32>,
    /// Messages a second, of all users together.
    #[arg(long, value_name = "PER_SECOND")]
    pub rate: Option<f64>,
    /// For so many seconds.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Before that, seconds in which the rate grows to its height.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    pub ramp: f64,
    /// Model calls at a time (L).
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub cap: Option<u16>,
    /// Milliseconds that the model takes.
    #[arg(long)]
    pub call_ms: Option<u64>,
    /// Kill a processor at its work every so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub kill_every: Option<f64>,
    /// Any limit or timing, as `up` takes them. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// What is drawn by chance is drawn from this. Without it: another one each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Draw the latencies, second by second, into this SVG file.
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}
