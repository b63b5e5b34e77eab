//! The bot folder: `bot.toml`, prompts and wording, read and checked. What is wrong is said with file and line.

mod error;
mod file;
mod folder;
mod knowing;
mod words;

pub use error::BotError;
pub use folder::{Bot, Files};
pub use knowing::{Classify, Knowledge};
