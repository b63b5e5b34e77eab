//! Sending: what became of it, and what each platform needs to know for it.

use domain::Address;

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The platform took it.
    Accepted,
    /// It did not: try again, not before that many milliseconds if it said so.
    NotTaken {
        /// The platform's own wish.
        retry_after_ms: Option<u64>,
    },
    /// It never will.
    Refused(Fate),
    /// It may have: never repeat.
    Unknown,
}

/// Why a platform never takes a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The user blocked the bot, left, or is gone.
    Unreachable,
    /// Our credentials are not accepted.
    Unauthorized,
    /// The request is wrong.
    Invalid,
}

/// What the platforms need for sending. A platform without its credentials cannot be sent to.
#[derive(Clone, Default)]
pub struct Senders {
    /// Telegram.
    pub telegram: Option<TelegramSender>,
}

/// Telegram's base URL and token.
#[derive(Clone)]
pub struct TelegramSender {
    /// `https://api.telegram.org`, or another server that speaks the Bot API.
    pub api_base: String,
    /// The bot's token. It stands in the URL: never log one.
    pub token: String,
    /// Milliseconds to wait for an answer.
    pub timeout_ms: u64,
}

/// A part on its way.
#[derive(Debug, Clone, Copy)]
pub struct Part<'p> {
    /// To whom.
    pub to: &'p Address,
    /// What.
    pub text: &'p str,
}
