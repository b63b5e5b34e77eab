//! Messenger Platform, Graph API v26.0. Facts: developers.facebook.com, business-messaging/messenger-platform.

mod outcome;
mod parse;
mod render;
mod wire;

use domain::Media;
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;

use crate::credentials::{Credentials, Use, Variable};
use crate::event::Event;
use crate::media::{Fetched, NoMedia};
use crate::meta;
use crate::proof::{Inbound, Unproven, Verified};
use crate::registry::{Acknowledgement, Decoder, Encoder};
use crate::sending::{AtWork, Call, Parcel, Sent, Way};

/// What it needs from its owner: the app's secret, the word agreed on for the handshake, and the token of the page that
/// answers.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable { name: SECRET, is: Use::Proof },
    Variable { name: VERIFY_TOKEN, is: Use::Proof },
    Variable { name: TOKEN, is: Use::Token },
    Variable { name: BASE, is: Use::Base("https://graph.facebook.com/v26.0") },
];
const SECRET: &str = "MESSENGER_APP_SECRET";
const VERIFY_TOKEN: &str = "MESSENGER_VERIFY_TOKEN";
const TOKEN: &str = "MESSENGER_PAGE_ACCESS_TOKEN";
const BASE: &str = "MESSENGER_API_BASE";

/// Send API reference: a text of at most 2000 characters. What a character is, is not said: UTF-16 code units are never
/// fewer than what any other reading but bytes counts.
const TEXT_UTF16_MAX: usize = 2_000;

/// Typing is shown until the next message, and fades after 20 seconds, as far as is known: no page says so.
const TYPING_MS: u64 = 15_000;

/// The codec.
pub struct Messenger;

impl Decoder for Messenger {
    fn greet(&self, inbound: Inbound<'_>, credentials: &Credentials) -> Option<Acknowledgement> {
        meta::greet(inbound, credentials.all(VERIFY_TOKEN))
    }

    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven> {
        meta::verify(inbound, credentials.proofs(SECRET)?)
    }

    fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        parse::events(verified.body())
    }
}

impl Encoder for Messenger {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_UTF16_MAX, Unit::Utf16)
    }

    fn render(&self, parcel: &Parcel<'_>, _: Way, credentials: &Credentials) -> Result<Option<Call>, Sent> {
        render::message(parcel, credentials).map(Some)
    }

    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent {
        outcome::of(answer)
    }

    fn signs(&self, at_work: &AtWork<'_>, credentials: &Credentials) -> Vec<HttpRequest> {
        render::signs(at_work, credentials)
    }

    fn sign_every_ms(&self) -> Option<u64> {
        Some(TYPING_MS)
    }

    fn fetch(
        &self,
        media: &Media,
        bytes_max: usize,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NoMedia> {
        render::file(media, bytes_max, credentials)
    }

    fn fetched(
        &self,
        _: &Media,
        _: usize,
        _: usize,
        answer: &HttpResponse,
        _: &Credentials,
    ) -> Result<Fetched, NoMedia> {
        outcome::fetched(answer)
    }
}
