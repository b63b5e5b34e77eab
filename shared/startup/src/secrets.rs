//! What a function may know: secrets, and ids and addresses beside them. A variable of the environment wins over a
//! parameter of the same name.

use channels::{Credentials, Use};
use domain::Limits;
use io::config;
use io::parameters::Values;

use crate::StartError;

/// Shortest secret that may sign sessions or prove the owner, in characters: 128 bits in hexadecimal digits.
pub const SECRET_CHARS_MIN: usize = 32;

/// What proves the owner: the current token and, after a comma, the previous one.
pub const OWNER_TOKEN: &str = "OWNER_TOKEN";

/// What there is, by name. By default that of the environment alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    pub(crate) read: Values,
}

impl Secrets {
    /// The value of that name, whole. An empty one counts as missing.
    pub fn one(&self, name: &str) -> Option<String> {
        let read = || self.read.get(name).map(str::trim).filter(|value| !value.is_empty());
        config::optional(name).or_else(|| read().map(ToOwned::to_owned))
    }

    /// The values of that name, current first: `new,old` while it is being rotated.
    pub fn all(&self, name: &str) -> Vec<String> {
        config::values(&self.one(name).unwrap_or_default())
    }

    /// What proves the webhooks of all channels, and which accounts are the bot's. A channel without a proof is closed.
    pub fn proofs(&self) -> Credentials {
        Credentials::read(|is| matches!(is, Use::Proof | Use::Id), |name| self.all(name), 0)
    }

    /// What sending needs, for the channels that are configured.
    pub fn credentials(&self, limits: &Limits) -> Credentials {
        Credentials::read(|is| is != Use::Proof, |name| self.all(name), limits.send_timeout_ms)
    }

    /// The same proofs, when none that signs web sessions is short: a comma inside one would make two of it.
    ///
    /// # Errors
    /// One is. The owner has to correct it.
    pub fn session_proofs(&self) -> Result<Credentials, StartError> {
        check(channels::web::SECRET, &self.all(channels::web::SECRET)).map(|()| self.proofs())
    }

    /// What proves the owner, current first. None: what is theirs is closed.
    ///
    /// # Errors
    /// One is short. The owner has to correct it.
    pub fn owner_tokens(&self) -> Result<Vec<String>, StartError> {
        let tokens = self.all(OWNER_TOKEN);
        check(OWNER_TOKEN, &tokens).map(|()| tokens)
    }
}

fn check(name: &'static str, secrets: &[String]) -> Result<(), StartError> {
    let is_short = |secret: &String| secret.chars().count() < SECRET_CHARS_MIN;
    if secrets.iter().any(is_short) { Err(StartError::ShortSecret(name, SECRET_CHARS_MIN)) } else { Ok(()) }
}
