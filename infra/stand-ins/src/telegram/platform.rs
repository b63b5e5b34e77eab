//! All that the platform keeps, and the calls it has seen.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::chats::Chats;
use super::faults::Fault;
use super::updates;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) struct Platform {
    pub(super) bot: Value,
    pub(super) chats: Chats,
    pub(super) faults: Vec<Fault>,
    pub(super) journal: Vec<Call>,
    /// Every update so far, for sending it again.
    pub(super) updates: BTreeMap<i64, Value>,
    /// Button presses that wait for an answer, with their times.
    pub(super) queries: BTreeMap<String, u64>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// The last delivery that failed: when, and how.
    pub(super) delivery_error: Option<(u64, String)>,
}

/// Where updates go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub url: String,
    pub secret_token: Option<String>,
}

/// A method call of the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    pub method: String,
    pub chat_id: Option<i64>,
    pub at_ms: u64,
    /// Absent when the connection was dropped.
    pub status: Option<u16>,
    pub parameters: Value,
}

impl Platform {
    pub(super) fn new(token: &str, files: BTreeMap<String, Vec<u8>>, now_ms: u64) -> Self {
        Self {
            bot: updates::bot(token),
            chats: Chats::new(now_ms),
            faults: Vec::new(),
            journal: Vec::new(),
            updates: BTreeMap::new(),
            queries: BTreeMap::new(),
            files,
            delivery_error: None,
        }
    }
}
