//! The contract with each provider's API, against our own stand-ins. `tests/providers/run` holds the same clients to a
//! server that nobody here wrote.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod anthropic;
#[cfg(feature = "bedrock")]
mod bedrock;
mod canned;
mod gemini;
mod names;
mod openai;
mod world;
