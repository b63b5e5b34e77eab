//! An item of the table, read as what its sort key says that it is. For those who look at a whole table.

use domain::turn::Answer;
use domain::{ConversationKey, Mailbox, Message, MessageKey, State};

use super::{MAILBOX, answers, items, keys, mailbox_item, state};
use crate::world::{Item, TableError};

/// Where an item stands, and what it is.
#[derive(Debug)]
pub struct Stored {
    /// Whose it is.
    pub conversation: ConversationKey,
    /// When DynamoDB may delete it, in seconds since 1970.
    pub expires_at_s: Option<i64>,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of items; one that cannot be read says why.
#[derive(Debug)]
pub enum Kind {
    /// The control item.
    Mailbox(Result<Box<Mailbox>, TableError>),
    /// What the user has chosen.
    State(Result<Box<State>, TableError>),
    /// A message.
    Message(MessageKey, Result<Box<Message>, TableError>),
    /// The answer of the turn whose newest message has this key.
    Answer(MessageKey, Result<Box<Answer>, TableError>),
}

impl Stored {
    /// Reads an item. `None`: it belongs to no conversation, or is of a kind that this code does not know.
    pub fn read(item: Item) -> Option<Stored> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let conversation = ConversationKey::parse(&text("pk")?)?;
        let sk = text("sk")?;
        let ttl = item.get("ttl").and_then(|value| value.as_n().ok());
        let expires_at_s = ttl.and_then(|digits| digits.parse().ok());
        Some(Stored { conversation, expires_at_s, kind: kind(&sk, item)? })
    }
}

fn kind(sk: &str, item: Item) -> Option<Kind> {
    if sk == MAILBOX {
        return Some(Kind::Mailbox(mailbox_item::read(&item).map(Box::new)));
    }
    if sk == keys::STATE_SK {
        return Some(Kind::State(state::items::read_state(item).map(Box::new)));
    }
    Some(match keys::parse_sk(sk)? {
        (_, keys::Part::Spoken | keys::Part::Act) => return None,
        (key, keys::Part::Answer) => {
            Kind::Answer(key, answers::items::read_answer(item).map(|(_, answer)| Box::new(answer)))
        }
        (key, keys::Part::Message) => Kind::Message(key, items::read_message(item).map(Box::new)),
    })
}
