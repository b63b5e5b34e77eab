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
