//! Telegram: the Bot API server on one side, the people who chat with the bot on the other.
//!
//! `chats` is what the platform knows, `updates` words what it tells the bot, `methods` is what the bot can
//! ask of it, `delivery` brings updates to the webhook and does not give up easily, `faults` breaks calls on
//! demand. Texts are kept as sent: a `parse_mode` is neither checked nor applied.
mod chats;
mod delivery;
mod faults;
mod methods;
mod platform;
mod server;
mod updates;

pub use chats::{Author, Line};
pub use faults::Fault;
pub use platform::{Call, Webhook};
pub use server::{Delivered, Handle, Options, Say, UnknownId, serve};
