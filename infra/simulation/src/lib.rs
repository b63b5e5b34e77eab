//! The world in one process, for tests: the table is the embedded DynamoDB engine, evaluating the very
//! expressions that are deployed; the queues are the rules of the SQS stand-in; the clock stands still until
//! somebody waits; every request is counted.

pub mod explore;

mod queues;
mod table;
mod world;

pub use table::{Engine, item_bytes, json_of};
pub use world::{Counted, Simulation};
