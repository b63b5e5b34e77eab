//! Slack: Events API, interactivity and slash commands in, Web API and response URLs out. Facts: docs.slack.dev, its
//! SDKs, and payloads captured by vercel/chat.
//!
//! In a channel, a thread is the conversation: a mention that stands in none opens one, and the answer goes there. Else
//! what is said next in that thread, and the buttons shown in it, would belong to another conversation than the mention.

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
use crate::proof::{Inbound, Unproven, Verified, is_signed};
use crate::registry::{Acknowledgement, Decoder, Encoder};
use crate::sending::{AtWork, Call, Parcel, Sent, Way};

/// What it needs from its owner: the app's signing secret, the bot token of its installation.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable { name: SECRET, is: Use::Proof },
    Variable { name: TOKEN, is: Use::Token },
    Variable { name: BASE, is: Use::Base("https://slack.com/api") },
    Variable { name: HOOKS_BASE, is: Use::Base("https://hooks.slack.com") },
];
const SECRET: &str = "SLACK_SIGNING_SECRET";
const TOKEN: &str = "SLACK_BOT_TOKEN";
const BASE: &str = "SLACK_API_BASE";
const HOOKS_BASE: &str = "SLACK_HOOKS_BASE";

/// `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<body>` in hex.
const SIGNATURE_HEADER: &str = "x-slack-signature";

/// Unix seconds.
const TIMESTAMP_HEADER: &str = "x-slack-request-timestamp";

/// `chat.postMessage`, "Truncating content": 4,000 characters of `text` are advised, more than 40,000 are cut. How
/// Slack counts is not said.
const TEXT_CHARS_MAX: usize = 4_000;

/// `assistant.threads.setStatus`: without an answer the status is gone after two minutes.
const STATUS_MS: u64 = 110_000;

/// The codec.
pub struct Slack;

impl Decoder for Slack {
    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven> {
        let secrets = credentials.proofs(SECRET)?;
        let given = inbound.needed(SIGNATURE_HEADER)?;
        let sent_at = inbound.needed(TIMESTAMP_HEADER)?;
        if !inbound.is_recent(sent_at) {
            return Err(Unproven::Wrong);
        }
        let mac = given.strip_prefix("v0=").and_then(|hex| hex::decode(hex).ok()).ok_or(Unproven::Wrong)?;
        let parts = [b"v0:", sent_at.as_bytes(), b":", inbound.body];
        if is_signed(&mac, &parts, secrets) { Ok(inbound.proven()) } else { Err(Unproven::Wrong) }
    }

    fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        parse::events(verified)
    }

    fn acknowledge(&self, verified: &Verified<'_>) -> Acknowledgement {
        parse::challenge(verified.body())
            .map_or_else(Acknowledgement::default, |challenge| Acknowledgement::text(&challenge))
    }
}

impl Encoder for Slack {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_CHARS_MAX, Unit::CodePoints)
    }

    fn render(&self, parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Result<Option<Call>, Sent> {
        render::message(parcel, way, credentials).map(Some)
    }

    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent {
        outcome::of(answer)
    }

    fn signs(&self, at_work: &AtWork<'_>, credentials: &Credentials) -> Vec<HttpRequest> {
        render::status(at_work, credentials).into_iter().collect()
    }

    fn sign_every_ms(&self) -> Option<u64> {
        Some(STATUS_MS)
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
