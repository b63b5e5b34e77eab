//! The command line.

mod options;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::owner::Deed;
use crate::{
    audit, chaos, check, cost, doctor, export, forget, knowledge, ladder, load, new, overlaps, owner,
    redrive, register, sandbox, schedules, schema, stories, trace, up,
};

pub use options::{
    Audit, Chaos, Conversation, Cost, Doctor, Forget, Knowledge, Ladder, Lines, Load, Logs, New, Outside,
    Overlaps, Redrive, Register, Schedules, TablePlace, Test, Trace, Up, Whose,
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
    /// Look over a deployment or the local stack, check by check, and say what to do. Its exit code says whether anything is wrong.
    Doctor(Doctor),
    /// What a month costs on AWS, from counted requests and measured milliseconds (docs/cost.md).
    Cost(Cost),
    /// Check that every message in a table has one outcome or still waits. Its exit code says whether it is so.
    Audit(Audit),
    /// Tell what became of a message, and what comes next; or of the newest messages of a conversation.
    Trace(Trace),
    /// List the messages that died, or put them back: asked once more, once. Without a name: lists.
    Redrive(Redrive),
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
        #[command(flatten)]
        lines: Lines,
    },
    /// Erase everything that is stored of a user, in this conversation. It cannot be undone, and asks first. Broken off, it is
    /// run again; --group deletes the alarms of reminders too.
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
    /// Let messages arrive at a fixed rate, and measure: how long until each is acknowledged, and until it is answered. Its
    /// exit code says whether anything was lost or doubled, or a delivery failed.
    Load(Load),
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
            Some(Command::Doctor(options)) => doctor::run(&options),
            Some(Command::Cost(options)) => cost::run(&options),
            Some(Command::Audit(options)) => audit::run(&options),
            Some(Command::Trace(options)) => trace::run(&options),
            Some(Command::Redrive(options)) => redrive::run(&options),
            Some(Command::Forget(options)) => forget::run(&options),
            Some(Command::Export(whose)) => export::run(&whose),
            Some(Command::Takeover { of, person }) => owner::run(&of, &Deed::TakeOver(&person)),
            Some(Command::Say { of, text }) => owner::run(&of, &Deed::Say(&text)),
            Some(Command::Release { of }) => owner::run(&of, &Deed::Release),
            Some(Command::Show { of, lines }) => owner::run(&of, &Deed::Show(&lines)),
            Some(Command::Chaos(options)) => chaos::run(&options),
            Some(Command::Overlaps(options)) => overlaps::run(&options),
            Some(Command::Ladder(options)) => ladder::run(&options),
            Some(Command::Load(options)) => load::run(&options),
            Some(Command::Knowledge(command)) => knowledge::run(&command),
            Some(Command::Sandbox { function }) => sandbox::run(&function),
        }
    }
}
