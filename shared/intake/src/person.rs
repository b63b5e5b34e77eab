//! The way in of a person: they take over, say something, hand back. A fence first, then a notice to the user, whose words
//! stand in the table: a request that is made again finds both.

use domain::person::{Act, Deed, short_name};
use domain::turn::Transcript;
use domain::wording::Sentence;
use domain::{
    Address, Channel, ConversationKey, Mailbox, Message, MessageHash, MessageKey, Millis, RequestId,
};
use io::envelope::NoticeV1;
use io::queues;
use io::table::{Acted, Table};
use io::world::TableError;

use crate::{Intake, IntakeError, LOOKS_MAX};

/// What a person wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish<'w> {
    /// Answer in the bot's place, under this name.
    TakeOver(&'w str),
    /// Tell the user this.
    Say(&'w str),
    /// Let the bot answer again.
    HandBack,
}

/// A request of theirs. Made again with the same event and time, it is the same one.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// In which conversation.
    pub conversation: &'r ConversationKey,
    /// What.
    pub wish: Wish<'r>,
    /// Names it.
    pub event: &'r MessageHash,
    /// When it was made.
    pub at: Millis,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// As wished, now or before.
    Yes {
        /// The act, where one had to be done.
        act: Option<Box<Act>>,
        /// Who holds the conversation now: of a wish that is repeated, perhaps somebody else by then.
        held_by: Option<String>,
    },
    /// There is no such conversation.
    Unknown,
    /// Nobody has taken over: only the bot speaks.
    NotHeld,
    /// Nothing that the user wrote is stored any more, and so not where they are.
    NobodyThere,
}

impl Intake<'_> {
    /// Does what a person wants. Once this returns `Yes`, it holds, and the user will be told.
    pub async fn act(&self, request: Request<'_>) -> Result<Done, IntakeError> {
        let (table, conversation) = (Table::of(self.world), request.conversation);
        for _ in 0..LOOKS_MAX {
            let transcript = table.transcript(conversation, &self.bot.limits).await?;
            let Some(mailbox) = &transcript.mailbox else { return Ok(Done::Unknown) };
            let held_by = mailbox.held_by.as_deref();
            if made(&transcript, request).is_some() || is_so(held_by, request.wish) {
                let act = maker(&transcript, request);
                self.tell_act(conversation, act).await?;
                let held_by = held_by.map(ToOwned::to_owned);
                return Ok(Done::Yes { act: act.cloned().map(Box::new), held_by });
            }
            let newest = newest(&table, conversation, &transcript, mailbox).await?;
            let newest = newest.as_ref();
            match (request.wish, held_by, newest) {
                (Wish::Say(_), None, _) => return Ok(Done::NotHeld),
                (Wish::Say(_), _, None) => return Ok(Done::NobodyThere),
                _ => {}
            }
            let act = self.act_of(request, held_by, newest);
            if table.act(conversation, &act, held_by, &self.bot.limits).await? == Acted::Done {
                tracing::info!(%conversation, deed = act.deed.name(), "a person acts");
                self.tell_act(conversation, Some(&act)).await?;
                let held_by = (act.deed != Deed::HandedBack).then(|| act.person.clone());
                return Ok(Done::Yes { act: Some(Box::new(act)), held_by });
            }
        }
        Err(TableError::Unavailable("the mailbox changes faster than it can be read".to_owned()).into())
    }

    /// The act that a wish becomes. A second person takes over from the first without another sentence.
    fn act_of(&self, request: Request<'_>, held_by: Option<&str>, newest: Option<&Message>) -> Act {
        let language = newest.and_then(|message| message.language.as_deref());
        let say = |sentence| self.bot.wording.say(sentence, language, 0);
        let (deed, person, text) = match request.wish {
            Wish::TakeOver(person) if held_by.is_some() => (Deed::TookOver, person, String::new()),
            Wish::TakeOver(person) => (Deed::TookOver, person, say(Sentence::HandedOver)),
            Wish::Say(text) => (Deed::Said, held_by.unwrap_or_default(), text.to_owned()),
            Wish::HandBack => (Deed::HandedBack, held_by.unwrap_or_default(), say(Sentence::HandedBack)),
        };
        Act {
            key: MessageKey::new(request.at, request.event.clone()),
            deed,
            person: short_name(person).to_owned(),
            text: if newest.is_some() { text } else { String::new() },
            to: newest.map_or_else(|| nowhere(request.conversation), |message| message.address.clone()),
            told: None,
        }
    }

    /// Hands what is still to be told to the notify function.
    async fn tell_act(&self, conversation: &ConversationKey, act: Option<&Act>) -> Result<(), IntakeError> {
        if let Some(act) = act.filter(|act| act.is_open()) {
            queues::tell(self.world, &NoticeV1::person(conversation, &act.key), 0).await?;
        }
        Ok(())
    }
}

/// Whether it is as wished already.
fn is_so(held_by: Option<&str>, wish: Wish<'_>) -> bool {
    match wish {
        Wish::TakeOver(person) => held_by == Some(short_name(person)),
        Wish::HandBack => held_by.is_none(),
        Wish::Say(_) => false,
    }
}

/// The act that made it so: that of this very request, or the newest of its kind. The user may still have to be told of it.
fn maker<'t>(transcript: &'t Transcript, request: Request<'_>) -> Option<&'t Act> {
    let deed = match request.wish {
        Wish::TakeOver(_) => Deed::TookOver,
        Wish::Say(_) => Deed::Said,
        Wish::HandBack => Deed::HandedBack,
    };
    let mut newest = transcript.acts.values().rev();
    made(transcript, request).or_else(|| newest.find(|act| act.deed == deed))
}

/// What an earlier delivery of this request did.
fn made<'t>(transcript: &'t Transcript, request: Request<'_>) -> Option<&'t Act> {
    transcript.acts.values().find(|act| act.key.hash == *request.event)
}

/// The newest message that says where the user is. One that was erased does not, whether or not its words still stand.
/// Where persons have said more since than a transcript holds, it is the one that was settled last.
async fn newest(
    table: &Table<'_>,
    conversation: &ConversationKey,
    transcript: &Transcript,
    mailbox: &Mailbox,
) -> Result<Option<Message>, TableError> {
    let says_where = |message: &Message| {
        !message.address.chat.is_empty() && Some(message.key.sent_at) > mailbox.erased_until
    };
    let read = transcript.messages.values().rev().find(|message| says_where(message));
    match (read, mailbox.settled.last()) {
        (None, Some(key)) => {
            let settled = RequestId { conversation: conversation.clone(), key: key.clone() };
            Ok(table.message(&settled).await?.filter(says_where))
        }
        _ => Ok(read.cloned()),
    }
}

/// The place of somebody of whom nothing is stored.
fn nowhere(conversation: &ConversationKey) -> Address {
    let channel = conversation.channel().unwrap_or(Channel::WEB);
    Address { channel, chat: String::new(), thread: None }
}
