//! Amazon S3 Vectors by its wire, through the AWS SDK, against the stand-in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod owner;
mod turns;
mod world;
