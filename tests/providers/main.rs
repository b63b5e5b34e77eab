//! The model's clients against a server that nobody here wrote: `tests/providers/run` starts it and names it in
//! `AIMOCK_URL`. Where it is not the real thing, docs/models.md says so.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod server;
mod sounds_and_vectors;
