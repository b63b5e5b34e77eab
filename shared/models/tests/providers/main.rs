//! The contract with each provider's API, against our own stand-ins. `tests/providers/run` holds the same clients to a
//! server that nobody here wrote.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod openai;
