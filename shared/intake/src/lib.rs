//! The way in: a message is stored, admitted and its doorbell rung, in that order; a cancel goes past the queue.
//!
//! Whatever fails here fails the request: the platform delivers again, and every step knows itself again.

use bot::Bot;
use domain::command::Command;
use domain::mailbox::{NotAdmitted, Phase};
use domain::turn::Strategy;
use domain::wording::Sentence;
use domain::{Address, Channel, ConversationKey, Message, MessageHash, Millis, Outcome};
use io::envelope::NoticeV1;
use io::queues;
use io::table::{Admission, Refusal, Table};
use io::world::{QueueError, TableError, World};

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

    /// W1 to W3: stores, admits, rings. Once this returns `Ok`, the message will have exactly one outcome.
    pub async fn take(&self, message: &Message) -> Result<Taken, IntakeError> {
        let (table, limits) = (Table::of(self.world), &self.bot.limits);
        let token = self.world.token();
        let seen = table.store_message(message, &token, limits).await?;
        if seen {
            self.watch(message).await?;
        }
        loop {
            match table.admit(message, seen, limits).await? {
                Admission::Admitted { first } => return self.ring(message, first).await,
                Admission::Not(NotAdmitted::Waiting) => return self.ring(message, !seen).await,
                Admission::Not(NotAdmitted::Settled) => {
                    tracing::info!(request_id = %message.request_id(), "duplicate dropped");
                    return Ok(Taken::Settled);
                }
                Admission::Not(NotAdmitted::BeforeMark) => {
                    let covering = table.covering_answer(&message.request_id()).await?;
                    let outcome = covering.and_then(|answer| answer.outcome_of(&message.key));
                    if outcome.is_some_and(|outcome| outcome != Outcome::Refused) {
                        return Ok(Taken::Settled);
                    }
                    if let Some(taken) = self.refuse(message, Sentence::PleaseResend).await? {
                        return Ok(taken);
                    }
                }
                Admission::Not(NotAdmitted::Full) => {
                    if let Some(taken) = self.refuse(message, Sentence::TooManyPending).await? {
                        return Ok(taken);
                    }
                }
            }
        }
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
        let one_message_turns = self.bot.strategy == Strategy::Queue;
        let said = fence.map_or((Sentence::NothingToStop, 0), |fence| {
            let too_late = fence.cancel.met == Some(Phase::Sending);
            let stopped = match (&fence.mailbox, too_late) {
                (Some(mailbox), _) => mailbox.stopped(one_message_turns),
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

    /// Hands a sentence to the notify function. A web client gets it as the answer to its request instead.
    pub async fn tell(
        &self,
        conversation: &ConversationKey,
        address: &Address,
        language: Option<&str>,
        said: (Sentence, usize),
    ) -> Result<(), IntakeError> {
        if address.channel == Channel::Web {
            return Ok(());
        }
        let notice = NoticeV1::say(said.0, said.1, conversation, address, language);
        Ok(queues::tell(self.world, &notice, 0).await?)
    }

    /// W3. The watch goes first: should the ring never happen, it rings.
    async fn ring(&self, message: &Message, watch: bool) -> Result<Taken, IntakeError> {
        if watch {
            self.watch(message).await?;
        }
        queues::ring(self.world, message).await?;
        tracing::info!(request_id = %message.request_id(), conversation = %message.conversation, "admitted");
        Ok(Taken::Waiting)
    }

    async fn watch(&self, message: &Message) -> Result<(), IntakeError> {
        Ok(queues::tell(self.world, &NoticeV1::watch(message), self.bot.limits.watch_after_s).await?)
    }

    /// Records a refusal and has it told. `None`: the message was admitted meanwhile, look again.
    async fn refuse(&self, message: &Message, why: Sentence) -> Result<Option<Taken>, IntakeError> {
        let token = self.world.token();
        match Table::of(self.world).refuse(message, &token, &self.bot.limits).await? {
            Refusal::LookAgain => Ok(None),
            Refusal::Settled => Ok(Some(Taken::Settled)),
            Refusal::Recorded => {
                let language = message.language.as_deref();
                self.tell(&message.conversation, &message.address, language, (why, 0)).await?;
                tracing::info!(request_id = %message.request_id(), why = why.key(), "refused");
                Ok(Some(Taken::Refused(why)))
            }
        }
    }
}
