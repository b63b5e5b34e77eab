//! The bot folder: `bot.toml`, prompts and wording, read and checked. What is wrong is said with file and line.

mod error;
mod file;
mod folder;

mod condition;
mod knowing;
mod menus;
mod modes;
mod phrase;
mod reading;
mod schedules;
mod sections;
mod spanned;
mod tools;
mod words;

#[cfg(feature = "schema")]
pub mod schema;

pub use condition::{Comparison, Condition};
pub use error::BotError;
pub use folder::{Bot, Email, Files, Setting};
pub use knowing::{Classify, Engine, Knowledge};
pub use menus::{Does, Item, MAIN, Menu};
pub use modes::{Mode, SwitchModes};
pub use reading::read_toml;
pub use schedules::{Schedule, ScheduledWords};
pub use sections::is_name;
pub use spanned::Spanned;
pub use tools::{DataSearch, ServerCall, Tool, ToolWork, placeholders};
