//! Messages that were asked for ahead of time: an owner's schedules with their subscribers, a user's reminders.
//!
//! What is to be said stands in the state of whoever asked for it, or in the bot's folder. A clock outside only rings;
//! what it rings for is looked up, so that a cancel or an erasure in between is obeyed.

use crate::conversation::{Address, ConversationKey};
use crate::key::{MessageHash, MessageKey};
use crate::mailbox::Mailbox;
use crate::message::{Handles, Message, MessageKind};
use crate::time::Millis;

/// Who asked for messages ahead of time, and where they are said: where it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Whose conversation.
    pub conversation: ConversationKey,
    /// Where.
    pub address: Address,
    /// BCP 47.
    pub language: Option<String>,
    /// When it was asked for, by the platform's clock: an erasure later than that voids it.
    pub since: Millis,
}

impl Subscriber {
    /// Whoever wrote this message.
    pub fn of(message: &Message) -> Subscriber {
        Subscriber {
            conversation: message.conversation.clone(),
            address: message.address.clone(),
            language: message.language.clone(),
            since: message.key.sent_at,
        }
    }

    /// Whether everything was erased since it was asked for.
    pub fn is_void(&self, mailbox: &Mailbox) -> bool {
        mailbox.erased_until.is_some_and(|until| self.since <= until)
    }

    /// The message of one occurrence. Delivered again, it is the same one.
    pub fn message(&self, occurrence: &Occurrence, content: Content<'_>, now: Millis) -> Message {
        let (kind, text) = match content {
            Content::Prompt(text) => (MessageKind::Prompted, text),
            Content::Says(text) => (MessageKind::Announced, text),
        };
        Message {
            conversation: self.conversation.clone(),
            key: occurrence.key(),
            address: self.address.clone(),
            text: text.to_owned(),
            kind,
            media: Vec::new(),
            handles: Handles::default(),
            language: self.language.clone(),
            received_at: now,
        }
    }
}

/// What is said at an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'c> {
    /// What the model makes of this.
    Prompt(&'c str),
    /// This, as it is.
    Says(&'c str),
}

/// One time of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The schedule's name.
    pub schedule: String,
    /// The time it was due, not the time it came.
    pub at: Millis,
}

impl Occurrence {
    /// Its place in a conversation, the same whenever it is delivered.
    pub fn key(&self) -> MessageKey {
        let event = format!("schedule {} {}", self.schedule, self.at.0);
        MessageKey::new(self.at, MessageHash::of(&event))
    }
}

/// A subscription of a conversation's, as it stands since some change of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Who, and where.
    pub subscriber: Subscriber,
    /// `false`: not any more.
    pub is_on: bool,
    /// The version of the state that made it so.
    pub changed_in: u64,
}

/// Something a user wants to be told at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Names its alarm, and so itself: [`Reminder::name`] of the message that asked for it.
    pub name: String,
    /// When.
    pub at: Millis,
    /// What. Private, as any text of the user's.
    pub text: String,
    /// Whom, and where.
    pub subscriber: Subscriber,
}

impl Reminder {
    /// The name of the reminder that this message asks for: 54 characters at most, of letters, digits, `-`, `_` and `.`.
    pub fn name(asked_by: &Message) -> String {
        let conversation = asked_by.conversation.as_str().replace(':', ".");
        format!("r.{conversation}.{}", asked_by.key.hash)
    }

    /// The message that asked for the reminder of that name.
    pub fn asked_by(name: &str) -> Option<MessageHash> {
        name.rsplit_once('.').and_then(|(_, hash)| MessageHash::parse(hash))
    }

    /// The one time it is due.
    pub fn occurrence(&self) -> Occurrence {
        Occurrence { schedule: self.name.clone(), at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channel;

    fn subscriber() -> Subscriber {
        let address = Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None };
        let conversation = ConversationKey::of("demo", &address);
        Subscriber { conversation, address, language: None, since: Millis(5_000) }
    }

    #[test]
    fn an_occurrence_is_one_message_however_often_it_comes() {
        let occurrence = |at| Occurrence { schedule: "digest".into(), at: Millis(at) };
        let message = |at, now| {
            subscriber().message(&occurrence(at), Content::Prompt("news"), Millis(now)).request_id()
        };
        assert_eq!(message(60_000, 61_000), message(60_000, 99_000));
        assert_ne!(message(60_000, 61_000), message(120_000, 121_000));
        let other = Occurrence { schedule: "other".into(), at: Millis(60_000) };
        assert_ne!(other.key(), occurrence(60_000).key());
    }

    #[test]
    fn an_erasure_voids_what_was_asked_for_before_it() {
        let erased = |until| Mailbox { erased_until: Some(Millis(until)), ..Mailbox::default() };
        assert!(!subscriber().is_void(&Mailbox::default()));
        assert!(!subscriber().is_void(&erased(4_999)));
        assert!(subscriber().is_void(&erased(5_000)));
    }
}
