//! What a turn does beside saying something: after its gate, and before it says what became of it.
//!
//! An errand stands in the answer, so that a takeover knows of it. Meanwhile the part of the answer that tells of it says
//! what is true until then.

use crate::key::{MessageKey, Token};
use crate::time::Millis;

/// One errand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// The message that asks for it: once that is stopped, it is not run.
    pub asked_by: MessageKey,
    /// Which part of the answer tells of it.
    pub part: usize,
    /// What it is.
    pub task: Task,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// An alarm for a reminder. Setting it twice is setting it once.
    Alarm {
        /// The reminder's name.
        name: String,
        /// When it is due.
        at: Millis,
    },
    /// A mail: sent once, or perhaps not at all, but never twice.
    Mail {
        /// To whom.
        to: String,
        /// What of the bot's material; the conversation when absent.
        material: Option<String>,
        /// How far it has come.
        sending: Sending,
    },
}

/// How far a mail has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sending {
    /// It has not been tried.
    Planned,
    /// An attempt may have sent it: whoever finds this sends it no more.
    Tried(Token),
    /// The answer says what became of it.
    Over,
}
