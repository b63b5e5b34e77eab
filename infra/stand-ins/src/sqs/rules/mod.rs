//! What SQS promises, as a state machine: every action is a method that takes the time.
//!
//! Nothing here reads a clock, draws a random number or waits. A long poll is the caller's affair: when
//! [`Queues::receive`] gives nothing, [`Queues::next_change`] says when it may give something without any
//! further action.
//!
//! Sources: the SQS API reference and developer guide, and answers recorded from AWS (the `aws.validated`
//! tests of LocalStack's SQS service).
mod attributes;
mod batch;
mod change;
mod dead_letters;
mod error;
mod message;
mod queue;
mod receipts;
mod receive;
mod registry;
mod send;

pub use batch::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, BatchAnswer, Entry, Failed};
pub use change::{Change, Saved, SavedQueue};
pub use dead_letters::MoveTask;
pub use error::SqsError;
pub use message::{Attempt, AttributeValue, Content, Delivery, Hold, Message, Remembered, Value};
pub use queue::Counts;
pub use receive::{Receive, Received};
pub use registry::{Listing, Queues};
pub use send::{NewMessage, Sent, sequence_number};

/// Milliseconds since the Unix epoch.
pub type Millis = u64;

/// A duplicate is dropped for 5 minutes from the first send, and a receive may be retried for as long.
/// SQS developer guide, "Using the message deduplication ID" and "Using the receive request attempt ID".
pub const DEDUPLICATION_WINDOW_MS: Millis = 300_000;

const fn seconds(seconds: u32) -> Millis {
    seconds as Millis * 1000
}
