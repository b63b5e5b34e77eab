//! ReceiveMessage, without the waiting.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::attributes::VISIBILITY_S;
use super::change::Ledger;
use super::queue::Queue;
use super::receipts::Receipt;
use super::{
    Attempt, Content, DEDUPLICATION_WINDOW_MS, Delivery, Hold, Message, Millis, Queues, SqsError, seconds,
};
use std::sync::Arc;

/// A ReceiveMessage request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receive {
    /// 1 to 10.
    pub count_max: usize,
    /// The queue's own, when absent.
    pub visibility_s: Option<u32>,
    pub attempt_id: Option<String>,
}

/// A message as a receiver gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub sequence: u64,
    pub receipt_handle: String,
    pub content: Arc<Content>,
    pub receive_count: u32,
    pub first_received_at: Millis,
}

impl Default for Receive {
    fn default() -> Self {
        Self { count_max: 1, visibility_s: None, attempt_id: None }
    }
}

/// One receive in progress on a queue.
struct Taking {
    now: Millis,
    until: Millis,
    attempt: Option<Attempt>,
    receives_max: Option<u32>,
    delivered: Vec<Received>,
    worn_out: Vec<Message>,
}

impl Queues {
    /// Goes through the open lanes, oldest head first, and takes messages of a lane up to the first that is
    /// in flight or delayed. A message received too often goes to the dead-letter queue instead.
    pub fn receive(&mut self, name: &str, request: &Receive, now: Millis) -> Result<Vec<Received>, SqsError> {
        check(request)?;
        let dead_letters = self.dead_letter_queue(name);
        let (queue, ledger) = self.at(name, now)?;
        let visibility = seconds(request.visibility_s.unwrap_or(queue.attributes.visibility_s));
        if let Some(id) = &request.attempt_id
            && let Some(again) = retried(queue, id, now, visibility, ledger)
        {
            return Ok(again);
        }
        let mut taking = Taking {
            now,
            until: now + visibility,
            attempt: request.attempt_id.as_ref().map(|id| Attempt { id: id.clone(), at: now }),
            receives_max: dead_letters.as_ref().map(|(_, receives_max)| *receives_max),
            delivered: Vec::new(),
            worn_out: Vec::new(),
        };
        let mut head = 0;
        while taking.delivered.len() < request.count_max {
            let Some(next) = queue.open_after(head) else { break };
            head = next;
            if taking.has(head) {
                continue;
            }
            taking.lane(queue, head, request.count_max, ledger);
        }
        let Taking { delivered, worn_out, .. } = taking;
        if let Some((target, _)) = dead_letters {
            self.bury(name, &target, worn_out, now);
        }
        Ok(delivered)
    }
}

impl Taking {
    /// A lane shows up again when its first message wore out and the next was taken with a timeout of 0.
    fn has(&self, sequence: u64) -> bool {
        self.delivered.iter().any(|received| received.sequence == sequence)
    }

    fn lane(&mut self, queue: &mut Queue, head: u64, count_max: usize, ledger: &mut Ledger) {
        let mut next = Some(head);
        while let Some(sequence) = next.filter(|_| self.delivered.len() < count_max) {
            next = queue.following(sequence);
            let receives = queue.message(sequence).map_or(0, |message| message.delivery.receive_count);
            if self.receives_max.is_some_and(|receives_max| receives >= receives_max) {
                self.worn_out.extend(queue.remove(sequence, ledger));
            } else {
                self.deliver(queue, sequence, ledger);
            }
        }
    }

    fn deliver(&mut self, queue: &mut Queue, sequence: u64, ledger: &mut Ledger) {
        let Some(message) = queue.message(sequence) else { return };
        let delivery = Delivery {
            hold: in_flight(self.now, self.until, self.attempt.clone()),
            receive_count: message.delivery.receive_count + 1,
            first_received_at: message.delivery.first_received_at.or(Some(self.now)),
        };
        queue.deliver(sequence, delivery, ledger);
        self.delivered.extend(received(queue, sequence));
    }
}

/// The same messages and handles once more, with a fresh visibility timeout, as long as none of them was
/// deleted, changed or released. API reference of ReceiveMessage, ReceiveRequestAttemptId.
fn retried(
    queue: &mut Queue,
    attempt_id: &str,
    now: Millis,
    visibility: Millis,
    ledger: &mut Ledger,
) -> Option<Vec<Received>> {
    let mut sequences: Vec<u64> = attempted(queue, attempt_id)
        .filter(|(_, attempt)| attempt.at + DEDUPLICATION_WINDOW_MS > now)
        .map(|(sequence, _)| sequence)
        .collect();
    sequences.sort_unstable();
    for sequence in &sequences {
        let Some(message) = queue.message(*sequence) else { continue };
        let mut delivery = message.delivery.clone();
        let Hold::InFlight { attempt, .. } = delivery.hold else { continue };
        delivery.hold = in_flight(now, now + visibility, attempt);
        queue.deliver(*sequence, delivery, ledger);
    }
    let again: Vec<Received> =
        sequences.into_iter().filter_map(|sequence| received(queue, sequence)).collect();
    (!again.is_empty()).then_some(again)
}

/// The messages that a receive took and that are still in flight.
pub(super) fn attempted<'a>(queue: &'a Queue, attempt_id: &str) -> impl Iterator<Item = (u64, &'a Attempt)> {
    queue.held().filter_map(move |message| match &message.delivery.hold {
        Hold::InFlight { attempt: Some(attempt), .. } if attempt.id == attempt_id => {
            Some((message.sequence, attempt))
        }
        _ => None,
    })
}

pub(super) fn in_flight(now: Millis, until: Millis, attempt: Option<Attempt>) -> Hold {
    if until > now { Hold::InFlight { until, attempt } } else { Hold::Free }
}

fn received(queue: &Queue, sequence: u64) -> Option<Received> {
    let Message { content, delivery, .. } = queue.message(sequence)?;
    let receipt = Receipt { queue: queue.name.clone(), sequence, receive_count: delivery.receive_count };
    Some(Received {
        sequence,
        receipt_handle: receipt.to_handle(),
        content: Arc::clone(content),
        receive_count: delivery.receive_count,
        first_received_at: delivery.first_received_at?,
    })
}

fn check(request: &Receive) -> Result<(), SqsError> {
    if !(1..=10).contains(&request.count_max) {
        return Err(SqsError::InvalidParameter {
            name: "MaxNumberOfMessages",
            reason: "Must be between 1 and 10, if provided.",
        });
    }
    if request.visibility_s.is_some_and(|s| !VISIBILITY_S.contains(&s)) {
        return Err(SqsError::InvalidParameter {
            name: "VisibilityTimeout",
            reason: "Must be between 0 and 43200, if provided.",
        });
    }
    Ok(())
}
