//! Writes that change what waits: room made, edited, withdrawn, erased.
//!
//! A waiting message is touched only when no turn has begun that covers it, and by nobody while one begins.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::mailbox::Mailbox;
use domain::turn::Strategy;
use domain::{ConversationKey, Limits, Message, MessageHash, MessageKey, Metric, Millis, Outcome, Quota};

use super::answers::{own_answer, put_answer};
use super::entry::{and_newer, arriving};
use super::expressions as ex;
use super::forgetting::Forgotten;
use super::mailbox_item::{NOBODY, number, ring_entry, waiting_names};
use super::presence::Leaving;
use super::toll::Toll;
use super::writing::{Building, ROUNDS, blank, expiry, overtaken, update, update_mailbox};
use super::{MAILBOX, Table, keys, presence};
use crate::world::{Action, TableError, TableRequest, Write};

/// What became of an edit or an unsend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is as the user wants it, now or since an earlier delivery.
    Done,
    /// Being answered, or settled.
    TooLate,
    /// Not known, or no longer: it was never a message to the bot, or its place has been forgotten.
    Unknown,
}

/// An edit as the platform reports it.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'e> {
    /// Of which message.
    pub hash: &'e MessageHash,
    /// The text afterwards.
    pub text: &'e str,
    /// When, by the platform's clock.
    pub at: Millis,
    /// The event; of two in one second, the greater one came later.
    pub event: &'e MessageHash,
}

