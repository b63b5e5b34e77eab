//! What Meta's platforms share: the handshake, the proof, the form of lists and errors, the day for answering.
//! Facts: developers.facebook.com (webhooks "Getting started", Graph API "Handle errors").

mod wire;

use domain::http::{HttpError, HttpResponse};

use self::wire::{Answer, GraphError};
pub(crate) use self::wire::{Webhook, each, text};
use crate::media::NoMedia;
use crate::proof::{Inbound, Unproven, Verified, is_signed, matches_any};
use crate::registry::Acknowledgement;
use crate::sending::{Fate, Parcel, Sent};

/// `sha256=` and the hex digits of HMAC-SHA256 over the body as it was sent, keyed with the app secret as text.
const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// Both platforms: free answers for 24 hours after what the user last said.
const WINDOW_MS: u64 = 86_400_000;

/// The handshake by `GET` when an address is entered: the challenge, for who knows the word agreed on.
pub(crate) fn greet(inbound: Inbound<'_>, verify_tokens: &[String]) -> Option<Acknowledgement> {
    if inbound.method != "GET" {
        return None;
    }
    let value = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(inbound.query.as_bytes());
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    };
    let is_agreed =
        value("hub.verify_token").is_some_and(|token| matches_any(token.as_bytes(), verify_tokens));
    let is_subscribe = value("hub.mode").as_deref() == Some("subscribe");
    let challenge = value("hub.challenge").filter(|_| is_agreed && is_subscribe);
    Some(
        challenge.map_or_else(|| Acknowledgement::status(403), |challenge| Acknowledgement::text(&challenge)),
    )
}

/// Checks the signature. The older header with SHA-1 is not looked at.
pub(crate) fn verify<'r>(inbound: Inbound<'r>, secrets: &[String]) -> Result<Verified<'r>, Unproven> {
    let given = inbound.needed(SIGNATURE_HEADER)?;
    let given = given.strip_prefix("sha256=").and_then(|digits| hex::decode(digits).ok());
    let given = given.ok_or(Unproven::Wrong)?;
    if is_signed(&given, &[inbound.body], secrets) { Ok(inbound.proven()) } else { Err(Unproven::Wrong) }
}

/// `Err`: the user has been silent for too long.
pub(crate) fn in_window(parcel: &Parcel<'_>) -> Result<(), Sent> {
    let is_open = parcel.now.since(parcel.heard_at) < WINDOW_MS;
    if is_open { Ok(()) } else { Err(Sent::Refused(Fate::WindowClosed)) }
}

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    /// HTTP status. It varies for one and the same code.
    pub status: u16,
    pub code: i64,
    pub subcode: Option<i64>,
}

/// What an answer means: by the platform's own codes, then by those of all Graph API, then by the status.
pub(crate) fn outcome(
    answer: &Result<HttpResponse, HttpError>,
    own: impl Fn(Failure) -> Option<Sent>,
) -> Sent {
    match answer {
        Ok(response) if (200..300).contains(&response.status) => Sent::Accepted,
        Ok(response) => match failure(response) {
            Some(failure) => own(failure).unwrap_or_else(|| by_code(failure)),
            None => by_status(response.status),
        },
        Err(HttpError::NotSent(_)) => Sent::NotTaken { retry_after_ms: None },
        Err(HttpError::NoAnswer(_)) => Sent::Unknown,
    }
}

fn failure(response: &HttpResponse) -> Option<Failure> {
    let Answer { error: GraphError { code, error_subcode } } = serde_json::from_slice(&response.body).ok()?;
    Some(Failure { status: response.status, code, subcode: error_subcode })
}

/// 1 and 2 are trouble of Meta's own: together with a 5xx, nobody knows how far the call got.
fn by_code(failure: Failure) -> Sent {
    match failure.code {
        4 | 17 | 32 | 613 => Sent::NotTaken { retry_after_ms: None },
        1 | 2 if failure.status < 500 => Sent::NotTaken { retry_after_ms: None },
        0 | 3 | 10 | 190 | 200..=299 => Sent::Refused(Fate::Unauthorized),
        _ => by_status(failure.status),
    }
}

fn by_status(status: u16) -> Sent {
    match status {
        429 => Sent::NotTaken { retry_after_ms: None },
        401 | 403 => Sent::Refused(Fate::Unauthorized),
        400..=499 => Sent::Refused(Fate::Invalid),
        _ => Sent::Unknown,
    }
}

/// Why a file was not delivered.
pub(crate) fn no_media(status: u16) -> NoMedia {
    match status {
        429 | 500.. => NoMedia::NotNow,
        401 | 403 => NoMedia::Refused,
        _ => NoMedia::Gone,
    }
}
