//! A person in the bot's place: who holds a conversation, what they said, and who is telling it.

pub(super) mod items;
mod said;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::person::{Act, Deed, Told};
use domain::{ConversationKey, Limits, MessageKey, Millis, Token};

use super::expressions as ex;
use super::keys::act_sk;
use super::mailbox_item::number;
use super::writing::{Building, expiry, update, update_mailbox};
use super::{MAILBOX, Table};
use crate::world::{Action, TableError, TableRequest, Write};

pub use said::Said;

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acted {
    /// It is done, now or since an earlier request.
    Done,
    /// The conversation is held otherwise than was seen: look again.
    LookAgain,
}

/// Who tells the user what a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// I do, and nobody else.
    Mine,
    /// Somebody does, and may until then.
    Theirs(Millis),
    /// Nobody has to: it has been told, or erased.
    Over,
}

impl Table<'_> {
    /// A fence, or a word behind one: both the mailbox and the act are written, or neither. `held_by`: who was seen to hold
    /// the conversation before.
    pub async fn act(
        &self,
        conversation: &ConversationKey,
        act: &Act,
        held_by: Option<&str>,
        limits: &Limits,
    ) -> Result<Acted, TableError> {
        let item = items::act_item(conversation, act, expiry(self.world.now(), limits))?;
        let put = Write { action: Action::Put(item), condition: ex::ABSENT.to_owned(), ..Write::default() };
        let fence = fence(conversation, act, held_by);
        match self.request(TableRequest::Transact(vec![put, fence])).await {
            Ok(_) | Err(TableError::ConditionFailed { index: 0, .. }) => Ok(Acted::Done),
            Err(TableError::ConditionFailed { .. }) => Ok(Acted::LookAgain),
            Err(error) => Err(error),
        }
    }

    /// Asks for the permission to tell it, until the process that asks has died.
    pub async fn may_tell(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        token: &Token,
        until: Millis,
    ) -> Result<Telling, TableError> {
        let tell = update(conversation, act_sk(key), ex::TELL, ex::TELL_IF)
            .value(":token", AttributeValue::S(token.0.clone()))
            .value(":until", number(until.0))
            .value(":now", number(self.world.now().0));
        let writes = vec![tell.0, not_erased(conversation, key)];
        match self.request(TableRequest::Transact(writes)).await {
            Ok(_) => Ok(Telling::Mine),
            Err(TableError::ConditionFailed { index: 0, item }) => {
                let until = item.as_ref().filter(|item| !item.contains_key("tl")).and_then(items::told_until);
                Ok(until.map_or(Telling::Over, Telling::Theirs))
            }
            Err(TableError::ConditionFailed { .. }) => Ok(Telling::Over),
            Err(error) => Err(error),
        }
    }

    /// Records what became of it.
    pub async fn has_told(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        told: Told,
    ) -> Result<(), TableError> {
        let told = update(conversation, act_sk(key), ex::TOLD, ex::TOLD_IF)
            .value(":told", AttributeValue::S(told.name().to_owned()));
        self.record_telling(told).await
    }

    /// The platform did not take it: whoever comes next may try.
    pub async fn tell_later(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        token: &Token,
    ) -> Result<(), TableError> {
        let later = update(conversation, act_sk(key), ex::TELL_LATER, ex::TOLD_BY);
        self.record_telling(later.value(":token", AttributeValue::S(token.0.clone()))).await
    }

    async fn record_telling(&self, write: Building) -> Result<(), TableError> {
        match self.write_patiently(write.0).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What an act asks of the mailbox, or makes of it.
fn fence(conversation: &ConversationKey, act: &Act, held_by: Option<&str>) -> Write {
    match (act.deed, held_by) {
        (Deed::TookOver, held_by) => {
            let condition = if held_by.is_some() { ex::HELD_BY } else { ex::HOLD_IF };
            let hold = update_mailbox(conversation, ex::HOLD, condition)
                .value(":person", AttributeValue::S(act.person.clone()));
            match held_by {
                Some(old) => hold.value(":old", AttributeValue::S(old.to_owned())).0,
                None => hold.0,
            }
        }
        (Deed::Said, _) => check_mailbox(conversation, ex::HELD).0,
        (Deed::HandedBack, _) => update_mailbox(conversation, ex::HAND_BACK, ex::HELD).0,
    }
}

fn not_erased(conversation: &ConversationKey, key: &MessageKey) -> Write {
    check_mailbox(conversation, ex::NOT_ERASED_SINCE).value(":sent_at", number(key.sent_at.0)).0
}

fn check_mailbox(conversation: &ConversationKey, condition: &str) -> Building {
    let action = Action::Check { pk: conversation.to_string(), sk: MAILBOX.to_owned() };
    Building(Write { action, condition: condition.to_owned(), ..Write::default() })
}
