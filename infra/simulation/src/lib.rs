//! The world in one process, for tests: the table evaluates the very expressions that are deployed, by the embedded
//! DynamoDB engine or, in an exploration, by an evaluator that answers as it does; the queues are the rules of the SQS stand-in; the clock stands still until
//! somebody waits; every request is counted.

pub mod explore;

mod queues;
mod table;
mod world;

pub use table::{Engine, item_bytes, json_of};
pub use world::{Counted, Simulation};
