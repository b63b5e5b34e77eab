//! Telegram as the bot and its users see it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]
mod delivery;
mod methods;
mod world;
