//! Amazon EventBridge Scheduler: schedules that send a message to an SQS queue, over the wire protocol of the AWS SDKs.
//!
//! [`expression`] reads `cron`, `rate` and `at` in a time zone, [`rules`] is the engine without clock or I/O, `wire`
//! speaks REST-JSON, `server` looks at the clock and delivers. It rings on the second; AWS within the minute.
pub mod expression;
pub mod rules;

mod server;
mod wire;

pub use server::{Handle, Options};
