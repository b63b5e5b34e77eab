//! The product's own JSON API. Its proof is a session token that only the server issues.

mod outcome;
mod parse;
mod render;
mod session;
mod wire;

use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::split::Unit;

use crate::event::Event;
use crate::proof::{Inbound, Unproven, Verified};
use crate::registry::Codec;
use crate::sending::{Part, Senders, Sent};

pub use parse::{CLOCK_SKEW_MS, ChatRequest, RequestError};
pub use session::Session;

/// Ours: a page shows any length; the item of an answer has to stay well under DynamoDB's 400 KB.
const TEXT_CHARS_MAX: usize = 20_000;

/// The codec.
pub struct Web;

impl Codec for Web {
    fn text_max(&self) -> (usize, Unit) {
        (TEXT_CHARS_MAX, Unit::CodePoints)
    }

    fn verify<'r>(&self, inbound: Inbound<'r>, secrets: &[String]) -> Result<Verified<'r>, Unproven> {
        if secrets.is_empty() {
            return Err(Unproven::NotConfigured);
        }
        let token = session::token_of(inbound).ok_or(Unproven::Missing)?;
        let session = Session::prove(&token, secrets).ok_or(Unproven::Wrong)?;
        Ok(inbound.proven_for(session.id()))
    }

    fn parse(&self, verified: Verified<'_>) -> Vec<Event> {
        parse::event(&verified).into_iter().collect()
    }

    fn render(&self, _: Part<'_>, _: &Senders) -> Result<Option<HttpRequest>, Sent> {
        Ok(render::message())
    }

    fn outcome(&self, answer: &Result<HttpResponse, HttpError>) -> Sent {
        outcome::of(answer)
    }
}
