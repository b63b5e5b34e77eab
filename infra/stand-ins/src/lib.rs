//! Stand-ins for what Turnwise talks to: SQS, EventBridge Scheduler, Parameter Store, S3 Vectors, a mail server, a model, chat platforms, and the network in between. They import no production crate:
//! a stand-in that shared our parser would share its bugs.
#![forbid(unsafe_code)]

pub mod chat;
pub mod discord;
pub mod line;
pub mod messenger;
pub mod model;
pub mod network;
pub mod s3vectors;
pub mod scheduler;
pub mod slack;
pub mod smtp;
pub mod sqs;
pub mod ssm;
pub mod telegram;
pub mod whatsapp;

mod clock;
mod connection;
mod json;
mod listening;
mod meta;

pub use clock::{Clock, system_clock};
