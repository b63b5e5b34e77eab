//! A world with one clock: `world.send("A", "a1")`, `world.bodies()`, `world.later_s(30)`.
use stand_ins::sqs::rules::{Millis, NewMessage, Queues, Receive, Received, Sent, SqsError};
use std::collections::BTreeMap;

pub struct World {
    pub queues: Queues,
    pub now: Millis,
    sends: u32,
}

pub const QUEUE: &str = "chat.fifo";
pub const DEAD: &str = "dead.fifo";

impl World {
    pub fn new() -> Self {
        Self { queues: Queues::new("eu-north-1", "111122223333", 7), now: 1_800_000_000_000, sends: 0 }
    }

    /// A FIFO queue named [`QUEUE`] with these attributes.
    pub fn fifo(attributes: &[(&str, &str)]) -> Self {
        let mut world = Self::new();
        world.create(QUEUE, attributes).unwrap();
        world
    }

    /// [`QUEUE`] with [`DEAD`] behind it.
    pub fn with_dead_letters(receives_max: u32, attributes: &[(&str, &str)]) -> Self {
        let mut world = Self::new();
        world.create(DEAD, &[]).unwrap();
        let policy = redrive(&world.queues.arn(DEAD), receives_max);
        world.create(QUEUE, &[attributes, &[("RedrivePolicy", policy.as_str())]].concat()).unwrap();
        world
    }

    pub fn create(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<(), SqsError> {
        let mut wanted = map(attributes);
        if name.strip_suffix(".fifo").is_some() {
            wanted.insert("FifoQueue".into(), "true".into());
        }
        self.queues.create_queue(name, &wanted, self.now)
    }

    pub fn later_s(&mut self, seconds: u64) {
        self.now += seconds * 1000;
    }

    pub fn send(&mut self, group: &str, body: &str) -> Sent {
        self.sends += 1;
        let id = format!("unique-{}", self.sends);
        self.send_as(group, &id, body).unwrap()
    }

    pub fn send_as(&mut self, group: &str, id: &str, body: &str) -> Result<Sent, SqsError> {
        self.queues.send(QUEUE, message(group, id, body), self.now)
    }

    pub fn receive(&mut self, count_max: usize) -> Vec<Received> {
        self.receive_with(&Receive { count_max, ..Receive::default() })
    }

    pub fn receive_with(&mut self, request: &Receive) -> Vec<Received> {
        self.queues.receive(QUEUE, request, self.now).unwrap()
    }

    pub fn receive_from(&mut self, queue: &str) -> Vec<Received> {
        self.queues.receive(queue, &Receive { count_max: 10, ..Receive::default() }, self.now).unwrap()
    }

    /// Receives up to ten and names them.
    pub fn bodies(&mut self) -> Vec<String> {
        bodies(&self.receive(10))
    }

    pub fn delete(&mut self, message: &Received) -> Result<(), SqsError> {
        self.queues.delete(QUEUE, &message.receipt_handle, self.now)
    }

    pub fn visibility(&mut self, message: &Received, seconds: u32) -> Result<(), SqsError> {
        self.queues.change_visibility(QUEUE, &message.receipt_handle, seconds, self.now)
    }

    /// Visible, in flight, delayed.
    pub fn counts(&mut self) -> (usize, usize, usize) {
        let counts = self.queues.counts(QUEUE, self.now).unwrap();
        (counts.visible, counts.in_flight, counts.delayed)
    }
}

pub fn message(group: &str, id: &str, body: &str) -> NewMessage {
    NewMessage {
        body: body.into(),
        group: Some(group.into()),
        deduplication_id: Some(id.into()),
        ..NewMessage::default()
    }
}

pub fn bodies(messages: &[Received]) -> Vec<String> {
    messages.iter().map(|message| message.content.body.clone()).collect()
}

pub fn redrive(arn: &str, receives_max: u32) -> String {
    format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{receives_max}}}"#)
}

pub fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}
