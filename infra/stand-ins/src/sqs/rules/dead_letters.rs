//! Into the dead-letter queue, and back out with a message move task.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::send::memory_key;
use super::{Content, Delivery, Hold, Message, Millis, Queues, Remembered, SqsError};
use std::sync::Arc;

/// A move that was asked for. It is done by the time it is answered, so it is always complete; the record
/// itself lives in memory only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveTask {
    pub handle: String,
    pub source_arn: String,
    pub destination_arn: Option<String>,
    pub moved: usize,
    pub started_at: Millis,
}

impl Queues {
    /// The queues whose dead letters go to this one.
    pub fn dead_letter_sources(&self, name: &str) -> Result<Vec<String>, SqsError> {
        if !self.exists(name) {
            return Err(SqsError::QueueDoesNotExist);
        }
        let arn = self.arn(name);
        let targets = |queue: &super::queue::Queue| {
            queue.attributes.redrive.as_ref().is_some_and(|redrive| redrive.target_arn == arn)
        };
        Ok(self.by_name.values().filter(|queue| targets(queue)).map(|queue| queue.name.clone()).collect())
    }

    /// Moves what is visible in a dead-letter queue to a queue, or each message back to where it came from.
    pub fn start_move(
        &mut self,
        source_arn: &str,
        destination_arn: Option<&str>,
        now: Millis,
    ) -> Result<String, SqsError> {
        let source = self.name_of(source_arn).ok_or(SqsError::MoveSourceDoesNotExist)?;
        if self.dead_letter_sources(&source)?.is_empty() {
            return Err(SqsError::InvalidParameter {
                name: "SourceArn",
                reason: "Source queue must be configured as a Dead Letter Queue.",
            });
        }
        if destination_arn.is_some_and(|arn| self.name_of(arn).is_none()) {
            return Err(SqsError::MoveSourceDoesNotExist);
        }
        let moved = self.move_all(&source, destination_arn, now)?;
        let handle = format!("move-{}-{now}", self.tasks.len() + 1);
        self.tasks.push(MoveTask {
            handle: handle.clone(),
            source_arn: source_arn.to_owned(),
            destination_arn: destination_arn.map(str::to_owned),
            moved,
            started_at: now,
        });
        Ok(handle)
    }

    /// Newest first.
    pub fn list_moves(&self, source_arn: &str, count_max: usize) -> Vec<MoveTask> {
        self.tasks
            .iter()
            .rev()
            .filter(|task| task.source_arn == source_arn)
            .take(count_max)
            .cloned()
            .collect()
    }

    /// The target's name and the receives that a message may have, if messages of this queue can be buried.
    pub(super) fn dead_letter_queue(&self, name: &str) -> Option<(String, u32)> {
        let redrive = self.by_name.get(name)?.attributes.redrive.as_ref()?;
        Some((self.name_of(&redrive.target_arn)?, redrive.receives_max))
    }

    /// A dead letter keeps its id, group and receive count. The send time restarts in a FIFO queue and stays
    /// in a standard one (developer guide, "Configuring message retention for a dead-letter queue").
    pub(super) fn bury(&mut self, source: &str, target: &str, messages: Vec<Message>, now: Millis) {
        let source_arn = self.arn(source);
        for message in messages {
            let fifo = self.by_name.get(target).is_some_and(|queue| queue.attributes.fifo);
            let sent_at = if fifo { now } else { message.content.sent_at };
            let content = Content {
                sent_at,
                dead_letter_source: Some(source_arn.clone()),
                ..(*message.content).clone()
            };
            let delivery = Delivery { hold: Hold::Free, ..message.delivery };
            self.put(target, content, delivery, now);
        }
    }

    fn move_all(
        &mut self,
        source: &str,
        destination_arn: Option<&str>,
        now: Millis,
    ) -> Result<usize, SqsError> {
        let (queue, _) = self.at(source, now)?;
        let visible: Vec<(u64, Option<String>)> = queue
            .messages()
            .filter(|message| message.delivery.hold == Hold::Free)
            .map(|message| (message.sequence, message.content.dead_letter_source.clone()))
            .collect();
        let mut moved = 0;
        for (sequence, came_from) in visible {
            let target = destination_arn.or(came_from.as_deref()).and_then(|arn| self.name_of(arn));
            let Some(target) = target else { continue };
            let (queue, ledger) = self.at(source, now)?;
            if let Some(message) = queue.remove(sequence, ledger) {
                self.resend(&target, &message, now);
                moved += 1;
            }
        }
        Ok(moved)
    }

    /// A message that leaves the dead-letter queue counts as new: new id, new send time, no receives
    /// (developer guide, "Configuring a dead-letter queue redrive").
    fn resend(&mut self, target: &str, message: &Message, now: Millis) {
        let id = self.ledger.message_id(self.ledger.sequence() + 1);
        let content = Content { id, sent_at: now, dead_letter_source: None, ..(*message.content).clone() };
        self.put(target, content, Delivery::default(), now);
    }

    /// The message's id serves as deduplication id: no earlier send can make the moved message a duplicate.
    fn put(&mut self, target: &str, mut content: Content, delivery: Delivery, now: Millis) {
        let Ok((queue, ledger)) = self.at(target, now) else { return };
        let sequence = ledger.next_sequence();
        if queue.attributes.fifo {
            let key = memory_key(&content.id, content.group.as_deref(), &queue.attributes);
            queue.remember(key, Remembered { message_id: content.id.clone(), sequence, at: now }, ledger);
            content.deduplication_id = Some(content.id.clone());
        }
        queue.add(Message { sequence, content: Arc::new(content), delivery }, ledger);
    }
}
