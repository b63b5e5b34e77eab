//! Answers of servers that are given again for a while, where a tool's owner wants it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use domain::Millis;
use lru::LruCache;

/// What this process keeps, by address. The least recently used one goes first.
pub struct KeptAnswers(Mutex<LruCache<String, (String, Millis)>>);

/// Most answers kept.
const ENTRIES_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

impl Default for KeptAnswers {
    fn default() -> KeptAnswers {
        KeptAnswers(Mutex::new(LruCache::new(ENTRIES_MAX)))
    }
}

impl KeptAnswers {
    /// What was answered there, if it still counts.
    pub fn get(&self, url: &str, now: Millis) -> Option<String> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, until) = answers.get(url)?;
        if *until > now { Some(text.clone()) } else { None }
    }

    /// Keeps an answer.
    pub fn keep(&self, url: String, text: String, until: Millis) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(url, (text, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_answers_are_kept_each_for_its_time() {
        let answers = KeptAnswers::default();
        for number in 0..10_001 {
            answers.keep(format!("https://api.example.org/{number}"), number.to_string(), Millis(600_000));
        }
        let kept = |number: u32, at| answers.get(&format!("https://api.example.org/{number}"), Millis(at));
        assert_eq!(kept(0, 1), None, "the first made room for the last");
        assert_eq!(kept(1, 599_999).as_deref(), Some("1"));
        assert_eq!(kept(10_000, 600_000), None);
    }
}
