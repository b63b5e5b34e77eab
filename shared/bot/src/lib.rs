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

pub use condition::{Comparison, Condition};
pub use error::BotError;
pub use folder::{Bot, Email, Files, Setting};
pub use knowing::{Classify, Knowledge};
pub use menus::{Does, Item, MAIN, Menu};
pub use modes::{Mode, SwitchModes};
pub use reading::read_toml;
pub use schedules::{Schedule, ScheduledWords};
pub use spanned::Spanned;
pub use tools::{DataSearch, ServerCall, Tool, ToolWork, placeholders};
