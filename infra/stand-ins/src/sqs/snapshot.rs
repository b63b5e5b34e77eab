//! The queues as a page shows them.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::rules::{Hold, Message, Millis, Queues};
use serde::Serialize;

/// All queues at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    pub at: Millis,
    pub queues: Vec<QueueView>,
}

/// A queue with its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueView {
    pub name: String,
    pub visible: usize,
    pub in_flight: usize,
    pub delayed: usize,
    /// In queue order.
    pub messages: Vec<MessageView>,
}

/// A message without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageView {
    pub id: String,
    pub group: Option<String>,
    pub state: MessageState,
    /// When the flight or the delay ends.
    pub until: Option<Millis>,
    pub receive_count: u32,
    pub sent_at: Millis,
}

/// Whether a message can be received. One of a locked group counts as visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    Visible,
    InFlight,
    Delayed,
}

pub(super) fn snapshot(queues: &mut Queues, now: Millis) -> Snapshot {
    let views = queues.names().into_iter().filter_map(|name| queue(queues, name, now));
    Snapshot { at: now, queues: views.collect() }
}

fn queue(queues: &mut Queues, name: String, now: Millis) -> Option<QueueView> {
    let counts = queues.counts(&name, now).ok()?;
    let messages = queues.messages(&name, now).ok()?.iter().map(message).collect();
    Some(QueueView {
        name,
        visible: counts.visible,
        in_flight: counts.in_flight,
        delayed: counts.delayed,
        messages,
    })
}

fn message(message: &Message) -> MessageView {
    let state = match message.delivery.hold {
        Hold::Free => MessageState::Visible,
        Hold::InFlight { .. } => MessageState::InFlight,
        Hold::Delayed { .. } => MessageState::Delayed,
    };
    MessageView {
        id: message.content.id.clone(),
        group: message.content.group.clone(),
        state,
        until: message.delivery.hold.until(),
        receive_count: message.delivery.receive_count,
        sent_at: message.content.sent_at,
    }
}
