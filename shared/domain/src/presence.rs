//! Where a conversation stands in the table's two indexes: that of those with something waiting, and that of those with a
//! session. In parts, so that no part gets all the writes.

use crate::conversation::ConversationKey;
use crate::time::Millis;

/// The parts of an index, by name.
pub const SHARDS: [&str; 16] =
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

/// Steps of a session's idle time in which its last activity is told: a finer one would write the index more often.
const STEPS: u64 = 6;

/// The part that a conversation stands in.
pub fn shard(conversation: &ConversationKey) -> &'static str {
    let sum = conversation.as_str().bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    SHARDS.get(usize::from(sum) % SHARDS.len()).copied().unwrap_or_default()
}

/// The beginning of the step that an activity belongs to, in seconds.
pub fn active_since_s(at: Millis, idle_ms: u64) -> i64 {
    let step_s = i64::try_from(idle_ms / STEPS / 1_000).unwrap_or(i64::MAX).max(1);
    at.seconds().div_euclid(step_s) * step_s
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Address, Channel};

    #[test]
    fn conversations_spread_over_all_parts() {
        let mut counts = std::collections::BTreeMap::new();
        for chat in 0..1_600 {
            let address = Address { channel: Channel::WEB, chat: chat.to_string(), thread: None };
            *counts.entry(shard(&ConversationKey::of("bot", &address))).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), SHARDS.len());
        assert!(counts.values().all(|count| (50..200).contains(count)), "{counts:?}");
    }

    #[test]
    fn an_activity_is_told_by_the_beginning_of_its_step() {
        let since_s = |at_s: i64| active_since_s(Millis(at_s * 1_000), 1_800_000);
        assert_eq!((since_s(0), since_s(299), since_s(300)), (0, 0, 300));
        assert_eq!(active_since_s(Millis(2_999), 500), 2, "a step is a second at the least");
    }
}
