//! Proof that a request comes from the platform. What a parser takes is [`Verified`]: it cannot be handed
//! a forged request.

use domain::Millis;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// How far a request's time may be from ours. Slack's ("Verifying requests from Slack"); Discord documents none.
const REPLAY_SECONDS_MAX: u64 = 300;

/// A request as it arrived: header names in lower case, the body's raw bytes (decoded from base64 if the
/// gateway encoded it).
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'r> {
    /// Headers.
    pub headers: &'r [(String, String)],
    /// `GET`, `POST`, ...
    pub method: &'r str,
    /// What stands behind the `?`, as sent.
    pub query: &'r str,
    /// Body.
    pub body: &'r [u8],
    /// When it arrived, by our clock.
    pub at: Millis,
    /// The gateway's id of the request.
    pub request_id: &'r str,
}

impl<'r> Inbound<'r> {
    /// The value of a header, given in lower case.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The value of a header without which nothing is proven.
    pub(crate) fn needed(&self, name: &str) -> Result<&'r str, Unproven> {
        self.header(name).ok_or(Unproven::Missing)
    }

    /// Whether the request was made about now, by its own Unix seconds: it is no older one, sent again.
    pub(crate) fn is_recent(&self, seconds: &str) -> bool {
        let age = |seconds: i64| self.at.seconds().abs_diff(seconds);
        seconds.parse().is_ok_and(|seconds| age(seconds) <= REPLAY_SECONDS_MAX)
    }

    /// The request as proven. Only for codecs, after they have checked.
    pub(crate) fn proven(self) -> Verified<'r> {
        Verified { inbound: self, subject: None }
    }

    /// The request as proven by somebody the proof names.
    pub(crate) fn proven_for(self, subject: &str) -> Verified<'r> {
        Verified { subject: Some(subject.to_owned()), ..self.proven() }
    }
}

/// A request whose proof held.
#[derive(Debug, Clone)]
pub struct Verified<'r> {
    inbound: Inbound<'r>,
    subject: Option<String>,
}

impl<'r> Verified<'r> {
    /// The raw bytes that were proven.
    pub fn body(&self) -> &'r [u8] {
        self.inbound.body
    }

    /// The value of a header, given in lower case. Not every proof covers headers.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        self.inbound.header(name)
    }

    /// When it arrived.
    pub fn at(&self) -> Millis {
        self.inbound.at
    }

    /// The gateway's id of the request.
    pub fn request_id(&self) -> &'r str {
        self.inbound.request_id
    }

    /// Whom the proof names, where it names anybody.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }
}

/// Why a request is refused with 401, before anything is read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// No proof was sent.
    #[error("the request carries no proof")]
    Missing,
    /// The proof is not right for these bytes.
    #[error("the proof is wrong")]
    Wrong,
    /// This deployment has no secret for the channel: it takes nothing.
    #[error("the channel has no secret")]
    NotConfigured,
}

/// Whether `given` equals one of the secrets (current and previous), in time that tells nothing about where
/// they differ. The lengths may show.
pub fn matches_any(given: &[u8], secrets: &[impl AsRef<[u8]>]) -> bool {
    let matches = |found: Choice, secret: &_| found | AsRef::<[u8]>::as_ref(secret).ct_eq(given);
    secrets.iter().fold(Choice::from(0), matches).into()
}

/// Whether `given` is the HMAC-SHA256 of the parts, one behind the other, under one of the secrets (current and
/// previous), in time that tells nothing about where it differs.
pub(crate) fn is_signed(given: &[u8], parts: &[&[u8]], secrets: &[String]) -> bool {
    secrets.iter().any(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
        for part in parts {
            mac.update(part);
        }
        mac.verify_slice(given).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn current_and_previous_secret_are_right_and_nothing_else() {
        let secrets = ["new", "old"];
        assert!(matches_any(b"new", &secrets) && matches_any(b"old", &secrets));
        for wrong in ["", "ne", "newer", "New"] {
            assert!(!matches_any(wrong.as_bytes(), &secrets), "{wrong}");
        }
        assert!(!matches_any(b"", &[] as &[&str]));
    }
}
