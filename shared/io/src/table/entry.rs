//! The writes of a message's way in: W1, W2, refusal, cancel.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::mailbox::{Cancel, Mailbox, NotAdmitted};
use domain::{ConversationKey, Limits, Message, MessageHash, Metric, Millis, Outcome, Quota, Token};

use super::answers::{own_answer, put_answer};
use super::expressions as ex;
use super::mailbox_item::{self, NOBODY, number, ring_entry, times, waiting_names};
use super::toll::Toll;
use super::writing::{Building, ROUNDS, blank, expiry, overtaken, update_mailbox};
use super::{MAILBOX, Table, answers, items, presence};
use crate::world::{Action, TableError, TableRequest, Write};

/// How an admission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It waits now; whether it is the only one.
    Admitted {
        /// Nothing waited before it.
        first: bool,
    },
    /// It was not admitted.
    Not(NotAdmitted),
}

/// How a refusal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Recorded, now or before.
    Recorded,
    /// It has another outcome.
    Settled,
    /// It was admitted or settled meanwhile: look again.
    LookAgain,
}

/// A cancel that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The fence.
    pub cancel: Cancel,
    /// The mailbox as it stood then; `None` when the cancel had been raised before, by an earlier delivery.
    pub mailbox: Option<Mailbox>,
}

