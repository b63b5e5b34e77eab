//! The way in: a message is stored, admitted and its doorbell rung, in that order; a cancel goes past the queue.
//!
//! Whatever fails here fails the request: the platform delivers again, and every step knows itself again.

mod person;
mod scheduled;

use bot::Bot;
use domain::command::Command;
use domain::mailbox::{NotAdmitted, Phase};
use domain::turn::{Strategy, WhenFull};
use domain::wording::Sentence;
use domain::{
    Channel, ConversationKey, Handles, Limits, Message, MessageHash, MessageKey, MessageKind, Metric, Millis,
    Outcome, RequestId,
};
use io::envelope::NoticeV1;
use io::queues;
use io::table::{Admission, Changed, Edit, Refusal, Table};
use io::world::{Queue, QueueError, TableError, World};

pub use person::{Done, Request, Wish};

/// Why a message was not taken in. Retry: answer 5xx, so that the platform delivers again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It waits, and its doorbell has been rung.
    Waiting,
    /// It had its outcome already.
    Settled,
    /// It was refused, and the user is told why.
    Refused(Sentence),
}

/// Whether a full mailbox has room after all.
enum Room {
    Made,
    /// The mailbox has changed meanwhile.
    LookAgain,
    /// None is to be made, or can be.
    None,
}

/// Seconds after which a webhook has either dropped a message or been killed: its `Timeout` and one.
const IF_DROPPED_DELAY_S: u64 = 6;

/// Looks at a mailbox that others change meanwhile, before the platform is asked to deliver again.
const LOOKS_MAX: u32 = 20;

/// The way in.
#[derive(Clone, Copy)]
pub struct Intake<'i> {
    /// Table, queues, clock.
    pub world: &'i dyn World,
    /// Limits and words.
    pub bot: &'i Bot,
}

