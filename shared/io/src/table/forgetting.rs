//! An erasure goes through everything that is stored of a conversation and takes the words away. What is left tells that there
//! was a message and how it ended, so that the audit still adds up, and goes by its expiry.
//!
//! Every step can be done again: an erasure that was broken off is begun anew. What was written since its fence stays.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ConversationKey, Limits, Mailbox, MessageHash, MessageKey, Millis, State, StatePatch};

use super::expressions as ex;
use super::mailbox_item::number;
use super::state::put_state;
use super::writing::{Building, update, update_item};
use super::{Table, dead_letters_pk, keys, notes, schedules, sort_key};
use crate::world::{Action, Item, TableError, TableReply, TableRequest, Write};

/// Items of one page.
const PAGE_ITEMS: u32 = 100;

/// What was taken away, each counted when it had something to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Messages: text, attachments, where they came from.
    pub messages: u64,
    /// Answers: parts, buttons, what they were to do beside.
    pub answers: u64,
    /// What was spoken.
    pub spoken: u64,
    /// What a person said.
    pub acts: u64,
    /// Notes that were still there: the fence takes them first.
    pub notes: u64,
    /// Places among a schedule's subscribers.
    pub subscriptions: u64,
    /// Reminders.
    pub reminders: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Messages that are still being settled: their words are left, so that the user is told.
    pub unsettled: u64,
}

