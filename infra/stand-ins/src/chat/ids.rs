//! Numbers and words that no one has had before, without chance: a run can be repeated.
use sha2::{Digest, Sha256};

pub(crate) struct Ids {
    next: u64,
}

impl Ids {
    /// Counts from the time in microseconds, so that a restart never gives a number again.
    pub(crate) fn new(now_ms: u64) -> Self {
        Self { next: now_ms.saturating_mul(1000) }
    }

    /// 16 digits, always greater than the one before.
    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Lowercase hexadecimal digits, at most 64.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut text = hex::encode(Sha256::digest(self.number().to_be_bytes()));
        text.truncate(digits);
        text
    }

    /// A UUID in form.
    pub(crate) fn uuid(&mut self) -> String {
        let part = |text: &str, from, to| text.get(from..to).unwrap_or_default().to_owned();
        let text = self.hex(32);
        let (a, b, c) = (part(&text, 0, 8), part(&text, 8, 12), part(&text, 13, 16));
        format!("{a}-{b}-4{c}-8{}-{}", part(&text, 17, 20), part(&text, 20, 32))
    }
}
