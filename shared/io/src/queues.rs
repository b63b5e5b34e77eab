//! The queues: ring, tell, postpone.

use domain::{Message, MessageHash, Token};

use crate::envelope::{DoorbellV1, NoticeV1};
use crate::world::{Queue, QueueError, QueueRequest, World};

/// W3: rings the doorbell of a message's conversation in one of the two lanes. SQS drops a second ring of the same
/// message.
pub async fn ring(world: &dyn World, message: &Message, lane: Queue) -> Result<(), QueueError> {
    let (group, dedup) = (message.conversation.as_str(), message.key.hash.to_string());
    ring_as(world, &DoorbellV1::of(message), lane, group, dedup).await
}

/// Rings once more, past SQS's deduplication.
pub async fn ring_again(
    world: &dyn World,
    bell: &DoorbellV1,
    group: &str,
    hash: &MessageHash,
    token: &Token,
) -> Result<(), QueueError> {
    ring_as(world, bell, Queue::Doorbells, group, format!("{hash}.{token}")).await
}

async fn ring_as(
    world: &dyn World,
    bell: &DoorbellV1,
    queue: Queue,
    group: &str,
    dedup: String,
) -> Result<(), QueueError> {
    let body = as_json(bell)?;
    world.queue(QueueRequest::Ring { queue, group: group.to_owned(), dedup, body }).await
}

/// Hands a notice to the notify function, after a delay of up to 900 seconds.
pub async fn tell(world: &dyn World, notice: &NoticeV1, delay_s: u64) -> Result<(), QueueError> {
    let delay_s = u32::try_from(delay_s.min(900)).unwrap_or(900);
    world.queue(QueueRequest::Notice { body: as_json(notice)?, delay_s }).await
}

/// Gives a received message back, to be delivered again after some seconds.
pub async fn postpone(
    world: &dyn World,
    queue: Queue,
    receipt: &str,
    seconds: u64,
) -> Result<(), QueueError> {
    let seconds = u32::try_from(seconds.min(43_200)).unwrap_or(43_200);
    world.queue(QueueRequest::Postpone { queue, receipt: receipt.to_owned(), seconds }).await
}

fn as_json(envelope: &impl serde::Serialize) -> Result<String, QueueError> {
    serde_json::to_string(envelope).map_err(|error| QueueError(error.to_string()))
}