impl Table<'_> {
    /// W2 when there is no room: `victim` is dropped, `message` takes its place, both or neither. `false`: the mailbox
    /// has changed since `seen_as`, look again.
    pub async fn displace(
        &self,
        message: &Message,
        victim: &MessageKey,
        seen_as: &Mailbox,
        seen: bool,
        limits: &Limits,
    ) -> Result<bool, TableError> {
        let now = self.world.now();
        let toll = Toll::of(&Quota::of(limits), Some(seen_as), now);
        let window = if message.kind.waits_for_companions() { "" } else { ex::ADMIT_WITHOUT_WINDOW };
        let condition = format!(
            "{} AND {}{}{}{}",
            while_untouched(seen_as),
            ex::ADMIT_IF,
            ex::AND_NO_ROOM,
            and_newer(seen),
            toll.condition
        );
        let expression = format!("{}{window}{}", ex::DISPLACE, toll.set);
        let stay = seen_as.waiting.iter().filter(|(hash, _)| **hash != victim.hash);
        let oldest = stay.map(|(_, waiting)| waiting.admitted_at).min().unwrap_or(now);
        let displace = leaving(&message.conversation, victim, seen_as, &expression, &condition, "");
        let displace = presence::still_busy(displace, &message.conversation, oldest);
        let displace = arriving(displace, message, now, limits).value(":max", number(limits.waiting_max));
        let mut displace = toll.paid(displace);
        if expression.contains(":zero") {
            displace = displace.value(":zero", number(0));
        }
        let dropped = own_answer(victim, Outcome::Dropped, &self.world.token(), now);
        let put = put_answer(&message.conversation, victim, &dropped, expiry(now, limits))?;
        let is_displaced = self.leaves(displace.0, (Outcome::Dropped, put), None).await?;
        self.world.measure(Metric::Acknowledged, u64::from(is_displaced));
        Ok(is_displaced)
    }

    /// A waiting message gets another text. Edits that overtake one another: the newest stands.
    pub async fn edit(
        &self,
        conversation: &ConversationKey,
        edit: Edit<'_>,
        strategy: Strategy,
    ) -> Result<Changed, TableError> {
        for _ in 0..ROUNDS {
            let mailbox = self.mailbox(conversation).await?.unwrap_or_default();
            let untouched =
                waiting_key(&mailbox, edit.hash).filter(|_| mailbox.is_untouched(edit.hash, strategy));
            let Some(key) = untouched else {
                return self.was_edited(conversation, &mailbox, edit).await;
            };
            let write = update(conversation, keys::message_sk(&key), ex::EDIT, ex::EDIT_IF)
                .value(":text", AttributeValue::S(edit.text.to_owned()))
                .value(":edited_at", number(edit.at.0))
                .value(":event", AttributeValue::S(edit.event.to_string()));
            let writes = vec![check_untouched(conversation, edit.hash, &mailbox), write.0];
            match self.request(TableRequest::Transact(writes)).await {
                // An edit that is not newer than the one that stands: that one stands.
                Ok(_) | Err(TableError::ConditionFailed { index: 1, .. }) => return Ok(Changed::Done),
                Err(TableError::ConditionFailed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(overtaken("an edit"))
    }

    /// A waiting message goes, as its author wishes; its text with it.
    pub async fn withdraw(
        &self,
        conversation: &ConversationKey,
        hash: &MessageHash,
        strategy: Strategy,
        limits: &Limits,
    ) -> Result<Changed, TableError> {
        for _ in 0..ROUNDS {
            let mailbox = self.mailbox(conversation).await?.unwrap_or_default();
            let Some(key) = waiting_key(&mailbox, hash).filter(|_| mailbox.is_untouched(hash, strategy))
            else {
                return self.was_withdrawn(conversation, &mailbox, hash).await;
            };
            let now = self.world.now();
            let index = Leaving::of(&mailbox, std::slice::from_ref(hash), ":one");
            let condition = format!("{}{}", while_untouched(&mailbox), index.condition);
            let expression = format!("{}{}", ex::WITHDRAW, index.set);
            let leaves = leaving(conversation, &key, &mailbox, &expression, &condition, index.remove);
            let leaves = index.told(leaves, conversation);
            let withdrawn = own_answer(&key, Outcome::Withdrawn, &self.world.token(), now);
            let put = put_answer(conversation, &key, &withdrawn, expiry(now, limits))?;
            let leaves = leaves.value(":one", number(1)).0;
            let blank = blank(conversation, &key);
            if self.leaves(leaves, (Outcome::Withdrawn, put), Some(blank)).await? {
                return Ok(Changed::Done);
            }
        }
        Err(overtaken("an unsend"))
    }

    /// A fence: what waits is stopped as by a cancel, and nothing written until now is admitted any more. What the user had
    /// chosen goes in the same step, and what a running turn would still make of it is not applied: what is chosen from here
    /// on stays. Answers how much that was; `None`: there is no such conversation.
    pub async fn erase(
        &self,
        conversation: &ConversationKey,
        event: &MessageHash,
    ) -> Result<Option<Forgotten>, TableError> {
        for _ in 0..ROUNDS {
            let Some(mailbox) = self.mailbox(conversation).await? else { return Ok(None) };
            let (state, chosen) = self.forget_state(conversation).await?;
            // What waits is covered whatever its clock says, and so is what the cancels before it covered.
            let waiting = mailbox.waiting.values().map(|waiting| waiting.sent_at);
            let now = self.world.now();
            let covered = waiting.chain(mailbox.cancel.map(|cancel| cancel.sent_at)).chain([now]).max();
            let erase = update_mailbox(conversation, &format!("{}{}", ex::CANCEL, ex::ERASE), ex::ERASE_IF)
                .value(":sent_at", number(covered.unwrap_or(now).0))
                .value(":now", number(now.0))
                .value(":seen", number(mailbox.last_sequence))
                .value(":event", AttributeValue::S(event.to_string()))
                .value(":nobody", number(NOBODY));
            match self.request(TableRequest::Transact(vec![erase.0, state])).await {
                Ok(_) => {}
                Err(TableError::ConditionFailed { .. }) => continue,
                Err(error) => return Err(error),
            }
            self.blank_notes(conversation).await?;
            return Ok(Some(chosen));
        }
        Err(overtaken("an erasure"))
    }

    /// An edit that is not possible any more may have been made by an earlier delivery.
    async fn was_edited(
        &self,
        conversation: &ConversationKey,
        mailbox: &Mailbox,
        edit: Edit<'_>,
    ) -> Result<Changed, TableError> {
        let Some(key) = waiting_key(mailbox, edit.hash).or_else(|| settled_key(mailbox, edit.hash)) else {
            return Ok(Changed::Unknown);
        };
        let standing = self.edited_at(conversation, &key).await?;
        Ok(if standing >= Some(edit.at) { Changed::Done } else { Changed::TooLate })
    }

    /// So may an unsend.
    async fn was_withdrawn(
        &self,
        conversation: &ConversationKey,
        mailbox: &Mailbox,
        hash: &MessageHash,
    ) -> Result<Changed, TableError> {
        if mailbox.waiting.contains_key(hash) {
            return Ok(Changed::TooLate);
        }
        let Some(key) = settled_key(mailbox, hash) else { return Ok(Changed::Unknown) };
        let request = domain::RequestId { conversation: conversation.clone(), key };
        let covering = self.covering_answer(&request).await?;
        let outcome = covering.and_then(|answer| answer.outcome_of(&request.key));
        Ok(if outcome == Some(Outcome::Withdrawn) { Changed::Done } else { Changed::TooLate })
    }

    /// A message leaves the mailbox with an answer of its own, or not at all. One that has an outcome already, as a
    /// refusal that was admitted all the same, just leaves.
    async fn leaves(
        &self,
        leaves: Write,
        (outcome, put): (Outcome, Write),
        blank: Option<Write>,
    ) -> Result<bool, TableError> {
        let together = [leaves.clone(), put].into_iter().chain(blank).collect();
        match self.request(TableRequest::Transact(together)).await {
            Ok(_) => {
                self.world.measure(Metric::Ended(outcome), 1);
                Ok(true)
            }
            Err(TableError::ConditionFailed { index: 1, .. }) => self.took_effect(leaves).await,
            Err(TableError::ConditionFailed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the write took effect, rather than its condition being false.
    async fn took_effect(&self, write: Write) -> Result<bool, TableError> {
        match self.write(write).await {
            Ok(_) => Ok(true),
            Err(TableError::ConditionFailed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn waiting_key(mailbox: &Mailbox, hash: &MessageHash) -> Option<MessageKey> {
    mailbox.waiting.get(hash).map(|waiting| MessageKey::new(waiting.sent_at, hash.clone()))
}

fn settled_key(mailbox: &Mailbox, hash: &MessageHash) -> Option<MessageKey> {
    mailbox.settled.iter().find(|key| key.hash == *hash).cloned()
}

/// The condition under which an untouched message stays one.
fn while_untouched(seen_as: &Mailbox) -> String {
    if seen_as.lease.is_some() { ex::WHILE_LEASED.to_owned() } else { ex::WHILE_FREE.to_owned() }
}

fn check_untouched(conversation: &ConversationKey, hash: &MessageHash, seen_as: &Mailbox) -> Write {
    let action = Action::Check { pk: conversation.to_string(), sk: MAILBOX.to_owned() };
    let check = Building(Write { action, condition: while_untouched(seen_as), ..Write::default() });
    leased(check.name("#old", &waiting_names(hash).0), seen_as).0
}

fn leased(write: Building, seen_as: &Mailbox) -> Building {
    match &seen_as.lease {
        Some(lease) => write.value(":lease", AttributeValue::S(lease.token.0.clone())),
        None => write,
    }
}

/// A waiting message leaves the mailbox that was seen, for the ring.
fn leaving(
    conversation: &ConversationKey,
    key: &MessageKey,
    seen_as: &Mailbox,
    expression: &str,
    condition: &str,
    and_remove: &str,
) -> Building {
    let settlement = seen_as.settle(std::slice::from_ref(key));
    let ring = |keys: &[MessageKey]| AttributeValue::L(keys.iter().map(ring_entry).collect());
    let mark = if settlement.mark.is_some() { ex::COMMIT_MARK } else { "" };
    let expression = format!("{expression}{mark}{}{and_remove}", ex::LEAVES);
    let (old, old_m) = waiting_names(&key.hash);
    let mut leaves =
        update_mailbox(conversation, &expression, &format!("{condition}{}", ex::AND_RING_AS_SEEN))
            .name("#old", &old)
            .name("#oldm", &old_m)
            .value(":ring", ring(&settlement.settled))
            .value(":seen", ring(&seen_as.settled));
    if let Some(mark) = settlement.mark {
        leaves = leaves.value(":mark", number(mark.0));
    }
    leased(leaves, seen_as)
}
