//! Telegram as the bot and its users see it.
mod delivery;
mod methods;
mod world;
