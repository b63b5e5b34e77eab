//! LINE Messaging API. Facts: developers.line.biz (reference and guides), line/line-openapi.

mod outcome;
mod parse;
mod render;
mod wire;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Media;
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;

use crate::credentials::{Credentials, Use, Variable};
use crate::event::Event;
use crate::media::{Fetched, NoMedia};
use crate::proof::{Inbound, Unproven, Verified, is_signed};
use crate::registry::{Decoder, Encoder, MissingVariable, Registration};
use crate::sending::{AtWork, Call, Parcel, Sent, Way};

/// What it needs from its owner: the channel's secret and a channel access token, both of the LINE Developers Console.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable { name: SECRET, is: Use::Proof },
    Variable { name: TOKEN, is: Use::Token },
    Variable { name: BASE, is: Use::Base("https://api.line.me") },
    Variable { name: DATA_BASE, is: Use::Base("https://api-data.line.me") },
];
const SECRET: &str = "LINE_CHANNEL_SECRET";
const TOKEN: &str = "LINE_CHANNEL_ACCESS_TOKEN";
const BASE: &str = "LINE_API_BASE";
const DATA_BASE: &str = "LINE_DATA_API_BASE";

/// Base64 of HMAC-SHA256 over the body, keyed with the channel secret as text (guide "Verify webhook signature").
const SIGNATURE_HEADER: &str = "x-line-signature";

/// Reference, "Text message": at most 5000 characters, counted in UTF-16 code units.
const TEXT_UTF16_MAX: usize = 5_000;

/// Reference, "Send reply message" and "Send push message": 1 to 5 message objects.
const MESSAGES_PER_CALL_MAX: usize = 5;

/// The loading animation stays for as long as it was asked for, or until the next message: asked for again before.
const LOADING_MS: u64 = 55_000;

/// The codec.
pub struct Line;

impl Decoder for Line {
    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven> {
        let secrets = credentials.proofs(SECRET)?;
        let given = inbound.needed(SIGNATURE_HEADER)?;
        let given = STANDARD.decode(given).map_err(|_| Unproven::Wrong)?;
        if is_signed(&given, &[inbound.body], secrets) { Ok(inbound.proven()) } else { Err(Unproven::Wrong) }
    }

    fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        parse::events(verified.body())
    }
}

impl Encoder for Line {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_UTF16_MAX, Unit::Utf16)
    }

    fn parts_per_call(&self) -> usize {
        MESSAGES_PER_CALL_MAX
    }

    fn render(&self, parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Result<Option<Call>, Sent> {
        render::messages(parcel, way, credentials).map(Some)
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

    fn sign_every_ms(&self) -> Option<u64> {
        Some(LOADING_MS)
    }

    fn fetch(
        &self,
        media: &Media,
        bytes_max: usize,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NoMedia> {
        render::content(media, bytes_max, credentials)
    }

    fn fetched(
        &self,
        media: &Media,
        bytes_max: usize,
        step: usize,
        answer: &HttpResponse,
        credentials: &Credentials,
    ) -> Result<Fetched, NoMedia> {
        let again = render::content(media, bytes_max, credentials);
        outcome::fetched(step, answer, again)
    }
}
