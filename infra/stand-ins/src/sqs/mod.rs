//! SQS, FIFO and standard queues, over the wire protocol of the AWS SDKs.
//!
//! [`rules`] is the engine: a state machine without clock, I/O or async. `store` keeps its changes on disk,
//! `engine` holds the two together, `wire` speaks AWS JSON 1.0, `server` waits for long polls.
pub mod rules;

mod engine;
mod server;
mod snapshot;
mod store;
mod wire;

pub use server::{Handle, Options, serve};
pub use snapshot::{MessageState, MessageView, QueueView, Snapshot};
