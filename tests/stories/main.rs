//! Stories through the front door: a signed webhook in, a platform call out, real processes in between.
//!
//! Each story starts a whole local stack of its own. With `TURNWISE_SQS_ENDPOINT` and
//! `TURNWISE_DYNAMODB_ENDPOINT` set, queues and table are those engines' instead of our own.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story fails by panicking, with the line where it does"
)]

mod canaries;
mod guests;
mod stack;

mod again;
mod alarms;
mod appointments;
mod arrivals;
mod audit;
mod begun;
mod bots;
mod channels;
mod chaos;
mod clock;
mod command_line;
mod conversations;
mod cost;
mod crashes;
mod doctor;
mod entries;
mod figures;
mod groups;
mod knowledge;
mod ladder;
mod limits;
mod load;
mod logs;
mod mails;
mod news;
mod permissions;
mod person;
mod privacy;
mod proof;
mod redrive;
mod restarts;
mod secrets;
mod sharing;
mod taken_up;
mod takeover;
mod told;
mod tools;
mod trace;
mod vectors;
mod web;