impl Table<'_> {
    /// How many messages an erasure has stopped and that are not settled yet.
    pub async fn unsettled(&self, conversation: &ConversationKey) -> Result<u64, TableError> {
        let mailbox = self.mailbox(conversation).await?.unwrap_or_default();
        Ok(mailbox.waiting.values().filter(|waiting| mailbox.is_cancelled(waiting)).count() as u64)
    }

    /// Takes away everything up to the erasure that stands. Without one, nothing.
    pub async fn forget(
        &self,
        conversation: &ConversationKey,
        limits: &Limits,
    ) -> Result<Forgotten, TableError> {
        let mailbox = self.mailbox(conversation).await?.unwrap_or_default();
        let Some(until) = mailbox.erased_until else { return Ok(Forgotten::default()) };
        let mut gone = Forgotten { unsettled: self.unsettled(conversation).await?, ..Forgotten::default() };
        let mut from = None;
        loop {
            let page = self.query(conversation, from, true, PAGE_ITEMS).await?;
            let is_last = page.len() < PAGE_ITEMS as usize;
            // The lowest key above the last one: nothing this code writes continues with this character.
            from = page.last().and_then(sort_key).map(|last| format!("{last}\u{1}"));
            for item in page {
                self.forget_item(conversation, &item, &mailbox, until, &mut gone).await?;
            }
            if is_last {
                break;
            }
        }
        self.forget_dead_letters(conversation, until, limits, &mut gone).await?;
        Ok(gone)
    }

    async fn forget_item(
        &self,
        conversation: &ConversationKey,
        item: &Item,
        mailbox: &Mailbox,
        until: Millis,
        gone: &mut Forgotten,
    ) -> Result<(), TableError> {
        let Some(sk) = sort_key(item) else { return Ok(()) };
        let place = keys::parse_sk(sk);
        let key = place.as_ref().map(|(key, _)| key.clone()).or_else(|| notes::items::note_of(sk));
        let Some(key) = key.filter(|key| is_before(item, key, until)) else { return Ok(()) };
        if !is_worded(item) || waits(item, &key, mailbox) {
            return Ok(());
        }
        let (expression, count) = match place.map(|(_, part)| part) {
            Some(keys::Part::Message) => (ex::FORGET_MESSAGE, &mut gone.messages),
            Some(keys::Part::Answer) => (ex::FORGET_ANSWER, &mut gone.answers),
            Some(keys::Part::Spoken) => (ex::BLANK, &mut gone.spoken),
            Some(keys::Part::Act) => (ex::FORGET_ACT, &mut gone.acts),
            None => (ex::BLANK_NOTE, &mut gone.notes),
        };
        *count += 1;
        self.take_words(update(conversation, sk.to_owned(), expression, ex::PRESENT), expression).await
    }

    async fn take_words(&self, write: Building, expression: &str) -> Result<(), TableError> {
        let nothing = || AttributeValue::S(String::new());
        let write = if expression.contains(":text") { write.value(":text", nothing()) } else { write };
        let write = if expression.contains(":none") {
            write.value(":none", AttributeValue::L(Vec::new()))
        } else {
            write
        };
        match self.write(write.0).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Dead letters stand under their day and go by the request ids of their messages.
    async fn forget_dead_letters(
        &self,
        conversation: &ConversationKey,
        until: Millis,
        limits: &Limits,
        gone: &mut Forgotten,
    ) -> Result<(), TableError> {
        let prefix = format!("{}.", conversation.as_str().replacen(':', ".", 1));
        let today = self.world.now().seconds().div_euclid(86_400);
        for day in today - i64::try_from(limits.transcript_days).unwrap_or(0)..=today {
            let mut from = prefix.clone();
            loop {
                let pk = dead_letters_pk(day);
                let (from_here, limit) = (Some(from.clone()), PAGE_ITEMS);
                let query = TableRequest::Query { pk: pk.clone(), from: from_here, forward: true, limit };
                let TableReply::Items(page) = self.world.table(query).await? else { break };
                let letters = page.iter().filter_map(|item| Some((sort_key(item)?, item)));
                let letters: Vec<_> = letters.take_while(|(sk, _)| sk.starts_with(&prefix)).collect();
                for (letter, item) in &letters {
                    // One that nobody could read may hold anything.
                    let goes = keys::letter_of(letter).is_none_or(|key| is_before(item, &key, until));
                    if goes && is_worded(item) {
                        let blank =
                            update_item(pk.clone(), (*letter).to_owned(), ex::FORGET_LETTER, ex::PRESENT);
                        self.take_words(blank, ex::FORGET_LETTER).await?;
                        gone.dead_letters += 1;
                    }
                }
                match letters.last() {
                    Some((last, _)) if letters.len() >= PAGE_ITEMS as usize => from = format!("{last}\u{1}"),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    /// Takes the user's place among subscribers away, and answers the write that takes away what they chose: a part of the
    /// fence's step, made for the state that was seen.
    pub(super) async fn forget_state(
        &self,
        conversation: &ConversationKey,
    ) -> Result<(Write, Forgotten), TableError> {
        let (state, is_unread) = match self.state(conversation).await {
            Err(TableError::Damaged { .. } | TableError::Later { .. }) => (State::default(), true),
            state => (state?, false),
        };
        // First: what it subscribes to leads to the lists of subscribers.
        for schedule in state.subscriptions.keys() {
            let (pk, sk) = (schedules::items::subscribers_pk(schedule), conversation.to_string());
            let off = update_item(pk, sk, ex::FORGET_SUBSCRIBER, ex::PRESENT)
                .name("#on", "on")
                .value(":off", AttributeValue::Bool(false));
            self.take_words(self.expiring(off), ex::FORGET_SUBSCRIBER).await?;
        }
        let nothing = State { version: state.version + 1, ..State::default() };
        let mut blank = put_state(conversation, &StatePatch { from: state.version, state: nothing })?;
        if let Action::Put(item) = &mut blank.action {
            item.insert("ttl".to_owned(), number(self.world.now().seconds()));
        }
        if is_unread {
            ex::ANY.clone_into(&mut blank.condition);
        }
        let (subscriptions, reminders) = (state.subscriptions.len() as u64, state.reminders.len() as u64);
        Ok((blank, Forgotten { subscriptions, reminders, ..Forgotten::default() }))
    }

    fn expiring(&self, write: Building) -> Building {
        write.name("#ttl", "ttl").value(":ttl", number(self.world.now().seconds()))
    }
}

/// Whether it was there before the erasure, by the platform's clock or ours.
fn is_before(item: &Item, key: &MessageKey, until: Millis) -> bool {
    let ours = ["ra", "wa", "ka"].into_iter().find_map(|name| item.get(name)?.as_n().ok());
    let ours = ours.and_then(|digits| digits.parse().ok()).map(Millis);
    key.sent_at <= until || ours.is_some_and(|ours| ours <= until)
}

/// Whether there is anything to take.
fn is_worded(item: &Item) -> bool {
    let says =
        |name: &str| item.get(name).and_then(|text| text.as_s().ok()).is_some_and(|text| !text.is_empty());
    let lists =
        |name: &str| item.get(name).and_then(|list| list.as_l().ok()).is_some_and(|list| !list.is_empty());
    let has = ["media", "reply", "seen", "sp", "di"].iter().any(|name| item.contains_key(*name));
    ["tx", "ch", "body"].into_iter().any(says) || ["pa", "bt", "ed", "ns"].into_iter().any(lists) || has
}

/// Whether it belongs to a message that is still being settled.
fn waits(item: &Item, key: &MessageKey, mailbox: &Mailbox) -> bool {
    let waits = |hash: &MessageHash| mailbox.waiting.contains_key(hash);
    let covers = item.get("co").and_then(|covers| covers.as_m().ok());
    let covered =
        covers.into_iter().flat_map(|covers| covers.keys()).filter_map(|key| MessageKey::parse(key));
    waits(&key.hash) || covered.into_iter().any(|key| waits(&key.hash))
}
