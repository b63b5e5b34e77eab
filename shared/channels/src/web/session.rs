//! Sessions: named by the server, proven by its MAC. A client cannot choose who it is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::wire;
use crate::proof::Inbound;

/// A session whose token was issued by this deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    id: String,
}

impl Session {
    /// The token of a new session: `<32 hex digits>.<HMAC-SHA256 in base64url>`. It is a credential: whoever has
    /// it is the user. `None` without a secret.
    pub fn issue(id: Uuid, secrets: &[String]) -> Option<String> {
        let id = id.simple().to_string();
        let mac = mac(&id, secrets.first()?)?;
        Some(format!("{id}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// The session of a token, when one of the secrets (current, previous) signed it.
    pub fn prove(token: &str, secrets: &[String]) -> Option<Session> {
        let (id, given) = token.split_once('.')?;
        let given = URL_SAFE_NO_PAD.decode(given).ok()?;
        let is_ours = |secret: &String| mac(id, secret).is_some_and(|mac| mac.verify_slice(&given).is_ok());
        secrets.iter().any(is_ours).then(|| Session { id: id.to_owned() })
    }

    /// The chat's name: not secret, yet private.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// The token a request brings: as bearer, or in the body.
pub(super) fn token_of(inbound: Inbound<'_>) -> Option<String> {
    let bearer = inbound.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let in_body = || serde_json::from_slice::<wire::Chat>(inbound.body).ok()?.session_id;
    bearer.map(|token| token.trim().to_owned()).or_else(in_body)
}

fn mac(id: &str, secret: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(b"turnwise web session\0");
    mac.update(id.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_of_ours_is_a_session() {
        let (new, old) = ("new".to_owned(), "old".to_owned());
        let id = Uuid::from_u128(7);
        let token = Session::issue(id, std::slice::from_ref(&old)).unwrap();
        let session = Session::prove(&token, &[new.clone(), old.clone()]).unwrap();
        assert_eq!(session.id(), id.simple().to_string());
        assert_eq!(Session::prove(&token, std::slice::from_ref(&new)), None, "the secret was rotated out");
        let other = token.replacen('7', "8", 1);
        for forged in [other.as_str(), "", ".", session.id(), &token[..token.len() - 1]] {
            assert_eq!(Session::prove(forged, &[new.clone(), old.clone()]), None, "{forged}");
        }
        assert_eq!(Session::issue(id, &[]), None);
    }
}
