//! The bot folder: `bot.toml`, prompts and wording, read and checked. What is wrong is said with file and line.

mod error;
mod file;
mod folder;
mod knowing;
mod reading;
mod schedules;
mod sections;
mod spanned;
mod words;

pub use error::BotError;
pub use folder::{Bot, Email, Files};
pub use knowing::{Classify, Knowledge};
pub use reading::read_toml;
pub use schedules::{Schedule, ScheduledWords};
pub use spanned::Spanned;
