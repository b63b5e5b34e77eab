//! The product's own JSON API. Its proof is a session token that only the server issues.

mod outcome;
mod parse;
mod render;
mod session;
mod wire;

use domain::http::{HttpError, HttpResponse};
use domain::split::Unit;

use crate::credentials::{Credentials, Use, Variable};
use crate::event::Event;
use crate::proof::{Inbound, Unproven, Verified};
use crate::registry::{Decoder, Encoder};
use crate::sending::{Call, Parcel, Sent, Way};

pub use parse::{CLOCK_SKEW_MS, ChatRequest, RequestError, made_at};
pub use session::Session;

/// What it needs from its owner.
pub(crate) const VARIABLES: &[Variable] = &[Variable { name: SECRET, is: Use::Proof }];

/// What signs sessions: at least 32 characters; the current one and, after a comma, the previous.
pub const SECRET: &str = "WEB_SESSION_SECRET";

/// Ours: a page shows any length; the item of an answer has to stay well under DynamoDB's 400 KB.
const TEXT_CHARS_MAX: usize = 20_000;

/// The codec.
pub struct Web;

impl Decoder for Web {
    fn verify<'r>(&self, inbound: Inbound<'r>, credentials: &Credentials) -> Result<Verified<'r>, Unproven> {
        let secrets = credentials.proofs(SECRET)?;
        let token = session::token_of(inbound).ok_or(Unproven::Missing)?;
        let session = Session::prove(&token, secrets).ok_or(Unproven::Wrong)?;
        Ok(inbound.proven_for(session.id()))
    }

    fn parse(&self, verified: &Verified<'_>) -> Vec<Event> {
        parse::event(verified).into_iter().collect()
    }
}

impl Encoder for Web {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_CHARS_MAX, Unit::CodePoints)
    }

    fn render(&self, _: &Parcel<'_>, _: Way, _: &Credentials) -> Result<Option<Call>, Sent> {
        Ok(render::message())
    }

    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent {
        outcome::of(answer)
    }
}
