//! Writing itself: the attempts, and the making of a write.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ConversationKey, Limits, MessageKey, Millis};

use super::expressions as ex;
use super::{MAILBOX, Table, keys};
use crate::world::{Action, Item, TableError, TableReply, TableRequest, Write};

/// Pauses between the attempts of a write, in milliseconds. A webhook has 5 seconds in all and takes the first two; a
/// worker keeps `deadline_reserve_ms` (8 seconds) for what follows the model.
const PAUSES_MS: [u64; 7] = [60, 180, 500, 1_000, 1_000, 1_000, 1_000];

/// The attempts of a step that another process overtakes in between. Each overtaking is somebody's progress.
pub(super) const ROUNDS: usize = 8;

impl Table<'_> {
    /// A write of the webhook's, or before anything is shown: what fails for good begins again with the next delivery.
    pub(super) async fn write(&self, write: Write) -> Result<Option<Item>, TableError> {
        self.request(TableRequest::Write(write)).await
    }

    /// The same of one or several writes.
    pub(super) async fn request(&self, request: TableRequest) -> Result<Option<Item>, TableError> {
        self.request_within(request, &PAUSES_MS[..2]).await
    }

    /// A write after something was shown, or may have been: while it is missing, a later worker would show it again.
    pub(super) async fn write_patiently(&self, write: Write) -> Result<Option<Item>, TableError> {
        self.request_patiently(TableRequest::Write(write)).await
    }

    /// The same of one or several writes.
    pub(super) async fn request_patiently(&self, request: TableRequest) -> Result<Option<Item>, TableError> {
        self.request_within(request, &PAUSES_MS).await
    }

    /// Every step knows its own repetition, so what is unavailable for a moment is simply tried again.
    async fn request_within(
        &self,
        request: TableRequest,
        pauses_ms: &[u64],
    ) -> Result<Option<Item>, TableError> {
        let mut pauses_ms = pauses_ms.iter();
        loop {
            match self.world.table(request.clone()).await {
                Ok(TableReply::Written(item)) => return Ok(item),
                Ok(_) => return Ok(None),
                Err(TableError::Unavailable(why)) => {
                    let Some(pause_ms) = pauses_ms.next() else { return Err(TableError::Unavailable(why)) };
                    tracing::warn!(why, pause_ms, "the table is unavailable, again");
                    self.world.sleep(*pause_ms).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Takes the text out of a stored message.
pub(super) fn blank(conversation: &ConversationKey, key: &MessageKey) -> Write {
    let nothing = AttributeValue::S(String::new());
    update(conversation, keys::message_sk(key), ex::BLANK, ex::PRESENT).value(":text", nothing).0
}

/// When an item may go, in seconds. A mailbox is rewritten with every turn, so it outlives its messages.
pub(super) fn expiry(now: Millis, limits: &Limits) -> i64 {
    (now + limits.transcript_days * 86_400_000).seconds()
}

pub(super) fn overtaken(step: &str) -> TableError {
    TableError::Unavailable(format!("{step} was overtaken {ROUNDS} times"))
}

/// A write under construction.
pub(super) struct Building(pub Write);

impl Building {
    pub(super) fn name(mut self, placeholder: &str, name: &str) -> Building {
        self.0.names.insert(placeholder.to_owned(), name.to_owned());
        self
    }

    pub(super) fn value(mut self, placeholder: &str, value: AttributeValue) -> Building {
        self.0.values.insert(placeholder.to_owned(), value);
        self
    }
}

pub(super) fn update_mailbox(
    conversation: &ConversationKey,
    update_expression: &str,
    condition: &str,
) -> Building {
    update(conversation, MAILBOX.to_owned(), update_expression, condition)
}

pub(super) fn update(conversation: &ConversationKey, sk: String, update: &str, condition: &str) -> Building {
    update_item(conversation.to_string(), sk, update, condition)
}

/// An update of an item that is no conversation's, or of any.
pub(super) fn update_item(pk: String, sk: String, update: &str, condition: &str) -> Building {
    let action = Action::Update { pk, sk, update: update.to_owned() };
    Building(Write { action, condition: condition.to_owned(), ..Write::default() })
}
