//! What was spoken in a message, written down: it is told before the answer, and stands in the history as the user's words.

pub(super) mod items;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ConversationKey, Limits, MessageKey};

use super::Table;
use super::expressions as ex;
use super::keys::spoken_sk;
use super::writing::{expiry, update};
use crate::world::{Action, TableError, Write};

impl Table<'_> {
    /// Writes down what was spoken. What has been written down stays.
    pub async fn write_down(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        text: &str,
        limits: &Limits,
    ) -> Result<(), TableError> {
        let item = items::spoken_item(conversation, key, text, expiry(self.world.now(), limits))?;
        let put = Write { action: Action::Put(item), condition: ex::ABSENT.to_owned(), ..Write::default() };
        match self.write(put).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The user has been told what was heard.
    pub async fn mark_heard(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
    ) -> Result<(), TableError> {
        let mark = update(conversation, spoken_sk(key), ex::HEARD, ex::PRESENT);
        self.write_patiently(mark.value(":yes", AttributeValue::Bool(true)).0).await.map(drop)
    }
}
