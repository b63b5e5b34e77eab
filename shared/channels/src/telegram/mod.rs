//! Telegram Bot API 10.1. Facts: core.telegram.org/bots/api and the server's source, tdlib/telegram-bot-api.

mod outcome;
mod parse;
mod render;
mod wire;

use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;
use domain::{Handles, Media};

use crate::credentials::{Credentials, Use, Variable};
use crate::event::Event;
use crate::media::{Fetched, NoMedia};
use crate::proof::{Inbound, Unproven, Verified, matches_any};
use crate::registry::{Decoder, Encoder, MissingVariable, Registration};
use crate::sending::{AtWork, Call, Parcel, Sent, Way};

/// What it needs from its owner: the secret given to `setWebhook`, the token from @BotFather.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable { name: SECRET, is: Use::Proof },
    Variable { name: TOKEN, is: Use::Token },
    Variable { name: BASE, is: Use::Base("https://api.telegram.org") },
];
const SECRET: &str = "TELEGRAM_SECRET_TOKEN";
const TOKEN: &str = "TELEGRAM_BOT_TOKEN";
const BASE: &str = "TELEGRAM_API_BASE";

/// The secret set with `setWebhook`, sent back with every update. The body itself is not signed.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// `sendMessage`: 1 to 4096 characters after entity parsing, counted in UTF-16 code units.
const TEXT_UTF16_MAX: usize = 4_096;

/// `sendChatAction`: "The status is set for 5 seconds or less".
const TYPING_MS: u64 = 4_000;

/// The codec.
pub struct Telegram;

impl Decoder for Telegram {
    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven> {
        let secrets = credentials.proofs(SECRET)?;
        let given = inbound.needed(SECRET_HEADER)?;
        if matches_any(given.as_bytes(), secrets) { Ok(inbound.proven()) } else { Err(Unproven::Wrong) }
    }

    fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        parse::events(verified.body())
    }
}

impl Encoder for Telegram {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_UTF16_MAX, Unit::Utf16)
    }

    fn render(&self, parcel: &Parcel<'_>, _: Way, credentials: &Credentials) -> Result<Option<Call>, Sent> {
        render::message(parcel, credentials).map(Some)
    }

    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent {
        outcome::of(answer)
    }

    fn registration(
        &self,
        url: &str,
        credentials: &Credentials,
    ) -> Result<Vec<Registration>, MissingVariable> {
        render::registration(url, credentials)
    }

    fn signs(&self, at_work: &AtWork<'_>, credentials: &Credentials) -> Vec<HttpRequest> {
        render::signs(at_work, credentials)
    }

    fn dismiss(&self, handles: &Handles, credentials: &Credentials) -> Option<HttpRequest> {
        render::dismissal(handles, credentials)
    }

    fn sign_every_ms(&self) -> Option<u64> {
        Some(TYPING_MS)
    }

    fn fetch(&self, media: &Media, _: usize, credentials: &Credentials) -> Result<HttpRequest, NoMedia> {
        render::file(media, credentials)
    }

    fn fetched(
        &self,
        _: &Media,
        bytes_max: usize,
        step: usize,
        answer: &HttpResponse,
        credentials: &Credentials,
    ) -> Result<Fetched, NoMedia> {
        outcome::fetched(bytes_max, step, answer, credentials)
    }
}
