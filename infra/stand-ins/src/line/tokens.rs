//! Tokens that LINE hands out and takes back, and the retry keys of the bot.
use serde_json::Value;
use std::collections::BTreeMap;

/// <https://developers.line.biz/en/reference/messaging-api/#send-reply-message>
const USABLE_MS: u64 = 60_000;
/// Counted from the event, however often it is delivered again.
const LIFE_MS: u64 = 20 * 60_000;
/// <https://developers.line.biz/en/docs/messaging-api/retrying-api-request/>
const RETRY_KEY_MS: u64 = 24 * 3_600_000;

#[derive(Default)]
pub(super) struct ReplyTokens {
    known: BTreeMap<String, ReplyToken>,
}

struct ReplyToken {
    chat: String,
    event_at_ms: u64,
    delivered_at_ms: u64,
    used: bool,
}

impl ReplyTokens {
    pub(super) fn give(&mut self, token: String, chat: &str, at_ms: u64) {
        let token_for =
            ReplyToken { chat: chat.to_owned(), event_at_ms: at_ms, delivered_at_ms: at_ms, used: false };
        self.known.insert(token, token_for);
    }

    /// The event goes out once more: a fresh minute begins.
    pub(super) fn delivered(&mut self, token: &str, now_ms: u64) {
        if let Some(known) = self.known.get_mut(token) {
            known.delivered_at_ms = now_ms;
        }
    }

    /// The chat to reply to, once.
    pub(super) fn take(&mut self, token: &str, now_ms: u64) -> Option<String> {
        let known = self.known.get_mut(token)?;
        let in_time = now_ms.saturating_sub(known.delivered_at_ms) <= USABLE_MS
            && now_ms.saturating_sub(known.event_at_ms) <= LIFE_MS;
        if known.used || !in_time {
            return None;
        }
        known.used = true;
        Some(known.chat.clone())
    }
}

/// By `markAsReadToken`: the chat. They do not expire.
pub(super) type ReadTokens = BTreeMap<String, String>;

/// What an accepted request was answered, by its `X-Line-Retry-Key`.
#[derive(Default)]
pub(super) struct RetryKeys {
    accepted: BTreeMap<String, Accepted>,
}

#[derive(Clone)]
pub(super) struct Accepted {
    pub(super) request_id: String,
    /// Without it for multicasts.
    pub(super) sent_messages: Option<Value>,
    pub(super) at_ms: u64,
}

impl RetryKeys {
    pub(super) fn find(&self, key: &str, now_ms: u64) -> Option<&Accepted> {
        self.accepted.get(key).filter(|accepted| now_ms.saturating_sub(accepted.at_ms) <= RETRY_KEY_MS)
    }

    pub(super) fn keep(&mut self, key: &str, accepted: Accepted) {
        self.accepted.insert(key.to_owned(), accepted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> ReplyTokens {
        let mut tokens = ReplyTokens::default();
        tokens.give("t".to_owned(), "U1", 0);
        tokens
    }

    #[test]
    fn a_reply_token_is_good_once_within_a_minute() {
        let mut tokens = given();
        assert_eq!(tokens.take("t", 60_000).as_deref(), Some("U1"));
        assert_eq!(tokens.take("t", 60_000), None);
        assert_eq!(given().take("t", 60_001), None);
        assert_eq!(given().take("other", 0), None);
    }

    #[test]
    fn a_redelivery_brings_a_fresh_minute_but_not_after_twenty() {
        let mut tokens = given();
        tokens.delivered("t", 600_000);
        assert!(tokens.take("t", 660_000).is_some());
        let mut tokens = given();
        tokens.delivered("t", 1_200_000);
        assert_eq!(tokens.take("t", 1_200_001), None);
    }

    #[test]
    fn a_retry_key_counts_for_a_day() {
        let mut keys = RetryKeys::default();
        keys.keep("k", Accepted { request_id: "r".to_owned(), sent_messages: None, at_ms: 0 });
        assert!(keys.find("k", RETRY_KEY_MS).is_some());
        assert!(keys.find("k", RETRY_KEY_MS + 1).is_none());
    }
}
