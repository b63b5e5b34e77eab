//! What an action changed, as rows a store can write, and the rows it hands back after a restart.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::{Delivery, Message, Millis, Remembered};
use std::collections::BTreeMap;

/// One row that an action wrote or took away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    PutQueue(SavedQueue),
    /// The queue goes with all its messages and remembered sends.
    DropQueue {
        name: String,
    },
    AddMessage {
        queue: String,
        message: Message,
    },
    Deliver {
        queue: String,
        sequence: u64,
        delivery: Delivery,
    },
    DropMessage {
        queue: String,
        sequence: u64,
    },
    Remember {
        queue: String,
        key: String,
        sent: Remembered,
    },
    Forget {
        queue: String,
        key: String,
    },
}

impl Change {
    /// The queue that the change is about.
    pub fn queue(&self) -> &str {
        match self {
            Self::PutQueue(queue) => &queue.name,
            Self::DropQueue { name: queue }
            | Self::AddMessage { queue, .. }
            | Self::Deliver { queue, .. }
            | Self::DropMessage { queue, .. }
            | Self::Remember { queue, .. }
            | Self::Forget { queue, .. } => queue,
        }
    }
}

/// A queue without its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQueue {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub created_at: Millis,
    pub modified_at: Millis,
}

/// Everything a store kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The highest sequence ever given, also to messages that are gone.
    pub sequence: u64,
    pub queues: Vec<SavedQueue>,
    pub messages: Vec<(String, Message)>,
    pub remembered: Vec<(String, String, Remembered)>,
}

/// Where actions note their changes and take their numbers from.
#[derive(Clone)]
pub(super) struct Ledger {
    seed: u64,
    sequence: u64,
    changes: Vec<Change>,
}

impl Ledger {
    pub(super) fn new(seed: u64, sequence: u64) -> Self {
        Self { seed, sequence, changes: Vec::new() }
    }

    pub(super) fn note(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(super) fn take(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// A message id in the shape of AWS's (a version 4 UUID), the same for the same seed and sequence.
    pub(super) fn message_id(&self, sequence: u64) -> String {
        let high = mixed(self.seed ^ mixed(sequence));
        let low = mixed(high ^ sequence);
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }
}

/// The finaliser of splitmix64, a bijection: <https://prng.di.unimi.it/splitmix64.c>
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
