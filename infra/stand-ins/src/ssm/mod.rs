//! AWS Systems Manager Parameter Store, as far as secrets need it: `PutParameter`, `GetParameters` and `DeleteParameter`
//! over the wire protocol of the AWS SDKs.
//!
//! [`rules`] is the engine, `wire` speaks AWS JSON 1.1, `server` counts and breaks.
pub mod rules;

mod server;
mod wire;

pub use server::{Faults, Handle};
