//! SendMessage and SendMessageBatch.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::attributes::{Attributes, Scope};
use super::batch::{self, BATCH_BYTES_MAX};
use super::message::content_bytes;
use super::{
    AttributeValue, BatchAnswer, Content, Delivery, Entry, Hold, Message, Millis, Queues, Remembered,
};
use super::{SqsError, seconds};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// A SendMessage request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMessage {
    pub body: String,
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
    pub delay_s: Option<u32>,
    pub attributes: BTreeMap<String, AttributeValue>,
    pub trace_header: Option<String>,
}

/// The answer to a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Of the first send, when this one is a duplicate.
    pub message_id: String,
    /// Only of FIFO queues.
    pub sequence_number: Option<String>,
}

/// The sequence in AWS's form: a decimal number of 20 digits.
pub fn sequence_number(sequence: u64) -> String {
    format!("1{sequence:019}")
}

impl Queues {
    /// Adds a message, or answers with the first send when it is a duplicate.
    pub fn send(&mut self, queue: &str, message: NewMessage, now: Millis) -> Result<Sent, SqsError> {
        let (queue, ledger) = self.at(queue, now)?;
        let deduplication_id = check(&message, &queue.attributes)?;
        let fifo = queue.attributes.fifo;
        let key =
            deduplication_id.as_ref().map(|id| memory_key(id, message.group.as_deref(), &queue.attributes));
        if let Some(first) = key.as_deref().and_then(|key| queue.remembered(key)) {
            let sequence_number = Some(sequence_number(first.sequence));
            return Ok(Sent { message_id: first.message_id.clone(), sequence_number });
        }
        let sequence = ledger.next_sequence();
        let id = ledger.message_id(sequence);
        if let Some(key) = key {
            queue.remember(key, Remembered { message_id: id.clone(), sequence, at: now }, ledger);
        }
        let until = now + seconds(message.delay_s.unwrap_or(queue.attributes.delay_s));
        let hold = if until > now { Hold::Delayed { until } } else { Hold::Free };
        let content = Content {
            id: id.clone(),
            group: message.group,
            deduplication_id,
            body: message.body,
            attributes: message.attributes,
            trace_header: message.trace_header,
            sent_at: now,
            dead_letter_source: None,
        };
        let delivery = Delivery { hold, ..Delivery::default() };
        queue.add(Message { sequence, content: Arc::new(content), delivery }, ledger);
        Ok(Sent { message_id: id, sequence_number: fifo.then(|| sequence_number(sequence)) })
    }

    /// Entries fail one by one, but an entry without a group fails the call (recorded from AWS).
    pub fn send_batch(
        &mut self,
        queue: &str,
        entries: Vec<Entry<NewMessage>>,
        now: Millis,
    ) -> Result<BatchAnswer<Sent>, SqsError> {
        let (target, _) = self.at(queue, now)?;
        let bytes = entries.iter().map(|entry| content_bytes(&entry.item.body, &entry.item.attributes)).sum();
        if bytes > BATCH_BYTES_MAX {
            return Err(SqsError::BatchTooLong { bytes });
        }
        if target.attributes.fifo && entries.iter().any(|entry| entry.item.group.is_none()) {
            return Err(SqsError::InvalidParameter {
                name: "MessageGroupId",
                reason: "Every entry for a FIFO queue needs one.",
            });
        }
        batch::each(entries, |message| self.send(queue, message, now))
    }
}

/// Checks a message against its queue and gives the deduplication id that holds for it.
fn check(message: &NewMessage, queue: &Attributes) -> Result<Option<String>, SqsError> {
    check_body(message, queue)?;
    if let Some(group) = &message.group {
        check_id("MessageGroupId", group)?;
    }
    if !queue.fifo {
        return check_standard(message).map(|()| None);
    }
    if message.group.is_none() {
        return Err(SqsError::MissingParameter { name: "MessageGroupId" });
    }
    if message.delay_s.is_some_and(|delay| delay > 0) {
        return Err(SqsError::InvalidParameter {
            name: "DelaySeconds",
            reason: "The request include parameter that is not valid for this queue type.",
        });
    }
    match &message.deduplication_id {
        Some(id) => check_id("MessageDeduplicationId", id).map(|()| Some(id.clone())),
        None if queue.content_based_deduplication => Ok(Some(sha256_hex(&message.body))),
        None => Err(SqsError::InvalidParameter {
            name: "MessageDeduplicationId",
            reason: "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        }),
    }
}

fn check_body(message: &NewMessage, queue: &Attributes) -> Result<(), SqsError> {
    if message.body.is_empty() {
        return Err(SqsError::MissingParameter { name: "MessageBody" });
    }
    if content_bytes(&message.body, &message.attributes) > queue.message_bytes_max as usize {
        return Err(SqsError::InvalidParameter {
            name: "MessageBody",
            reason: "One or more parameters are invalid. Message must be shorter than MaximumMessageSize bytes.",
        });
    }
    let invalid =
        |c: char| (c < '\u{20}' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    if message.body.contains(invalid) {
        return Err(SqsError::InvalidMessageContents);
    }
    Ok(())
}

/// A group on a standard queue is accepted (fair queues, July 2025); it neither orders nor locks.
fn check_standard(message: &NewMessage) -> Result<(), SqsError> {
    if message.deduplication_id.is_some() {
        return Err(SqsError::InvalidParameter {
            name: "MessageDeduplicationId",
            reason: "The request include parameter that is not valid for this queue type.",
        });
    }
    if message.delay_s.is_some_and(|delay| delay > 900) {
        return Err(SqsError::InvalidParameter {
            name: "DelaySeconds",
            reason: "DelaySeconds must be >= 0 and <= 900.",
        });
    }
    Ok(())
}

/// API reference of SendMessage: 1 to 128 alphanumeric characters and punctuation.
fn check_id(name: &'static str, id: &str) -> Result<(), SqsError> {
    if (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(SqsError::InvalidParameter {
        name,
        reason: "It can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    })
}

/// A space cannot be part of either id, so it keeps them apart.
pub(super) fn memory_key(id: &str, group: Option<&str>, queue: &Attributes) -> String {
    match (queue.deduplication_scope, group) {
        (Scope::MessageGroup, Some(group)) => format!("{group} {id}"),
        _ => id.to_owned(),
    }
}

fn sha256_hex(body: &str) -> String {
    Sha256::digest(body).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
