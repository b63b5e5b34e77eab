//! What each command can be told: here of those that run and make bots.

mod owner;
mod trials;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

pub use owner::{
    Audit, Conversation, Cost, Doctor, Forget, Lines, Redrive, Register, Schedules, TablePlace, Trace, Whose,
};
pub use trials::{Chaos, Ladder, Load, Overlaps};

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
    /// Functions may ask for anything: what permissions cost is not measured.
    #[arg(skip)]
    pub is_open: bool,
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
            is_open: false,
        }
    }

    /// Whether permissions are held to: an engine that was named takes any credentials, or has rules of its own.
    pub fn has_doors(&self) -> bool {
        !self.is_open && self.sqs_endpoint.is_none() && self.dynamodb_endpoint.is_none()
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
