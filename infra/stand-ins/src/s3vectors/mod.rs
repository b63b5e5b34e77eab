//! Amazon S3 Vectors: vectors with metadata and the exact search among them, over the wire protocol of the AWS SDKs.
//!
//! [`rules`] is the engine without I/O, `filter` what a query may ask of metadata, `wire` speaks REST-JSON, `server` keeps
//! what was written and breaks on demand. AWS searches approximately; this compares with every vector.
pub mod rules;

mod filter;
mod server;
mod vectors;
mod wire;

pub use server::{Faults, Handle, Options};
