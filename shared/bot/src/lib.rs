//! The bot folder: `bot.toml`, prompts and wording, read and checked. What is wrong is said with file and line.

mod error;
mod file;
mod folder;
mod knowing;
mod schedules;
mod sections;
mod words;

pub use error::BotError;
pub use folder::{Bot, Email, Files};
pub use knowing::{Classify, Engine, Knowledge};
pub use schedules::{Schedule, ScheduledWords};
