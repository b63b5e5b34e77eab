//! Answers of servers that are given again for a while, where a tool's owner wants it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Millis, call_key};
use lru::LruCache;

/// What this process keeps, by tool and address, of which it keeps a hash alone. The least recently used one goes first.
pub struct KeptAnswers(Mutex<Kept>);

struct Kept {
    answers: LruCache<String, (String, Millis)>,
    bytes: usize,
}

/// Most answers kept.
const ENTRIES_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// Most bytes of answers kept: a processor has 256 MB for everything.
const BYTES_MAX: usize = 8_000_000;

impl Default for KeptAnswers {
    fn default() -> KeptAnswers {
        KeptAnswers(Mutex::new(Kept { answers: LruCache::new(ENTRIES_MAX), bytes: 0 }))
    }
}

impl KeptAnswers {
    /// What was answered to the tool there, if it still counts.
    pub fn get(&self, tool: &str, url: &str, now: Millis) -> Option<String> {
        let (mut kept, key) = (self.kept(), key(tool, url));
        let (text, until) = kept.answers.get(&key)?;
        if *until > now {
            return Some(text.clone());
        }
        kept.forget(&key);
        None
    }

    /// Keeps an answer.
    pub fn keep(&self, tool: &str, url: &str, text: String, until: Millis) {
        let (mut kept, key) = (self.kept(), key(tool, url));
        kept.bytes += text.len();
        // What was there before, or had to make room.
        if let Some((_, (gone, _))) = kept.answers.push(key, (text, until)) {
            kept.bytes = kept.bytes.saturating_sub(gone.len());
        }
        while kept.bytes > BYTES_MAX {
            let Some((_, (oldest, _))) = kept.answers.pop_lru() else { return };
            kept.bytes = kept.bytes.saturating_sub(oldest.len());
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.kept().answers.len()
    }

    /// Forgets them all: something was changed at a server, and what it answered before may be wrong now.
    pub fn drop_all(&self) {
        let mut kept = self.kept();
        kept.answers.clear();
        kept.bytes = 0;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget(&mut self, key: &str) {
        if let Some((text, _)) = self.answers.pop(key) {
            self.bytes = self.bytes.saturating_sub(text.len());
        }
    }
}

fn key(tool: &str, url: &str) -> String {
    call_key(&format!("{tool}\n{url}"), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_tools_own_and_ends_with_its_time_or_with_a_change() {
        let answers = KeptAnswers::default();
        let get = |tool, at| answers.get(tool, "https://a.example/1", Millis(at));
        answers.keep("weather", "https://a.example/1", "mild".into(), Millis(100));
        assert_eq!((get("weather", 99), get("other", 99)), (Some("mild".to_owned()), None));
        assert_eq!((get("weather", 100), get("weather", 99)), (None, None), "over once is over");
        answers.keep("weather", "https://a.example/1", "cold".into(), Millis(100));
        answers.drop_all();
        assert_eq!(get("weather", 1), None);
    }

    #[test]
    fn ten_thousand_answers_are_kept_and_no_more() {
        let answers = KeptAnswers::default();
        for number in 0..=10_000 {
            answers.keep("t", &number.to_string(), "x".into(), Millis(9));
        }
        let has = |number: usize| answers.get("t", &number.to_string(), Millis(1)).is_some();
        assert!(!has(0) && has(1) && has(10_000));
    }

    #[test]
    fn memory_is_bounded_and_what_was_used_longest_ago_goes_first() {
        let answers = KeptAnswers::default();
        let keep = |url| answers.keep("t", url, "x".repeat(BYTES_MAX / 2 - 1), Millis(9));
        let has = |url| answers.get("t", url, Millis(1)).is_some();
        keep("a");
        keep("b");
        assert!(has("a"));
        keep("c");
        assert!(has("a") && !has("b") && has("c"));
        keep("a");
        assert!(has("a") && has("c"), "the same again takes no room");
    }
}
