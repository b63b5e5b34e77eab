//! The rules of a conversation, as values: what a message is, what a mailbox decides, what a turn covers.
//!
//! Nothing here waits, reads a clock, draws a random number or knows a platform. Time, identity and
//! chance are arguments; decisions are return values. `docs/architecture.md` walks through them.

pub mod time;

pub mod conversation;
pub mod key;
pub mod message;

pub mod again;
pub mod erasure;
pub mod errand;
pub mod history;
pub mod mailbox;
pub mod metric;
pub mod note;
pub mod outcome;
pub mod person;
pub mod presence;
pub mod quota;
pub mod redrive;
pub mod schedule;
pub mod state;
pub mod trace;
pub mod turn;

pub mod budget;
pub mod circuit;
pub mod class;
pub mod command;
pub mod figures;
pub mod http;
pub mod language;
pub mod limits;
pub mod question;
pub mod split;
pub mod wording;

pub use circuit::{Circuit, Passage};
pub use class::{Class, ClassWords};
pub use conversation::{Address, Channel, ConversationKey};
pub use key::{MessageHash, MessageKey, RequestId, Token, call_key};
pub use limits::{LimitError, Limits};
pub use mailbox::Mailbox;
pub use message::{Handles, Media, MediaKind, Message, MessageKind};
pub use metric::Metric;
pub use note::{Note, NoteDirection};
pub use outcome::Outcome;
pub use question::Question;
pub use quota::Quota;
pub use schedule::{Content, Occurrence, Reminder, Subscriber, Subscription};
pub use state::{State, StatePatch};
pub use time::Millis;
pub use trace::Trace;