impl Table<'_> {
    /// W1: stores the message if absent. Answers whether it had been stored by an earlier delivery.
    pub async fn store_message(
        &self,
        message: &Message,
        token: &Token,
        limits: &Limits,
    ) -> Result<bool, TableError> {
        let ttl = expiry(message.received_at, limits);
        let put = Write {
            action: Action::Put(items::message_item(message, token, ttl)?),
            condition: ex::ABSENT.to_owned(),
            ..Write::default()
        };
        match self.write(put).await {
            Ok(_) => Ok(false),
            Err(TableError::ConditionFailed { item, .. }) => {
                Ok(item.as_ref().and_then(items::written_by).as_ref() != Some(token))
            }
            Err(error) => Err(error),
        }
    }

    /// W2: gives the message its place in the order.
    pub async fn admit(
        &self,
        message: &Message,
        seen: bool,
        limits: &Limits,
    ) -> Result<Admission, TableError> {
        let quota = Quota::of(limits);
        let mut toll = Toll::of(&quota, None, self.world.now());
        for _ in 0..ROUNDS {
            match self.write(admission(message, seen, self.world.now(), &toll, limits)).await {
                Ok(item) => {
                    let mailbox = mailbox_item::read(&item.unwrap_or_default())?;
                    self.world.measure(Metric::Acknowledged, 1);
                    return Ok(Admission::Admitted { first: mailbox.waiting.len() == 1 });
                }
                Err(TableError::ConditionFailed { item: Some(item), .. }) => {
                    let mailbox = mailbox_item::read(&item)?;
                    let (now, max) = (self.world.now(), limits.waiting_max);
                    let over = || quota.exceeded(&mailbox, now);
                    let why = match mailbox.why_not_admitted(&message.key, seen, max) {
                        // Nobody makes room for a message that is not admitted then.
                        why @ (None | Some(NotAdmitted::Full)) => over().or(why),
                        why => why,
                    };
                    let Some(why) = why else {
                        toll = Toll::of(&quota, Some(&mailbox), now);
                        continue;
                    };
                    return Ok(Admission::Not(why));
                }
                Err(TableError::ConditionFailed { item: None, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(overtaken("admission"))
    }

    /// Records that a message was refused, together with a check that nobody admitted it meanwhile. One that was
    /// erased keeps no text.
    pub async fn refuse(
        &self,
        message: &Message,
        token: &Token,
        is_erased: bool,
        limits: &Limits,
    ) -> Result<Refusal, TableError> {
        let now = self.world.now();
        let answer = own_answer(&message.key, Outcome::Refused, token, now);
        let (s, _) = waiting_names(&message.key.hash);
        let pk = message.conversation.to_string();
        let check = Write {
            action: Action::Check { pk, sk: MAILBOX.to_owned() },
            condition: ex::NEITHER_WAITING_NOR_SETTLED.to_owned(),
            names: [("#s".to_owned(), s)].into(),
            values: [(":settled".to_owned(), ring_entry(&message.key))].into(),
        };
        let put = put_answer(&message.conversation, &message.key, &answer, expiry(now, limits))?;
        let blank = is_erased.then(|| blank(&message.conversation, &message.key));
        let writes = [check, put].into_iter().chain(blank).collect();
        match self.request(TableRequest::Transact(writes)).await {
            Ok(_) => {
                self.world.measure(Metric::Acknowledged, 1);
                self.world.measure(Metric::Ended(Outcome::Refused), 1);
                Ok(Refusal::Recorded)
            }
            Err(TableError::ConditionFailed { index: 1, item }) => {
                let (_, standing) = answers::items::read_answer(item.unwrap_or_default())?;
                let refused = standing.outcome == Outcome::Refused;
                self.world.measure(Metric::DuplicatesDropped, u64::from(refused));
                Ok(if refused { Refusal::Recorded } else { Refusal::Settled })
            }
            Err(TableError::ConditionFailed { .. }) => Ok(Refusal::LookAgain),
            Err(error) => Err(error),
        }
    }

    /// X: raises the fence. `None` when there is no conversation, or a newer cancel stands.
    pub async fn cancel(
        &self,
        conversation: &ConversationKey,
        event: &MessageHash,
        sent_at: Millis,
    ) -> Result<Option<Fence>, TableError> {
        let update = update_mailbox(conversation, ex::CANCEL, ex::CANCEL_IF)
            .value(":sent_at", number(sent_at.0))
            .value(":event", AttributeValue::S(event.to_string()))
            .value(":nobody", number(NOBODY));
        let (item, is_new) = match self.write(update.0).await {
            Ok(item) => (item, true),
            Err(TableError::ConditionFailed { item, .. }) => (item, false),
            Err(error) => return Err(error),
        };
        let Some(item) = item else { return Ok(None) };
        let mailbox = mailbox_item::read(&item)?;
        let cancel = mailbox.cancel.clone().filter(|cancel| cancel.event == *event);
        Ok(cancel.map(|cancel| Fence { cancel, mailbox: is_new.then_some(mailbox) }))
    }
}

/// W2 as a value.
fn admission(message: &Message, seen: bool, now: Millis, toll: &Toll, limits: &Limits) -> Write {
    let window = if message.kind.waits_for_companions() { "" } else { ex::ADMIT_WITHOUT_WINDOW };
    let condition = format!("{}{}{}{}", ex::ADMIT_IF, ex::AND_ROOM, and_newer(seen), toll.condition);
    let expression = format!("{}{window}{}", ex::ADMIT, toll.set);
    let admit = update_mailbox(&message.conversation, &expression, &condition)
        .value(":zero", number(0))
        .value(":at", number(now.0))
        .value(":max", number(limits.waiting_max));
    toll.paid(arriving(admit, message, now, limits)).0
}

/// W2 of a message stored earlier asks for more.
pub(super) fn and_newer(seen: bool) -> &'static str {
    if seen { ex::AND_NEWER_THAN_MARK } else { "" }
}

/// What W2 writes of a message, whether there was room or room was made.
pub(super) fn arriving(admit: Building, message: &Message, now: Millis, limits: &Limits) -> Building {
    let (s, m) = waiting_names(&message.key.hash);
    admit
        .name("#s", &s)
        .name("#m", &m)
        .name("#ttl", "ttl")
        .value(":one", number(1))
        .value(":shard", presence::shard(&message.conversation))
        .value(":times", times(message.key.sent_at, now))
        .value(":settled", ring_entry(&message.key))
        .value(":sent_at", number(message.key.sent_at.0))
        .value(":ttl", number(expiry(now, limits)))
}
