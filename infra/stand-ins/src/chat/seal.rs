//! The code that most platforms sign their webhooks with.
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 over the parts, one after the other, keyed with the secret's text.
pub(crate) fn hmac_sha256(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    // A key of any length will do; the error cannot happen.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    parts.iter().fold(mac, Mac::chain_update).finalize().into_bytes().to_vec()
}
