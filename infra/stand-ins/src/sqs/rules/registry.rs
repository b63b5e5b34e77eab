//! All queues of an account in a region, and the actions on queues as a whole.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::attributes::{Attributes, is_readable};
use super::change::Ledger;
use super::queue::Queue;
use super::{Change, Counts, Message, Millis, MoveTask, Saved, SavedQueue, SqsError};
use std::collections::BTreeMap;

/// The whole state. A copy goes its own way from there on.
#[derive(Clone)]
pub struct Queues {
    pub(super) region: String,
    pub(super) account: String,
    pub(super) by_name: BTreeMap<String, Queue>,
    pub(super) ledger: Ledger,
    pub(super) tasks: Vec<MoveTask>,
}

/// One page of ListQueues; `next` is given to ask for the page after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub names: Vec<String>,
    pub next: Option<String>,
}

impl Queues {
    /// The seed makes message ids; the same seed and the same calls give the same ids.
    pub fn new(region: &str, account: &str, seed: u64) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            by_name: BTreeMap::new(),
            ledger: Ledger::new(seed, 0),
            tasks: Vec::new(),
        }
    }

    /// The state before a restart. A message that was in flight still is.
    ///
    /// # Errors
    /// A saved queue has attributes that no queue can have: the store is damaged, give up.
    pub fn restored(region: &str, account: &str, seed: u64, saved: Saved) -> Result<Self, SqsError> {
        let mut all = Self::new(region, account, seed);
        all.ledger = Ledger::new(seed, saved.sequence);
        for queue in saved.queues {
            let attributes = Attributes::for_new_queue(&queue.name, &queue.attributes)?;
            let arn = all.arn(&queue.name);
            all.by_name.insert(queue.name.clone(), Queue::new(&queue, arn, attributes));
        }
        for (name, message) in saved.messages {
            if let Some(queue) = all.by_name.get_mut(&name) {
                queue.restore(message);
            }
        }
        for (name, key, sent) in saved.remembered {
            if let Some(queue) = all.by_name.get_mut(&name) {
                queue.restore_remembered(key, sent);
            }
        }
        Ok(all)
    }

    /// What the actions since the last call changed, in order. A store writes it before anyone is answered;
    /// a caller that keeps nothing still calls this now and then, to let go of it.
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.ledger.take()
    }

    /// The highest sequence given so far; a store keeps it with the changes.
    pub fn sequence(&self) -> u64 {
        self.ledger.sequence()
    }

    /// Makes a queue, or does nothing if it is there with the same attributes.
    pub fn create_queue(
        &mut self,
        name: &str,
        wanted: &BTreeMap<String, String>,
        now: Millis,
    ) -> Result<(), SqsError> {
        check_name(name)?;
        let attributes = Attributes::for_new_queue(name, wanted)?;
        self.check_redrive(&attributes)?;
        if let Some(existing) = self.by_name.get(name) {
            return match existing.attributes.conflict(&attributes, wanted) {
                Some(attribute) => Err(SqsError::QueueNameExists { attribute }),
                None => Ok(()),
            };
        }
        let saved = SavedQueue {
            name: name.to_owned(),
            attributes: attributes.to_map(),
            created_at: now,
            modified_at: now,
        };
        self.by_name.insert(name.to_owned(), Queue::new(&saved, self.arn(name), attributes));
        self.ledger.note(Change::PutQueue(saved));
        Ok(())
    }

    /// Removes a queue with everything in it.
    pub fn delete_queue(&mut self, name: &str) -> Result<(), SqsError> {
        self.by_name.remove(name).ok_or(SqsError::QueueDoesNotExist)?;
        self.ledger.note(Change::DropQueue { name: name.to_owned() });
        Ok(())
    }

    /// Removes every message, also those in flight. Sends stay remembered.
    pub fn purge_queue(&mut self, name: &str, now: Millis) -> Result<(), SqsError> {
        let (queue, ledger) = self.at(name, now)?;
        let sequences: Vec<u64> = queue.messages().map(|message| message.sequence).collect();
        for sequence in sequences {
            queue.remove(sequence, ledger);
        }
        Ok(())
    }

    /// Whether there is a queue of that name.
    pub fn exists(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The queues whose names begin so, in order of their names.
    pub fn list_queues(&self, prefix: &str, after: Option<&str>, count_max: usize) -> Listing {
        let mut names = self
            .by_name
            .keys()
            .filter(|name| name.starts_with(prefix) && after.is_none_or(|a| name.as_str() > a));
        let page: Vec<String> = names.by_ref().take(count_max).cloned().collect();
        let next = names.next().and(page.last().cloned());
        Listing { names: page, next }
    }

    /// The attributes by name, `All` included.
    pub fn queue_attributes(
        &mut self,
        name: &str,
        wanted: &[String],
        now: Millis,
    ) -> Result<BTreeMap<String, String>, SqsError> {
        let (queue, _) = self.at(name, now)?;
        if let Some(unknown) = wanted.iter().find(|name| !is_readable(name)) {
            return Err(SqsError::InvalidAttributeName { name: unknown.clone() });
        }
        let counts = queue.counts();
        let mut map = queue.attributes.to_map();
        map.extend([
            ("QueueArn".to_owned(), queue.arn.clone()),
            ("ApproximateNumberOfMessages".to_owned(), counts.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible".to_owned(), counts.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed".to_owned(), counts.delayed.to_string()),
            ("CreatedTimestamp".to_owned(), (queue.created_at / 1000).to_string()),
            ("LastModifiedTimestamp".to_owned(), (queue.modified_at / 1000).to_string()),
        ]);
        map.retain(|name, _| wanted.iter().any(|w| w == "All" || w == name));
        Ok(map)
    }

    /// Changes some attributes; all of them or, when one is refused, none.
    pub fn set_queue_attributes(
        &mut self,
        name: &str,
        wanted: &BTreeMap<String, String>,
        now: Millis,
    ) -> Result<(), SqsError> {
        let (queue, _) = self.at(name, now)?;
        let attributes = queue.attributes.changed(wanted)?;
        self.check_redrive(&attributes)?;
        let (queue, ledger) = self.at(name, now)?;
        queue.attributes = attributes;
        queue.modified_at = now;
        ledger.note(Change::PutQueue(queue.saved()));
        Ok(())
    }

    /// The messages by state.
    pub fn counts(&mut self, name: &str, now: Millis) -> Result<Counts, SqsError> {
        self.at(name, now).map(|(queue, _)| queue.counts())
    }

    /// The messages of a queue in their order.
    pub fn messages(&mut self, name: &str, now: Millis) -> Result<Vec<Message>, SqsError> {
        self.at(name, now).map(|(queue, _)| queue.messages().cloned().collect())
    }

    /// All queues, in order of their names.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    /// Whether a receive now would find something.
    pub fn has_open(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|queue| queue.open_after(0).is_some())
    }

    /// When a receive that finds nothing at `now` should look again, if nobody acts before.
    pub fn next_change(&mut self, name: &str, now: Millis) -> Option<Millis> {
        let (queue, _) = self.at(name, now).ok()?;
        queue.next_change()
    }

    /// The earliest [`Self::next_change`] of all queues.
    pub fn next_change_of_all(&mut self, now: Millis) -> Option<Millis> {
        self.names().iter().filter_map(|name| self.next_change(name, now)).min()
    }

    /// How long a receive waits that does not say it (ReceiveMessageWaitTimeSeconds).
    pub fn wait_default_s(&self, name: &str) -> Result<u32, SqsError> {
        self.by_name.get(name).map(|queue| queue.attributes.wait_s).ok_or(SqsError::QueueDoesNotExist)
    }

    /// The ARN that a queue of that name has.
    pub fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }

    /// A queue as it is at that time, with the ledger to note changes in.
    pub(super) fn at(&mut self, name: &str, now: Millis) -> Result<(&mut Queue, &mut Ledger), SqsError> {
        let queue = self.by_name.get_mut(name).ok_or(SqsError::QueueDoesNotExist)?;
        queue.advance(now, &mut self.ledger);
        Ok((queue, &mut self.ledger))
    }

    pub(super) fn name_of(&self, arn: &str) -> Option<String> {
        let name = arn.rsplit(':').next()?;
        (self.arn(name) == arn && self.exists(name)).then(|| name.to_owned())
    }

    fn check_redrive(&self, attributes: &Attributes) -> Result<(), SqsError> {
        let Some(redrive) = &attributes.redrive else { return Ok(()) };
        let refused = |reason| Err(SqsError::InvalidParameter { name: "RedrivePolicy", reason });
        match self.name_of(&redrive.target_arn).and_then(|name| self.by_name.get(&name)) {
            None => refused("Dead letter target does not exist."),
            Some(target) if target.attributes.fifo != attributes.fifo => {
                refused("Dead-letter queue must be same type of queue as the source.")
            }
            Some(_) => Ok(()),
        }
    }
}

/// API reference of CreateQueue: at most 80 characters, alphanumeric, hyphen, underscore, and the suffix.
fn check_name(name: &str) -> Result<(), SqsError> {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if stem.is_empty() || name.len() > 80 || !allowed {
        return Err(SqsError::InvalidParameter {
            name: "QueueName",
            reason: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        });
    }
    Ok(())
}
