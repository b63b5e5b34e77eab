//! One queue: its messages and the indexes that make order and lock one rule.
//!
//! A lane is a list in send order, and only its head opens it: a FIFO message waits in the lane of its
//! group, a message of a standard queue has a lane of its own.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::attributes::Attributes;
use super::change::Ledger;
use super::{
    Change, DEDUPLICATION_WINDOW_MS, Delivery, Hold, Message, Millis, Remembered, SavedQueue, seconds,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) attributes: Attributes,
    pub(super) created_at: Millis,
    pub(super) modified_at: Millis,
    messages: BTreeMap<u64, Message>,
    lanes: BTreeMap<String, Lane>,
    /// Heads of lanes that can be received.
    open: BTreeSet<u64>,
    /// When holds end.
    timers: BTreeSet<(Millis, u64)>,
    /// Send times, for retention.
    ages: BTreeSet<(Millis, u64)>,
    remembered: BTreeMap<String, Remembered>,
    remembered_ages: BTreeSet<(Millis, String)>,
}

#[derive(Clone, Default)]
struct Lane {
    members: BTreeSet<u64>,
    open: Option<u64>,
}

/// How many messages of a queue are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Neither in flight nor delayed, also when the group is locked (recorded from AWS).
    pub visible: usize,
    pub in_flight: usize,
    pub delayed: usize,
}

impl Queue {
    pub(super) fn new(saved: &SavedQueue, arn: String, attributes: Attributes) -> Self {
        Self {
            name: saved.name.clone(),
            arn,
            attributes,
            created_at: saved.created_at,
            modified_at: saved.modified_at,
            messages: BTreeMap::new(),
            lanes: BTreeMap::new(),
            open: BTreeSet::new(),
            timers: BTreeSet::new(),
            ages: BTreeSet::new(),
            remembered: BTreeMap::new(),
            remembered_ages: BTreeSet::new(),
        }
    }

    pub(super) fn saved(&self) -> SavedQueue {
        SavedQueue {
            name: self.name.clone(),
            attributes: self.attributes.to_map(),
            created_at: self.created_at,
            modified_at: self.modified_at,
        }
    }

    /// Applies what time alone does: holds end, old messages and old sends are forgotten.
    pub(super) fn advance(&mut self, now: Millis, ledger: &mut Ledger) {
        while let Some((until, sequence)) = self.timers.first().copied().filter(|(until, _)| *until <= now) {
            self.timers.remove(&(until, sequence));
            if let Some(message) = self.messages.get_mut(&sequence) {
                message.delivery.hold = Hold::Free;
            }
            self.reopen(sequence);
        }
        let retention = seconds(self.attributes.retention_s);
        while let Some((_, sequence)) = self.ages.first().copied().filter(|(at, _)| at + retention <= now) {
            self.remove(sequence, ledger);
        }
        while let Some((_, key)) =
            self.remembered_ages.first().filter(|(at, _)| at + DEDUPLICATION_WINDOW_MS <= now).cloned()
        {
            self.forget(&key, ledger);
        }
    }

    /// When `advance` will next do something that a receiver could notice.
    pub(super) fn next_change(&self) -> Option<Millis> {
        let hold = self.timers.first().map(|(until, _)| *until);
        let age = self.ages.first().map(|(at, _)| at + seconds(self.attributes.retention_s));
        hold.into_iter().chain(age).min()
    }

    pub(super) fn add(&mut self, message: Message, ledger: &mut Ledger) {
        ledger.note(Change::AddMessage { queue: self.name.clone(), message: message.clone() });
        self.restore(message);
    }

    pub(super) fn restore(&mut self, message: Message) {
        let sequence = message.sequence;
        self.lanes.entry(lane(&message, self.attributes.fifo)).or_default().members.insert(sequence);
        self.ages.insert((message.content.sent_at, sequence));
        self.timers.extend(message.delivery.hold.until().map(|until| (until, sequence)));
        self.messages.insert(sequence, message);
        self.reopen(sequence);
    }

