//! A message: what the sender said (never changes) and where its delivery stands.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::Millis;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The place in the queue. A released message keeps it, so order survives any order of releases.
    pub sequence: u64,
    pub content: Arc<Content>,
    pub delivery: Delivery,
}

/// What the sender said, and what the queue added to it for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub id: String,
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
    pub body: String,
    pub attributes: BTreeMap<String, AttributeValue>,
    pub trace_header: Option<String>,
    pub sent_at: Millis,
    /// ARN of the queue that gave the message up (DeadLetterQueueSourceArn).
    pub dead_letter_source: Option<String>,
}

/// A message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeValue {
    /// `String`, `Number` or `Binary`, perhaps with a label after a dot.
    pub data_type: String,
    pub value: Value,
}

/// The value of a message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Binary(Vec<u8>),
}

/// Where the delivery of a message stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    pub hold: Hold,
    /// Receives over all queues. It also numbers the receipt handles: the newest handle carries this count.
    pub receive_count: u32,
    pub first_received_at: Option<Millis>,
}

/// Why a message cannot be received. A hold whose time has come counts as `Free`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    #[default]
    Free,
    Delayed {
        until: Millis,
    },
    InFlight {
        until: Millis,
        attempt: Option<Attempt>,
    },
}

/// The receive (by its ReceiveRequestAttemptId) that took a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub id: String,
    pub at: Millis,
}

/// A send that makes later sends with the same key duplicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    pub message_id: String,
    pub sequence: u64,
    pub at: Millis,
}

impl Hold {
    /// When the hold ends.
    pub fn until(&self) -> Option<Millis> {
        match self {
            Self::Free => None,
            Self::Delayed { until } | Self::InFlight { until, .. } => Some(*until),
        }
    }
}

impl Content {
    /// The size that counts against the limits: body and attributes with their names and types.
    /// SQS developer guide, "Amazon SQS message quotas".
    pub fn bytes(&self) -> usize {
        content_bytes(&self.body, &self.attributes)
    }
}

pub(super) fn content_bytes(body: &str, attributes: &BTreeMap<String, AttributeValue>) -> usize {
    body.len() + attributes.iter().map(|(name, value)| name.len() + value.bytes()).sum::<usize>()
}

impl AttributeValue {
    fn bytes(&self) -> usize {
        let value = match &self.value {
            Value::Text(text) => text.len(),
            Value::Binary(bytes) => bytes.len(),
        };
        self.data_type.len() + value
    }
}
