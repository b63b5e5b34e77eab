//! The world in one process, for tests: the table evaluates the very expressions that are deployed, by the embedded
//! DynamoDB engine or, in an exploration, by an evaluator that answers as it does; the queues are the rules of the SQS stand-in; the clock stands still until
//! somebody waits; every request is counted.

pub mod explore;

mod queues;
mod table;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use skills::{SkillError, Skills};

pub use table::{Engine, item_bytes, item_of, json_of};
pub use world::{Counted, Simulation};

/// What a bot's folder adds to its turns; its tools search no files.
///
/// # Errors
/// Its prompts or tools are wrong.
pub fn skills(bot: &bot::Bot) -> Result<Arc<Skills>, SkillError> {
    Skills::of(bot, &BTreeMap::new(), &BTreeMap::new()).map(Arc::new)
}

/// What proves Telegram's updates and web sessions, and what answers need.
pub fn credentials(secret: &str) -> channels::Credentials {
    let read = |name: &str| match name {
        "TELEGRAM_SECRET_TOKEN" | "WEB_SESSION_SECRET" => vec![secret.to_owned()],
        "TELEGRAM_BOT_TOKEN" => vec!["1:t".to_owned()],
        _ => Vec::new(),
    };
    channels::Credentials::read(|_| true, read, 1_000)
}
