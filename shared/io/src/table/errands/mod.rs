//! What is recorded of a turn's errands, in its answer.

pub(super) mod items;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::turn::Answer;
use domain::{ConversationKey, MessageKey, Token};

use super::Table;
use super::answers::items::patch_value;
use super::expressions as ex;
use super::keys::answer_sk;
use super::writing::{Building, update};
use crate::world::TableError;

/// Who sends a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// I do, and nobody else.
    Mine,
    /// Somebody has tried: it may have been sent.
    Theirs,
}

impl Table<'_> {
    /// Records that the mail is about to be sent: before it is, so that it is never sent twice.
    pub async fn try_mail(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        token: &Token,
    ) -> Result<Attempt, TableError> {
        let attempt = update(conversation, answer_sk(key), ex::TRY_MAIL, ex::TRY_MAIL_IF);
        let attempt = attempt.value(":token", AttributeValue::S(token.0.clone()));
        match self.write_patiently(attempt.0).await {
            Ok(_) => Ok(Attempt::Mine),
            Err(TableError::ConditionFailed { item, .. }) => {
                // A repeated write that had succeeded is my own.
                let tried_by = item.as_ref().and_then(|item| item.get("mx")?.as_s().ok());
                let is_mine = tried_by == Some(&token.0);
                Ok(if is_mine { Attempt::Mine } else { Attempt::Theirs })
            }
            Err(error) => Err(error),
        }
    }

    /// Records what became of the mail, as the answer says it.
    pub async fn mail_over(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        answer: &Answer,
    ) -> Result<(), TableError> {
        let over = update(conversation, answer_sk(key), ex::MAIL_OVER, ex::MAIL_OVER_IF);
        self.record(with_parts(over, answer).value(":over", AttributeValue::Bool(true))).await
    }

    /// Records that an alarm could not be set: the answer says so and keeps no reminder.
    pub async fn no_alarm(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        answer: &Answer,
    ) -> Result<(), TableError> {
        let patch = patch_value(answer)?;
        let and_patch = if patch.is_some() { ex::AMEND_PATCH } else { "" };
        let expression = format!("{}{and_patch}", ex::NO_ALARM);
        let record = with_parts(update(conversation, answer_sk(key), &expression, ex::PRESENT), answer);
        self.record(if let Some(patch) = patch { record.value(":patch", patch) } else { record }).await
    }

    async fn record(&self, write: Building) -> Result<(), TableError> {
        match self.write_patiently(write.0).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn with_parts(write: Building, answer: &Answer) -> Building {
    write.value(":parts", AttributeValue::L(answer.parts.iter().cloned().map(AttributeValue::S).collect()))
}
