//! What the commands of an owner can be told, for the local stack and for a deployment.

use std::path::PathBuf;

use clap::Args;

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
