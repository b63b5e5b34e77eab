//! What a receipt handle is good for: DeleteMessage and ChangeMessageVisibility.
use super::attributes::VISIBILITY_S;
use super::change::Ledger;
use super::queue::Queue;
use super::receive::{attempted, in_flight};
use super::{BatchAnswer, Delivery, Entry, Hold, Millis, Queues, SqsError, batch, seconds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a handle says: the n-th receive of a message.
pub(super) struct Receipt {
    pub(super) queue: String,
    pub(super) sequence: u64,
    pub(super) receive_count: u32,
}

/// How a handle stands to its message.
enum Standing {
    /// The message is in flight under this handle.
    Held(Delivery),
    /// It was the newest handle, but the timeout has run out.
    Expired,
    /// The message was received again since.
    Superseded,
    /// The message is gone.
    Gone,
}

impl Receipt {
    pub(super) fn to_handle(&self) -> String {
        STANDARD.encode(format!("1:{}:{}:{}", self.queue, self.sequence, self.receive_count))
    }

    fn parse(handle: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
        let mut parts = text.strip_prefix("1:")?.split(':');
        let queue = parts.next()?.to_owned();
        let sequence = parts.next()?.parse().ok()?;
        let receive_count = parts.next()?.parse().ok()?;
        Some(Self { queue, sequence, receive_count })
    }

    fn of(handle: &str, queue: &Queue) -> Result<Self, SqsError> {
        Self::parse(handle)
            .filter(|receipt| receipt.queue == queue.name)
            .ok_or(SqsError::ReceiptHandleIsInvalid)
    }

    fn standing(&self, queue: &Queue) -> Standing {
        let Some(message) = queue.message(self.sequence) else { return Standing::Gone };
        if message.delivery.receive_count != self.receive_count {
            return Standing::Superseded;
        }
        match message.delivery.hold {
            Hold::InFlight { .. } => Standing::Held(message.delivery.clone()),
            Hold::Free | Hold::Delayed { .. } => Standing::Expired,
        }
    }
}

impl Queues {
    /// Deleting twice, or with a handle that a later receive superseded, succeeds without effect. An expired
    /// handle still deletes from a standard queue; a FIFO queue refuses it.
    pub fn delete(&mut self, queue: &str, handle: &str, now: Millis) -> Result<(), SqsError> {
        let (queue, ledger) = self.at(queue, now)?;
        let receipt = Receipt::of(handle, queue)?;
        match receipt.standing(queue) {
            Standing::Gone | Standing::Superseded => return Ok(()),
            Standing::Expired if queue.attributes.fifo => return Err(SqsError::ReceiptHandleExpired),
            Standing::Held(delivery) => end_attempt(queue, &delivery, ledger),
            Standing::Expired => {}
        }
        queue.remove(receipt.sequence, ledger);
        Ok(())
    }

    /// Deletes one by one; a handle that is refused fails alone.
    pub fn delete_batch(
        &mut self,
        queue: &str,
        entries: Vec<Entry<String>>,
        now: Millis,
    ) -> Result<BatchAnswer<()>, SqsError> {
        self.at(queue, now)?;
        batch::each(entries, |handle| self.delete(queue, &handle, now))
    }

    /// The timeout counts from now; 0 releases the message to its old place.
    pub fn change_visibility(
        &mut self,
        queue: &str,
        handle: &str,
        visibility_s: u32,
        now: Millis,
    ) -> Result<(), SqsError> {
        let (queue, ledger) = self.at(queue, now)?;
        if !VISIBILITY_S.contains(&visibility_s) {
            return Err(SqsError::InvalidParameter {
                name: "VisibilityTimeout",
                reason: "VisibilityTimeout must be an integer between 0 and 43200",
            });
        }
        let receipt = Receipt::of(handle, queue)?;
        match receipt.standing(queue) {
            Standing::Held(delivery) => {
                end_attempt(queue, &delivery, ledger);
                let hold = in_flight(now, now + seconds(visibility_s), None);
                queue.deliver(receipt.sequence, Delivery { hold, ..delivery }, ledger);
                Ok(())
            }
            Standing::Expired | Standing::Superseded if queue.attributes.fifo => {
                Err(SqsError::ReceiptHandleExpired)
            }
            Standing::Expired | Standing::Superseded => Err(SqsError::MessageNotInFlight),
            Standing::Gone => Err(SqsError::InvalidParameter {
                name: "ReceiptHandle",
                reason: "Message does not exist or is not available for visibility timeout change.",
            }),
        }
    }

    /// Changes one by one; a handle that is refused fails alone.
    pub fn change_visibility_batch(
        &mut self,
        queue: &str,
        entries: Vec<Entry<(String, u32)>>,
        now: Millis,
    ) -> Result<BatchAnswer<()>, SqsError> {
        self.at(queue, now)?;
        batch::each(entries, |(handle, visibility_s)| {
            self.change_visibility(queue, &handle, visibility_s, now)
        })
    }
}

/// A receive cannot be retried once one of its messages was deleted or changed.
fn end_attempt(queue: &mut Queue, delivery: &Delivery, ledger: &mut Ledger) {
    let Hold::InFlight { attempt: Some(attempt), .. } = &delivery.hold else { return };
    let sequences: Vec<u64> = attempted(queue, &attempt.id).map(|(sequence, _)| sequence).collect();
    for sequence in sequences {
        let Some(message) = queue.message(sequence) else { continue };
        let mut delivery = message.delivery.clone();
        if let Hold::InFlight { attempt, .. } = &mut delivery.hold {
            *attempt = None;
        }
        queue.deliver(sequence, delivery, ledger);
    }
}
