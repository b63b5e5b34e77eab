//! What a bot's folder adds to a turn: its prompts, filled in, and its tools, run.
//!
//! Nothing here waits: a tool that calls a server answers with the request, and reads what came back.

mod answers;
mod fields;
mod prompts;
mod rows;
mod schema;
mod search;
mod server;
mod tools;

use std::collections::BTreeMap;

use bot::Bot;

pub use answers::KeptAnswers;
pub use fields::Fields;
pub use prompts::{Prompts, Situation};
pub use server::result_of;
pub use tools::{Called, Tools};

/// What a bot's folder adds to a turn.
pub struct Skills {
    /// Its prompts.
    pub prompts: Prompts,
    /// Its tools.
    pub tools: Tools,
}

/// Why a bot's folder cannot be used. The owner has to correct it.
#[derive(Debug, thiserror::Error)]
pub enum SkillError {
    /// A prompt is no template, or names something that there is not.
    #[error("{file}:{line}: {what}")]
    Prompt {
        /// Which file, inside the bot's folder.
        file: String,
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A tool cannot be used.
    #[error("bot.toml:{line}: tool `{tool}`: {what}")]
    Tool {
        /// Which.
        tool: String,
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A schema of `[state]` is none.
    #[error("bot.toml: the field `{field}` of `[state]`: {what}")]
    Field {
        /// Which.
        field: String,
        /// What is wrong.
        what: String,
    },
    /// A file of `data/` cannot be used.
    #[error("{file}: {what}")]
    Data {
        /// Which file, inside the bot's folder.
        file: String,
        /// What is wrong.
        what: String,
    },
}

impl Skills {
    /// The skills of a bot. `data`: the files of `data/` by path; `secrets`: what `${NAME}` stands for in headers.
    ///
    /// # Errors
    /// The first thing that is wrong. The owner has to correct it.
    pub fn of(
        bot: &Bot,
        data: &BTreeMap<String, String>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Skills, SkillError> {
        Ok(Skills { prompts: Prompts::of(bot)?, tools: Tools::of(bot, data, secrets)? })
    }
}
