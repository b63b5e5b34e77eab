//! What channels need from the owner of a bot: secrets, tokens, ids, base URLs, by the names they have in the
//! environment.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use crate::proof::Unproven;
use crate::registry::MissingVariable;

/// One value a channel needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The name in the environment.
    pub name: &'static str,
    /// What it is for.
    pub is: Use,
}

/// What a value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Proves that a webhook is the platform's. Secret; the current one and, after a comma, the previous.
    Proof,
    /// Lets the bot call the platform. Secret.
    Token,
    /// Names the bot at the platform. Public.
    Id,
    /// Where calls go; this, unless it is set.
    Base(&'static str),
}

/// The values there are. They are secrets: nothing of them is ever shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    values: BTreeMap<&'static str, Vec<String>>,
    /// Milliseconds to wait for an answer of a platform.
    pub timeout_ms: u64,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values.keys()).finish()
    }
}

impl Credentials {
    /// Reads what `wanted` accepts of all channels' variables; `read` splits what it finds at commas.
    pub fn read(
        wanted: impl Fn(Use) -> bool,
        read: impl Fn(&str) -> Vec<String>,
        timeout_ms: u64,
    ) -> Credentials {
        let mut values = BTreeMap::new();
        for (_, Variable { name, is }) in crate::variables().filter(|(_, variable)| wanted(variable.is)) {
            let mut found = read(name);
            if let (true, Use::Base(usual)) = (found.is_empty(), is) {
                found.push((*usual).to_owned());
            }
            values.insert(*name, found);
        }
        Credentials { values, timeout_ms }
    }

    /// All values of a variable, the current one first. None: the channel is closed.
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The values of a proof, without which nothing is taken.
    pub(crate) fn proofs(&self, name: &str) -> Result<&[String], Unproven> {
        Some(self.all(name)).filter(|proofs| !proofs.is_empty()).ok_or(Unproven::NotConfigured)
    }

    /// The current value.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// The current value, which the owner has to have given.
    pub(crate) fn needed(&self, name: &'static str) -> Result<&str, MissingVariable> {
        self.one(name).ok_or(MissingVariable(name))
    }

    /// A base URL, without the slash at its end.
    pub fn base(&self, name: &str) -> &str {
        self.one(name).unwrap_or_default().trim_end_matches('/')
    }

    /// Whether a URL that came from outside may be called: it lies at one of these bases of ours, or is HTTPS at one of
    /// these hosts or below one that begins with a dot. Everything else could be a server of ours that nobody is to
    /// reach from outside.
    pub fn may_call(&self, url: &str, bases: &[&str], hosts: &[&str]) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        if !url.username().is_empty() || url.password().is_some() {
            return false;
        }
        let is_ours =
            |base: &&str| Url::parse(self.base(base)).is_ok_and(|base| base.origin() == url.origin());
        let host = url.host_str().unwrap_or_default();
        let is_listed = |listed: &&str| host == *listed || listed.starts_with('.') && host.ends_with(*listed);
        let is_platforms = url.scheme() == "https" && url.port().is_none() && hosts.iter().any(is_listed);
        is_platforms || bases.iter().any(is_ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        let read = |name: &str| match name {
            "TELEGRAM_API_BASE" => vec!["http://127.0.0.1:9/".to_owned()],
            "TELEGRAM_SECRET_TOKEN" => vec!["new".to_owned(), "old".to_owned()],
            _ => Vec::new(),
        };
        Credentials::read(|_| true, read, 1_000)
    }

    #[test]
    fn a_base_that_is_not_set_is_the_platforms() {
        let unset = Credentials::read(|_| true, |_| Vec::new(), 1_000);
        assert_eq!(unset.base("TELEGRAM_API_BASE"), "https://api.telegram.org");
        assert_eq!(credentials().base("TELEGRAM_API_BASE"), "http://127.0.0.1:9");
        assert_eq!(credentials().all("TELEGRAM_SECRET_TOKEN"), ["new", "old"]);
        assert!(!format!("{:?}", credentials()).contains("old"));
    }

    #[test]
    fn a_url_from_outside_is_called_only_where_it_may_be() {
        let credentials = credentials();
        let may =
            |url: &str| credentials.may_call(url, &["TELEGRAM_API_BASE"], &["cdn.example", ".fbcdn.net"]);
        for good in ["http://127.0.0.1:9/file", "https://cdn.example/a?b", "https://x.fbcdn.net/v"] {
            assert!(may(good), "{good}");
        }
        for bad in [
            "http://127.0.0.1:8/file",
            "http://cdn.example/a",
            "https://cdn.example:8443/a",
            "https://cdn.example@evil.example/a",
            "https://me@cdn.example/a",
            "https://evil.example/cdn.example",
            "https://fbcdn.net.evil.example/",
            "https://evilfbcdn.net/",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!may(bad), "{bad}");
        }
    }
}
