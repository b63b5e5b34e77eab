//! Discord: interactions and webhook events in, interaction webhooks and channel messages out. Facts:
//! discord/discord-api-docs, and interactions captured by vercel/chat.
//!
//! Messages of a channel or a direct chat are delivered over a held WebSocket alone (the Gateway): what reaches a webhook
//! are slash commands, buttons and forms.

mod outcome;
mod parse;
mod render;
mod wire;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;
use domain::{Handles, Media};

use crate::credentials::{Credentials, Use, Variable};
use crate::event::Event;
use crate::media::{Fetched, NoMedia};
use crate::proof::{Inbound, Unproven, Verified};
use crate::registry::{Acknowledgement, Decoder, Encoder, MissingVariable, Registration};
use crate::sending::{Call, Parcel, Sent, Way};

/// What it needs from its owner: the application's public key in hex, the bot's token.
pub(crate) const VARIABLES: &[Variable] = &[
    Variable { name: PUBLIC_KEY, is: Use::Proof },
    Variable { name: TOKEN, is: Use::Token },
    Variable { name: BASE, is: Use::Base("https://discord.com/api/v10") },
];
const PUBLIC_KEY: &str = "DISCORD_PUBLIC_KEY";
const TOKEN: &str = "DISCORD_BOT_TOKEN";
const BASE: &str = "DISCORD_API_BASE";

/// The Ed25519 signature of timestamp and body, one behind the other, in hex.
const SIGNATURE_HEADER: &str = "x-signature-ed25519";

/// Unix seconds. No window is documented in which it has to lie.
const TIMESTAMP_HEADER: &str = "x-signature-timestamp";

/// "Create Message", `content`: 2000 characters. How they are counted is not said; no way counts more than UTF-16.
const TEXT_UTF16_MAX: usize = 2_000;

/// An interaction has to be answered within 3 seconds ("Receiving and Responding"); until the deferral has been read, its
/// webhook is unknown.
const DEFERRAL_MS: u64 = 3_000;

/// The codec.
pub struct Discord;

impl Decoder for Discord {
    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven> {
        let keys = credentials.proofs(PUBLIC_KEY)?;
        let given = inbound.needed(SIGNATURE_HEADER)?;
        let sent_at = inbound.needed(TIMESTAMP_HEADER)?;
        if !inbound.is_recent(sent_at) {
            return Err(Unproven::Wrong);
        }
        let signature = hex::decode(given).map_err(|_| Unproven::Wrong)?;
        let signed = [sent_at.as_bytes(), inbound.body].concat();
        let is_right = |key: &String| {
            let key = hex::decode(key).unwrap_or_default();
            UnparsedPublicKey::new(&ED25519, key).verify(&signed, &signature).is_ok()
        };
        if keys.iter().any(is_right) { Ok(inbound.proven()) } else { Err(Unproven::Wrong) }
    }

    fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        parse::events(verified.body())
    }

    fn acknowledge(&self, verified: &Verified<'_>) -> Acknowledgement {
        parse::acknowledgement(verified.body())
    }
}

impl Encoder for Discord {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_UTF16_MAX, Unit::Utf16)
    }

    fn render(&self, parcel: &Parcel<'_>, way: Way, credentials: &Credentials) -> Result<Option<Call>, Sent> {
        render::message(parcel, way, credentials).map(Some)
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

    fn handle_settles_in_ms(&self) -> Option<u64> {
        Some(DEFERRAL_MS)
    }

    fn dismiss(&self, handles: &Handles, credentials: &Credentials) -> Option<HttpRequest> {
        render::dismissal(handles, credentials)
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