impl Intake<'_> {
    /// The command that a message is, if it is one.
    pub fn command(&self, message: &Message) -> Option<Command> {
        self.bot.words.recognise(&message.text)
    }

    /// Back, main menu: what runs and what waits is stopped, as by a cancel of that time; then the word is answered like
    /// any other message.
    pub async fn leave(&self, message: &Message, cancelled_at: Millis) -> Result<Taken, IntakeError> {
        let said = self.cancel(&message.conversation, &message.key.hash, cancelled_at).await?;
        if said.1 > 0 {
            // The platform's handle is for the answer to the word itself.
            let aside = Message { handles: Handles::default(), ..message.clone() };
            self.tell(&aside, said).await?;
        }
        self.take(&Message { kind: MessageKind::Command, ..message.clone() }).await
    }

    /// W1 to W3: stores, admits, rings. Once this returns `Ok`, the message will have exactly one outcome.
    pub async fn take(&self, message: &Message) -> Result<Taken, IntakeError> {
        let (table, limits) = (Table::of(self.world), &self.limits());
        let mut announced = None;
        let token = self.world.token();
        let seen = table.store_message(message, &token, limits).await?;
        if seen {
            self.watch(message).await?;
        }
        for _ in 0..LOOKS_MAX {
            let admission = table.admit(message, seen, limits).await?;
            let waits_already = seen && admission == Admission::Not(NotAdmitted::Waiting);
            let taken = match admission {
                Admission::Admitted { first } => Some(self.ring(message, first).await?),
                Admission::Not(NotAdmitted::Waiting) => Some(self.ring(message, !seen).await?),
                Admission::Not(NotAdmitted::Settled) => Some(Taken::Settled),
                Admission::Not(NotAdmitted::BeforeMark) if self.is_settled(message).await? => {
                    Some(Taken::Settled)
                }
                Admission::Not(NotAdmitted::BeforeMark) => {
                    self.refuse(message, Sentence::PleaseResend, false).await?
                }
                Admission::Not(NotAdmitted::Erased) => {
                    self.refuse(message, Sentence::PleaseResend, true).await?
                }
                Admission::Not(NotAdmitted::OverQuota) => {
                    self.refuse(message, Sentence::QuotaSpent, false).await?
                }
                Admission::Not(NotAdmitted::TooFast) => {
                    self.refuse(message, Sentence::TooFast, false).await?
                }
                Admission::Not(NotAdmitted::Full) => {
                    match self.make_room(message, seen, &mut announced).await? {
                        Room::Made => Some(self.ring(message, false).await?),
                        Room::LookAgain => None,
                        Room::None => self.refuse(message, Sentence::TooManyPending, false).await?,
                    }
                }
            };
            if let Some(taken) = taken {
                let is_duplicate = waits_already || taken == Taken::Settled;
                self.world.measure(Metric::DuplicatesDropped, u64::from(is_duplicate));
                tracing::info!(request_id = %message.request_id(), ?taken, "taken in");
                return Ok(taken);
            }
        }
        Err(TableError::Unavailable("the mailbox changes faster than it can be read".to_owned()).into())
    }

    /// Whether a message from before the mark has its outcome. One that was refused is refused again.
    async fn is_settled(&self, message: &Message) -> Result<bool, IntakeError> {
        let covering = Table::of(self.world).covering_answer(&message.request_id()).await?;
        let outcome = covering.and_then(|answer| answer.outcome_of(&message.key));
        Ok(outcome.is_some_and(|outcome| outcome != Outcome::Refused))
    }

    /// A message changed while it waited, by this event. Too late, the user is told so.
    pub async fn edit(&self, message: &Message, event: &MessageHash) -> Result<Changed, IntakeError> {
        let edit = Edit { hash: &message.key.hash, text: &message.text, at: message.key.sent_at, event };
        let table = Table::of(self.world);
        let changed = table.edit(&message.conversation, edit, self.bot.strategy).await?;
        self.tell_whether_too_late(message, changed).await
    }

    /// A message was unsent while it waited. Too late, the user is told so.
    pub async fn unsend(&self, message: &Message) -> Result<Changed, IntakeError> {
        let (conversation, hash) = (&message.conversation, &message.key.hash);
        let table = Table::of(self.world);
        self.tell_its_refusal(message, hash).await?;
        let changed = table.withdraw(conversation, hash, self.bot.strategy, &self.bot.limits).await?;
        self.tell_whether_too_late(message, changed).await
    }

    /// A refused message that was admitted all the same leaves without a turn: the turn would have told the refusal
    /// again. Said before it leaves, for nobody would know of it afterwards.
    async fn tell_its_refusal(&self, message: &Message, leaving: &MessageHash) -> Result<(), IntakeError> {
        if Table::of(self.world).waits_refused(&message.conversation, leaving).await? {
            let aside = Message { handles: Handles::default(), ..message.clone() };
            self.tell(&aside, (Sentence::PleaseResend, 0)).await?;
        }
        Ok(())
    }

    async fn tell_whether_too_late(
        &self,
        message: &Message,
        changed: Changed,
    ) -> Result<Changed, IntakeError> {
        if changed == Changed::TooLate {
            self.tell(message, (Sentence::EditedTooLate, 0)).await?;
        }
        tracing::info!(conversation = %message.conversation, ?changed, "edit or unsend");
        Ok(changed)
    }

    /// The limits as the strategy has them: one that refuses while busy lets nothing wait behind a turn.
    fn limits(&self) -> Limits {
        let limits = self.bot.limits.clone();
        let waiting_max = if self.bot.strategy == Strategy::Reject { 1 } else { limits.waiting_max };
        Limits { waiting_max, ..limits }
    }

    /// Lets the oldest waiting message make room for this one, where the bot wants that.
    ///
    /// The sentence to its author goes out first, late enough to find out whether it is true: a webhook that dies
    /// after the write could not send it any more.
    async fn make_room(
        &self,
        message: &Message,
        seen: bool,
        announced: &mut Option<MessageKey>,
    ) -> Result<Room, IntakeError> {
        if self.bot.when_full != WhenFull::DropOldest {
            return Ok(Room::None);
        }
        let table = Table::of(self.world);
        let mailbox = table.mailbox(&message.conversation).await?.unwrap_or_default();
        let Some(oldest) = mailbox.oldest_untouched(self.bot.strategy) else { return Ok(Room::None) };
        // Another delivery of this very message was faster: it waits.
        if oldest.hash == message.key.hash {
            return Ok(Room::LookAgain);
        }
        if announced.as_ref() != Some(&oldest) {
            self.tell_its_refusal(message, &oldest.hash).await?;
        }
        if announced.as_ref() != Some(&oldest) && message.address.channel != Channel::WEB {
            let dropped = RequestId { conversation: message.conversation.clone(), key: oldest.clone() };
            queues::tell(self.world, &NoticeV1::if_dropped(&dropped, message), IF_DROPPED_DELAY_S).await?;
        }
        *announced = Some(oldest.clone());
        let made = table.displace(message, &oldest, &mailbox, seen, &self.limits()).await?;
        Ok(if made { Room::Made } else { Room::LookAgain })
    }

    /// X: stops the running answer and drops what waits, unless a newer cancel stands. Answers what to say.
    ///
    /// A repeated delivery announces what the fence remembers, for the mailbox has moved on since.
    pub async fn cancel(
        &self,
        conversation: &ConversationKey,
        event: &MessageHash,
        sent_at: Millis,
    ) -> Result<(Sentence, usize), IntakeError> {
        let fence = Table::of(self.world).cancel(conversation, event, sent_at).await?;
        let said = fence.map_or((Sentence::NothingToStop, 0), |fence| {
            let too_late = fence.cancel.met == Some(Phase::Sending);
            let stopped = match (&fence.mailbox, too_late) {
                (Some(mailbox), _) => mailbox.stopped(self.bot.strategy),
                (None, false) => fence.cancel.met_waiting,
                (None, true) => fence.cancel.met_waiting.saturating_sub(1),
            };
            match (too_late, stopped) {
                (true, 0) => (Sentence::TooLate, 0),
                (true, stopped) => (Sentence::TooLateButRestStopped, stopped),
                (false, 0) => (Sentence::NothingToStop, 0),
                (false, stopped) => (Sentence::Stopped, stopped),
            }
        });
        tracing::info!(%conversation, dropped = said.1, said = said.0.key(), "cancel");
        Ok(said)
    }

    /// Hands a sentence about a message to the notify function. A web client gets it as the answer to its request
    /// instead.
    pub async fn tell(&self, message: &Message, said: (Sentence, usize)) -> Result<(), IntakeError> {
        if message.address.channel == Channel::WEB {
            return Ok(());
        }
        Ok(queues::tell(self.world, &NoticeV1::say(said, message), 0).await?)
    }

    /// W3. The watch goes first: should the ring never happen, it rings.
    async fn ring(&self, message: &Message, watch: bool) -> Result<Taken, IntakeError> {
        if watch {
            self.watch(message).await?;
        }
        let lane = if self.bot.is_urgent(&message.text) { Queue::Urgent } else { Queue::Doorbells };
        queues::ring(self.world, message, lane).await?;
        Ok(Taken::Waiting)
    }

    async fn watch(&self, message: &Message) -> Result<(), IntakeError> {
        Ok(queues::tell(self.world, &NoticeV1::watch(message), self.bot.limits.watch_after_s).await?)
    }

    /// Records a refusal and has it told. `None`: the message was admitted meanwhile, look again.
    async fn refuse(
        &self,
        message: &Message,
        why: Sentence,
        is_erased: bool,
    ) -> Result<Option<Taken>, IntakeError> {
        let token = self.world.token();
        match Table::of(self.world).refuse(message, &token, is_erased, &self.bot.limits).await? {
            Refusal::LookAgain => Ok(None),
            Refusal::Settled => Ok(Some(Taken::Settled)),
            Refusal::Recorded => {
                self.tell(message, (why, 0)).await?;
                Ok(Some(Taken::Refused(why)))
            }
        }
    }
}