    pub(super) fn remove(&mut self, sequence: u64, ledger: &mut Ledger) -> Option<Message> {
        let message = self.messages.remove(&sequence)?;
        ledger.note(Change::DropMessage { queue: self.name.clone(), sequence });
        self.ages.remove(&(message.content.sent_at, sequence));
        if let Some(until) = message.delivery.hold.until() {
            self.timers.remove(&(until, sequence));
        }
        let key = lane(&message, self.attributes.fifo);
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.members.remove(&sequence);
        }
        self.reopen_lane(&key);
        Some(message)
    }

    pub(super) fn deliver(&mut self, sequence: u64, delivery: Delivery, ledger: &mut Ledger) {
        let Some(message) = self.messages.get_mut(&sequence) else { return };
        let before = std::mem::replace(&mut message.delivery, delivery.clone());
        if let Some(until) = before.hold.until() {
            self.timers.remove(&(until, sequence));
        }
        self.timers.extend(delivery.hold.until().map(|until| (until, sequence)));
        ledger.note(Change::Deliver { queue: self.name.clone(), sequence, delivery });
        self.reopen(sequence);
    }

    pub(super) fn message(&self, sequence: u64) -> Option<&Message> {
        self.messages.get(&sequence)
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// Messages that are in flight or delayed.
    pub(super) fn held(&self) -> impl Iterator<Item = &Message> {
        self.timers.iter().filter_map(|(_, sequence)| self.messages.get(sequence))
    }

    /// The first open head after a sequence.
    pub(super) fn open_after(&self, sequence: u64) -> Option<u64> {
        self.open.range(sequence + 1..).next().copied()
    }

    /// The free message that follows in the same lane, if it is free.
    pub(super) fn following(&self, sequence: u64) -> Option<u64> {
        let lane = self.lanes.get(&lane(self.messages.get(&sequence)?, self.attributes.fifo))?;
        let next = lane.members.range(sequence + 1..).next().copied()?;
        self.messages.get(&next).filter(|message| message.delivery.hold == Hold::Free).map(|_| next)
    }

    pub(super) fn counts(&self) -> Counts {
        let delayed = self.held().filter(|m| matches!(m.delivery.hold, Hold::Delayed { .. })).count();
        let in_flight = self.timers.len() - delayed;
        Counts { visible: self.messages.len() - self.timers.len(), in_flight, delayed }
    }

    pub(super) fn remember(&mut self, key: String, sent: Remembered, ledger: &mut Ledger) {
        ledger.note(Change::Remember { queue: self.name.clone(), key: key.clone(), sent: sent.clone() });
        self.restore_remembered(key, sent);
    }

    pub(super) fn restore_remembered(&mut self, key: String, sent: Remembered) {
        self.remembered_ages.insert((sent.at, key.clone()));
        self.remembered.insert(key, sent);
    }

    pub(super) fn remembered(&self, key: &str) -> Option<&Remembered> {
        self.remembered.get(key)
    }

    fn forget(&mut self, key: &str, ledger: &mut Ledger) {
        if let Some(sent) = self.remembered.remove(key) {
            self.remembered_ages.remove(&(sent.at, key.to_owned()));
            ledger.note(Change::Forget { queue: self.name.clone(), key: key.to_owned() });
        }
    }

    fn reopen(&mut self, sequence: u64) {
        if let Some(message) = self.messages.get(&sequence) {
            let key = lane(message, self.attributes.fifo);
            self.reopen_lane(&key);
        }
    }

    fn reopen_lane(&mut self, key: &str) {
        let Some(lane) = self.lanes.get_mut(key) else { return };
        if let Some(before) = lane.open.take() {
            self.open.remove(&before);
        }
        let Some(head) = lane.members.first().copied() else {
            self.lanes.remove(key);
            return;
        };
        if self.messages.get(&head).is_some_and(|message| message.delivery.hold == Hold::Free) {
            lane.open = Some(head);
            self.open.insert(head);
        }
    }
}

fn lane(message: &Message, fifo: bool) -> String {
    match &message.content.group {
        Some(group) if fifo => group.clone(),
        _ => message.sequence.to_string(),
    }
}
