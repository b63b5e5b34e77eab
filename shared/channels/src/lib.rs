//! Chat platforms as codecs: verify, parse, render, outcome. A codec computes; it never waits and never sends.
//!
//! Every platform folder holds the same files: `mod` (its limits with their sources, and the proof it asks
//! for), `wire` (the payloads as the platform writes them), `parse`, `render`, `outcome`. Facts about the
//! platforms carry their source beside them.

mod event;
mod proof;
mod registry;
mod sending;

pub mod telegram;
pub mod web;

pub use event::{Event, EventKind, Media, Scope};
pub use proof::{Inbound, Unproven, Verified, matches_any};
pub use registry::{Codec, codec};
pub use sending::{Fate, Part, Senders, Sent, TelegramSender};
