//! The indexes of conversations: which have something waiting, and which a session. The writes that change a mailbox keep
//! them, so there is none that could be forgotten; what they are asked lags a moment behind.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::mailbox::Mailbox;
use domain::{ConversationKey, MessageHash, Millis, presence};

use super::expressions as ex;
use super::fields::Fields;
use super::mailbox_item::number;
use super::writing::Building;
use super::{Table, keys, sort_key};
use crate::world::{Index, Item, TableError, TableReply, TableRequest};

/// A conversation in an index, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Which.
    pub conversation: ConversationKey,
    /// What has waited longest was admitted then; or its session began then.
    pub since: Millis,
}

impl Table<'_> {
    /// Conversations of a part with something waiting, those first that have waited longest.
    pub async fn busy(&self, shard: &str, limit: u32) -> Result<Vec<Present>, TableError> {
        self.present(Index::Busy, shard, 0, limit, "xs").await
    }

    /// Conversations of a part that were active at that second or later, or shortly before.
    pub async fn sessions(&self, shard: &str, from_s: i64, limit: u32) -> Result<Vec<Present>, TableError> {
        self.present(Index::Sessions, shard, from_s, limit, "ss").await
    }

    async fn present(
        &self,
        index: Index,
        shard: &str,
        from: i64,
        limit: u32,
        since: &str,
    ) -> Result<Vec<Present>, TableError> {
        let request = TableRequest::Index { index, shard: shard.to_owned(), from, limit };
        let TableReply::Items(items) = self.world.table(request).await? else { return Ok(Vec::new()) };
        Ok(items.iter().filter_map(|item| read(item, since)).collect())
    }
}

impl Table<'_> {
    /// When the oldest message that is still stored was sent. `None`: there is none.
    ///
    /// # Errors
    /// The table is unavailable. Give up: it is asked again when somebody looks again.
    pub async fn first_sent_at(&self, of: &ConversationKey) -> Result<Option<Millis>, TableError> {
        let first = self.query(of, Some("H#".to_owned()), true, 1).await?;
        let key = first.first().and_then(sort_key).and_then(keys::parse_sk);
        Ok(key.map(|(key, _)| key.sent_at))
    }
}

fn read(item: &Item, since: &str) -> Option<Present> {
    let fields = Fields(item);
    let conversation = ConversationKey::parse(&fields.text("pk").ok()??)?;
    Some(Present { conversation, since: Millis(fields.number(since).ok()??) })
}

/// What a write that takes messages out of the waiting set makes of the index of busy conversations.
pub(super) struct Leaving {
    /// In its `SET`.
    pub set: &'static str,
    /// At its end, in its `REMOVE`.
    pub remove: &'static str,
    /// What else it asks: a message that came meanwhile must not be left out of the index.
    pub condition: String,
    oldest: Option<Millis>,
}

impl Leaving {
    /// These leave the mailbox that was seen; `count` is the placeholder of how many they are.
    pub(super) fn of(seen_as: &Mailbox, leave: &[MessageHash], count: &str) -> Leaving {
        let stay = seen_as.waiting.iter().filter(|(hash, _)| !leave.contains(hash));
        let oldest = stay.map(|(_, waiting)| waiting.admitted_at).min();
        let (set, remove, condition) = match oldest {
            Some(_) => (ex::STILL_BUSY, "", ex::AND_MORE_WAIT),
            None => ("", ex::NOT_BUSY, ex::AND_NOTHING_ELSE_WAITS),
        };
        Leaving { set, remove, condition: condition.replace("{count}", count), oldest }
    }

    pub(super) fn told(&self, write: Building, conversation: &ConversationKey) -> Building {
        match self.oldest {
            Some(oldest) => still_busy(write, conversation, oldest),
            None => write,
        }
    }
}

/// What waits longest after this write.
pub(super) fn still_busy(write: Building, conversation: &ConversationKey, oldest: Millis) -> Building {
    write.value(":shard", shard(conversation)).value(":oldest", number(oldest.0))
}

pub(super) fn shard(conversation: &ConversationKey) -> AttributeValue {
    AttributeValue::S(presence::shard(conversation).to_owned())
}
