//! Who listens for news of a conversation: connections of its web clients, under `W`. No word of the user's is in it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ConversationKey;

use super::Table;
use super::expressions as ex;
use super::mailbox_item::number;
use super::writing::{Building, update};
use crate::world::{TableError, TableReply, TableRequest};

const SK: &str = "W";

/// As long as API Gateway holds a connection: two hours.
const TTL_S: i64 = 7_200;

/// Tabs that one user may have open. With one more, that one is the first of a new list.
pub const LISTENERS_MAX: u64 = 4;

impl Table<'_> {
    /// One more listens.
    pub async fn listen(&self, conversation: &ConversationKey, connection: &str) -> Result<(), TableError> {
        let write = |expression, condition| {
            let write = update(conversation, SK.to_owned(), expression, condition).name("#ttl", "ttl");
            write
                .value(":c", set([connection.to_owned()]))
                .value(":ttl", number(self.world.now().seconds() + TTL_S))
        };
        let added = write(ex::LISTEN, ex::LISTEN_IF).value(":most", number(LISTENERS_MAX));
        match self.write(added.0).await {
            Err(TableError::ConditionFailed { .. }) => {
                self.write(write(ex::LISTEN_ALONE, ex::ANY).0).await.map(drop)
            }
            done => done.map(drop),
        }
    }

    /// Those who listen.
    pub async fn listeners(&self, conversation: &ConversationKey) -> Result<Vec<String>, TableError> {
        let get = TableRequest::Get { pk: conversation.to_string(), sk: SK.to_owned() };
        let TableReply::Item(Some(item)) = self.world.table(get).await? else { return Ok(Vec::new()) };
        Ok(item.get("c").and_then(|connections| connections.as_ss().ok()).cloned().unwrap_or_default())
    }

    /// These are gone.
    pub async fn listen_no_more(
        &self,
        conversation: &ConversationKey,
        gone: Vec<String>,
    ) -> Result<(), TableError> {
        let write: Building = update(conversation, SK.to_owned(), ex::LISTEN_NO_MORE, ex::PRESENT);
        match self.write(write.value(":c", set(gone)).0).await {
            Err(TableError::ConditionFailed { .. }) => Ok(()),
            done => done.map(drop),
        }
    }
}

fn set(connections: impl IntoIterator<Item = String>) -> AttributeValue {
    AttributeValue::Ss(connections.into_iter().collect())
}
