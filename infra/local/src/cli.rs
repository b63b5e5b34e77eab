//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::owner::Deed;
use crate::{
    audit, chaos, check, export, forget, knowledge, ladder, new, overlaps, owner, register, sandbox,
    schedules, schema, stories, up,
};

/// A failure in one sentence that says what to do next.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Chat bots that lose nothing, answer once and keep the order. Without a command: `up`.
#[derive(Parser)]
#[command(name = "turnwise", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: Up,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole system on this machine.
    Up(Up),
    /// Begin a bot: a folder with everything in it that a bot needs.
    New(New),
    /// Check bots' folders: their files, and their stories.
    Check {
        /// The folders with `bot.toml`.
        #[arg(required = true, value_name = "BOT")]
        bots: Vec<PathBuf>,
    },
    /// Tell the stories of bots (BOT/stories/*.toml) to a stack of their own, and say whether they came out as written.
    Test(Test),
    /// Write the JSON Schemas of bot.toml, wording.toml and stories, with which editors complete and explain them.
    Schema {
        /// The folder they are written into.
        #[arg(long, value_name = "DIR", default_value = "docs/schema")]
        dir: PathBuf,
    },
    /// Tell a platform where this bot takes its webhooks, with the secrets of the environment.
    Register(Register),
    /// Make the schedules of a deployed stack what the bot's folder says: after each deployment, and after each change.
    Schedules(Schedules),
    /// Check that every message in a table has one outcome or still waits. Its exit code says whether it is so.
    Audit(Audit),
    /// Answer a conversation in the bot's place, from now on. Needs OWNER_TOKEN for a deployment.
    Takeover {
        #[command(flatten)]
        of: Conversation,
        /// Who answers: a name of at most 20 bytes.
        #[arg(long)]
        person: String,
    },
    /// Say something to the user of a conversation that was taken over.
    Say {
        #[command(flatten)]
        of: Conversation,
        /// What.
        text: String,
    },
    /// Let the bot answer a conversation again.
    Release {
        #[command(flatten)]
        of: Conversation,
    },
    /// Show who answers a conversation, what waits, and what was said last.
    Show {
        #[command(flatten)]
        of: Conversation,
        /// How many lines.
        #[arg(long, default_value_t = 20)]
        lines: usize,
    },
    /// Erase everything that is stored of a user, in this conversation. It cannot be undone.
    Forget(Forget),
    /// Write everything that is stored of a user, in this conversation, to standard output: one JSON document.
    Export(Whose),
    /// Break a stack of its own for a while, then check that nothing was lost. Needs no account.
    Chaos(Chaos),
    /// Measure what becomes of messages that overlap: beside the end of a turn, in a crowd, failing, killed.
    Overlaps(Overlaps),
    /// Let more and more users write at once: how long each waits beside the least that is possible, and that no model
    /// call too many is ever in flight. Its exit code says whether one was, or anything was lost or doubled.
    Ladder(Ladder),
    /// Make the index of a bot's documents, or ask it.
    #[command(subcommand)]
    Knowledge(Knowledge),
    /// Run one function against a Lambda Runtime API.
    #[command(hide = true)]
    Sandbox {
        /// webhook, processor, notify, dead-letter or api.
        function: String,
    },
}

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
            logs: Logs::Hidden,
            outside: Outside::Asked,
        }
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

/// What `audit` can be told.
#[derive(Args)]
pub struct Audit {
    /// The table: with AWS credentials a real one. Without it: that of the local stack that runs.
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// The DynamoDB that has it, one that takes any credentials.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Port of the local stack.
    #[arg(long, default_value_t = 9000)]
    pub port: u16,
    /// Minutes that a message may wait.
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    pub open_after: u64,
    /// Report on standard output as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// A conversation of the local stack, or of a deployment.
#[derive(Args)]
pub struct Conversation {
    /// Its key, or the request id of any of its messages.
    #[arg(value_name = "CONVERSATION")]
    pub name: String,
    /// The deployment, as its output `BaseUrl`. Without it: the local stack.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Port of the local stack.
    #[arg(long, default_value_t = 9000)]
    pub port: u16,
}

/// A user of a table.
#[derive(Args)]
pub struct Whose {
    /// CHANNEL:CHAT, as `telegram:42`; or the request id of a message; or the conversation's key.
    pub user: String,
    /// The topic or thread inside the chat, where the platform has them.
    #[arg(long)]
    pub thread: Option<String>,
    /// The table: with AWS credentials a real one. Without it: that of the local stack that runs.
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// The DynamoDB that has it, one that takes any credentials.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Port of the local stack.
    #[arg(long, default_value_t = 9000)]
    pub port: u16,
    /// With --table: the folder of the bot that talks there.
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

impl Cli {
    /// Does what was asked.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            None => up::run(self.up),
            Some(Command::Up(up)) => up::run(up),
            Some(Command::New(options)) => new::run(&options),
            Some(Command::Check { bots }) => check::run(&bots),
            Some(Command::Test(options)) => stories::run(&options),
            Some(Command::Schema { dir }) => schema::run(&dir),
            Some(Command::Register(options)) => register::run(&options),
            Some(Command::Schedules(options)) => schedules::run(&options),
            Some(Command::Audit(options)) => audit::run(&options),
            Some(Command::Forget(options)) => forget::run(&options),
            Some(Command::Export(whose)) => export::run(&whose),
            Some(Command::Takeover { of, person }) => owner::run(&of, &Deed::TakeOver(&person)),
            Some(Command::Say { of, text }) => owner::run(&of, &Deed::Say(&text)),
            Some(Command::Release { of }) => owner::run(&of, &Deed::Release),
            Some(Command::Show { of, lines }) => owner::run(&of, &Deed::Show(lines)),
            Some(Command::Chaos(options)) => chaos::run(&options),
            Some(Command::Overlaps(options)) => overlaps::run(&options),
            Some(Command::Ladder(options)) => ladder::run(&options),
            Some(Command::Knowledge(command)) => knowledge::run(&command),
            Some(Command::Sandbox { function }) => sandbox::run(&function),
        }
    }
}
