//! Response URLs: <https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses>
use std::collections::BTreeMap;

const USES_MAX: u32 = 5;
const LIFE_MS: u64 = 30 * 60_000;

/// By the URL's path.
#[derive(Default)]
pub(super) struct Hooks {
    known: BTreeMap<String, Hook>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hook {
    pub(super) chat: String,
    pub(super) thread: Option<String>,
    /// What `replace_original` replaces.
    pub(super) message_id: Option<String>,
    pub(super) at_ms: u64,
    pub(super) uses: u32,
}

impl Hooks {
    pub(super) fn give(&mut self, path: String, hook: Hook) {
        self.known.insert(path, hook);
    }

    /// The hook behind a path, used up by one; the error is Slack's name for what is wrong.
    pub(super) fn take(&mut self, path: &str, now_ms: u64) -> Result<Hook, &'static str> {
        let hook = self.known.get_mut(path).ok_or("no_such_hook")?;
        if now_ms.saturating_sub(hook.at_ms) > LIFE_MS {
            return Err("expired_url");
        }
        if hook.uses == USES_MAX {
            return Err("used_url");
        }
        hook.uses += 1;
        Ok(hook.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_uses_in_half_an_hour() {
        let mut hooks = Hooks::default();
        let hook = Hook { chat: "D1".to_owned(), thread: None, message_id: None, at_ms: 0, uses: 0 };
        hooks.give("/commands/1".to_owned(), hook.clone());
        assert!((0..5).all(|_| hooks.take("/commands/1", LIFE_MS).is_ok()));
        assert_eq!(hooks.take("/commands/1", LIFE_MS), Err("used_url"));
        hooks.give("/commands/2".to_owned(), hook);
        assert_eq!(hooks.take("/commands/2", LIFE_MS + 1), Err("expired_url"));
        assert_eq!(hooks.take("/commands/3", 0), Err("no_such_hook"));
    }
}
