//! The chat platforms, met as a bot and its users meet them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]
mod discord;
mod line;
mod messenger;
mod slack;
mod whatsapp;
mod world;
