//! WhatsApp Cloud API, Graph API v26.0. Facts: developers.facebook.com, business-messaging/whatsapp.

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

/// What it needs from its owner: the app's secret and the word agreed on for the handshake; a system user's token and
/// the id (not the number itself) of the telephone number that answers.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable { name: SECRET, is: Use::Proof },
    Variable { name: VERIFY_TOKEN, is: Use::Proof },
    Variable { name: TOKEN, is: Use::Token },
    Variable { name: NUMBER, is: Use::Id },
    Variable { name: BASE, is: Use::Base("https://graph.facebook.com/v26.0") },
];
const SECRET: &str = "WHATSAPP_APP_SECRET";
const VERIFY_TOKEN: &str = "WHATSAPP_VERIFY_TOKEN";
const TOKEN: &str = "WHATSAPP_ACCESS_TOKEN";
const NUMBER: &str = "WHATSAPP_PHONE_NUMBER_ID";
const BASE: &str = "WHATSAPP_API_BASE";

/// Messages reference, "Text": at most 4096 characters. What a character is, is not said: UTF-16 code units are never
/// fewer than what any other reading but bytes counts.
const TEXT_UTF16_MAX: usize = 4_096;

/// "Typing indicators": dismissed by the answer, or after 25 seconds.
const TYPING_MS: u64 = 20_000;

/// The codec.
pub struct Whatsapp;

impl Decoder for Whatsapp {
    fn greet(&self, inbound: Inbound<'_>, credentials: &Credentials) -> Option<Acknowledgement> {
        meta::greet(inbound, credentials.all(VERIFY_TOKEN))
    }

    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven> {
        meta::verify(inbound, credentials.proofs(SECRET)?)
    }

    fn account(&self) -> Option<&'static str> {
        Some(NUMBER)
    }

    fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        parse::events(verified.body())
    }
}

impl Encoder for Whatsapp {
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
