//! Telegram Bot API 10.1. Facts: core.telegram.org/bots/api and the server's source, tdlib/telegram-bot-api.

mod outcome;
mod parse;
mod render;
mod wire;

use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;

use crate::event::Event;
use crate::proof::{Inbound, Unproven, Verified, matches_any};
use crate::registry::Codec;
use crate::sending::{Part, Senders, Sent};

/// The secret set with `setWebhook`, sent back with every update. The body itself is not signed.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// `sendMessage`: 1 to 4096 characters after entity parsing, counted in UTF-16 code units.
const TEXT_UTF16_MAX: usize = 4_096;

/// The codec.
pub struct Telegram;

impl Codec for Telegram {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_UTF16_MAX, Unit::Utf16)
    }

    fn verify<'r>(&self, inbound: Inbound<'r>, secrets: &[String]) -> Result<Verified<'r>, Unproven> {
        if secrets.is_empty() {
            return Err(Unproven::NotConfigured);
        }
        let given = inbound.header(SECRET_HEADER).ok_or(Unproven::Missing)?;
        if matches_any(given.as_bytes(), secrets) { Ok(inbound.proven()) } else { Err(Unproven::Wrong) }
    }

    fn parse(&self, verified: Verified<'_>) -> Vec<Event> {
        parse::events(verified.body())
    }

    fn render(&self, part: Part<'_>, senders: &Senders) -> Result<Option<HttpRequest>, Sent> {
        render::message(part, senders.telegram.as_ref()).map(Some)
    }

    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent {
        outcome::of(answer)
    }
}
