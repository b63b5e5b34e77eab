//! One doorbell: claim, read, turn, send, commit.
//!
//! Every step asks the table what is next, so a turn whose worker died is finished by loading it and going on.
//! The processor runs it with a model; the dead-letter function runs the same steps with `failed` in its place.

mod again;
mod asking;
mod calling;
mod chain;
mod chosen;
mod errands;
mod heard;
mod known;
mod languages;
mod mailing;
mod menus;
mod modes;
mod paying;
mod quoted;
mod recalling;
mod reminding;
mod scheduled;
mod sending;
mod spoken;
mod subscribing;
mod traces;
mod work;

use bot::Bot;
use delivery::{Delivery, Recipient};
use domain::turn::{Answer, Plan, Strategy, Transcript};
use domain::wording::Sentence;
use domain::{
    Channel, ConversationKey, Mailbox, Message, MessageHash, MessageKey, Metric, Millis, Outcome, Token,
};
use io::envelope::NoticeV1;
use io::queues;
use io::table::{Claim, Ending, Gate, Table};
use io::world::{Queue, QueueError, TableError, World};
use knowledge::Index;
use skills::Skills;
use vectors::Engine;

pub use chain::Chain;
use languages::tell_languages;
use traces::Traces;

pub use errands::Outside;
pub use known::SORTING;

/// Why a turn did not come to its end. Retry: the doorbell is delivered again and the turn goes on from where
/// the table says it is.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The platform took no part for now. Retry after so many milliseconds.
    #[error("the platform does not take the answer now")]
    NotDelivered {
        /// The platform's own wish.
        retry_after_ms: u64,
    },
}

/// What stands in the place of the model's work.
#[derive(Clone, Copy)]
pub enum Work<'w> {
    /// The models, and what the bot's folder adds to them.
    Models(&'w Chain, &'w Skills),
    /// Nothing any more: the doorbell was received too often, and what waits ends as `failed`.
    LastRites,
}

/// A doorbell as received.
#[derive(Debug, Clone)]
pub struct Bell {
    /// Whose.
    pub conversation: ConversationKey,
    /// The message it was rung for, when its envelope can be read. It drains what waits in any case.
    pub message: Option<Message>,
    /// The queue it came from.
    pub queue: Queue,
    /// Its receipt handle there.
    pub receipt: String,
}

impl Bell {
    fn hash(&self) -> Option<&MessageHash> {
        self.message.as_ref().map(|message| &message.key.hash)
    }

    /// For logs.
    fn request_id(&self) -> String {
        self.message.as_ref().map(|message| message.request_id().to_string()).unwrap_or_default()
    }
}

impl Turn<'_> {
    /// A waiting message: as stored, or as the doorbell brought it should the stored one be damaged.
    fn message(&self, key: &MessageKey) -> Option<&Message> {
        let brought = self.bell.message.as_ref().filter(|message| message.key == *key);
        self.transcript.messages.get(key).or(brought)
    }

    /// The id that the turn goes by in logs: its newest message's.
    fn request_id(&self) -> String {
        let conversation = self.bell.conversation.clone();
        let id = self.plan.key().map(|key| domain::RequestId { conversation, key: key.clone() });
        id.map(|id| id.to_string()).unwrap_or_default()
    }
}

/// What becomes of the doorbell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// It has done its work: delete it.
    Done,
    /// It comes again: report it failed. Its visibility is set where that matters.
    Again,
}

/// A worker for one doorbell at a time.
#[derive(Clone, Copy)]
pub struct Worker<'w> {
    /// Table, queues, clock, chance.
    pub world: &'w dyn World,
    /// The way to the user.
    pub delivery: Delivery<'w>,
    /// Prompts, words, limits.
    pub bot: &'w Bot,
    /// The model, or what stands in its place.
    pub work: Work<'w>,
    /// Alarms and mail.
    pub outside: Outside<'w>,
    /// The bot's documents, when it has some.
    pub knowledge: Option<Documents<'w>>,
}

/// What a bot answers from.
#[derive(Clone, Copy)]
pub struct Documents<'w> {
    /// Passages and words, and the vectors of a base that is not too large.
    pub index: &'w Index,
    /// Has the vectors of one that is.
    pub engine: &'w dyn Engine,
}

/// A claimed turn.
struct Turn<'t> {
    bell: &'t Bell,
    token: &'t Token,
    mailbox: &'t Mailbox,
    transcript: &'t Transcript,
    plan: &'t Plan,
    taken_over: bool,
    /// When the invocation ends; Lambda kills the process then.
    deadline: Millis,
    session_start: Millis,
    traces: &'t Traces,
}

impl Worker<'_> {
    /// Works on what waits in a conversation. `deadline`: when the invocation ends.
    pub async fn answer(&self, bell: &Bell, deadline: Millis) -> Result<Handled, TurnError> {
        self.wait_for_companions(bell).await?;
        let request_id = bell.request_id();
        tracing::info!(request_id, conversation = %bell.conversation, "doorbell");
        let token = self.world.token();
        let lease_end = deadline + self.bot.limits.lease_margin_ms;
        let clock_skew_ms = self.bot.limits.clock_skew_ms;
        match self.table().claim(&bell.conversation, &token, lease_end, clock_skew_ms).await? {
            Claim::Empty => Ok(Handled::Done),
            Claim::Busy(until, mailbox) => self.stand_back(bell, until, &mailbox).await,
            Claim::Mine { taken_over } => {
                let traces = Traces::of(taken_over);
                let handled = self.take_turn(bell, &token, taken_over, deadline, &traces).await;
                let handled = self.after(bell, &token, handled, traces.begun()).await;
                self.clear_up(&bell.conversation, &token, &traces).await;
                handled
            }
        }
    }

    /// A turn that broke off before it left any trace gives its lease back, so that the next delivery begins it
    /// afresh; one the platform does not take now comes again when the platform wishes.
    async fn after(
        &self,
        bell: &Bell,
        token: &Token,
        handled: Result<Handled, TurnError>,
        begun: bool,
    ) -> Result<Handled, TurnError> {
        match &handled {
            Err(TurnError::NotDelivered { retry_after_ms }) => {
                let seconds = retry_after_ms.div_ceil(1_000).max(1);
                queues::postpone(self.world, bell.queue, &bell.receipt, seconds).await?;
            }
            Err(_) if !begun => {
                self.table().release(&bell.conversation, token).await;
                queues::postpone(self.world, bell.queue, &bell.receipt, 1).await?;
            }
            _ => {}
        }
        handled
    }

    /// What nobody waits for: it comes when the user has been answered.
    async fn clear_up(&self, conversation: &ConversationKey, token: &Token, traces: &Traces) {
        self.settle_accounts(conversation, traces.take_reserved()).await;
        let Work::Models(chain, _) = self.work else { return };
        self.settle_questions(chain, token, traces.take_asked()).await;
        self.settle_trials(chain, token, traces.take_trials()).await;
    }

    fn table(&self) -> Table<'_> {
        Table::of(self.world)
    }

    /// P0: while the quiet window is open, more of a burst may come. What waited in the queue waits no more.
    async fn wait_for_companions(&self, bell: &Bell) -> Result<(), TurnError> {
        let limits = &self.bot.limits;
        let waits = self.bot.strategy == Strategy::Burst
            && limits.debounce_ms > 0
            && bell.queue == Queue::Doorbells
            && bell.conversation.channel() != Some(Channel::WEB);
        if !waits {
            return Ok(());
        }
        loop {
            let mailbox = self.table().mailbox(&bell.conversation).await?.unwrap_or_default();
            let until = mailbox.quiet_until(limits.debounce_ms, limits.max_wait_ms);
            let now = self.world.now();
            let Some(until) = until.filter(|until| *until > now) else { return Ok(()) };
            self.world.sleep(until.since(now)).await;
        }
    }

    /// Somebody else works. A doorbell whose message they have settled is done; another waits until they end.
    async fn stand_back(&self, bell: &Bell, until: Millis, mailbox: &Mailbox) -> Result<Handled, TurnError> {
        if bell.hash().is_some_and(|hash| !mailbox.waiting.contains_key(hash)) {
            return Ok(Handled::Done);
        }
        let seconds = until.since(self.world.now()).div_ceil(1_000) + 1;
        queues::postpone(self.world, bell.queue, &bell.receipt, seconds).await?;
        Ok(Handled::Again)
    }

    /// P2 to P9.
    async fn take_turn(
        &self,
        bell: &Bell,
        token: &Token,
        taken_over: bool,
        deadline: Millis,
        traces: &Traces,
    ) -> Result<Handled, TurnError> {
        let limits = &self.bot.limits;
        let started = self.world.now();
        let mut transcript = self.table().transcript(&bell.conversation, limits).await?;
        let Some(mailbox) = transcript.mailbox.take().filter(|mailbox| mailbox.is_held_by(token)) else {
            return Ok(Handled::Again);
        };
        transcript.leave_out_erased(&mailbox);
        let oldest = mailbox.waiting.values().map(|waiting| waiting.admitted_at).min().unwrap_or(started);
        let session_start = mailbox.session_start(oldest, limits.session_idle_ms);
        transcript.state = std::mem::take(&mut transcript.state).in_session(session_start);
        tell_languages(&mut transcript, self.bot);
        let mut plan = Plan::of(&mailbox, &transcript.answers, self.bot.strategy);
        let newest = scheduled::newest_written(&plan, &transcript).cloned();
        plan.keep(|key| {
            let message = transcript.messages.get(key);
            newest.as_ref() == Some(key)
                || message.is_some_and(|message| {
                    message.kind.is_scheduled() || self.is_choice(&transcript.state, message)
                })
        });
        let (mailbox, transcript, plan) = (&mailbox, &transcript, &plan);
        let turn =
            Turn { bell, token, mailbox, transcript, plan, taken_over, deadline, session_start, traces };
        self.tell_refusals_again(&turn).await?;

        let mut settled: Vec<MessageKey> = plan.apart.iter().map(|(key, _)| key.clone()).collect();
        let (mut concluded, mut busy_told) = (None, false);
        if let Some(key) = plan.key() {
            let request_id = turn.request_id();
            tracing::info!(request_id, conversation = %bell.conversation, messages = plan.live.len(), taken_over, "turn claimed");
            let Some(answer) = self.conclude(&turn, key).await? else { return Ok(Handled::Again) };
            busy_told = self.says_busy(&turn, &answer);
            settled.extend(answer.covers.iter().map(|(key, _)| key.clone()));
            concluded = Some(answer);
        }
        let patch = concluded.as_ref().and_then(|answer| answer.patch.as_ref());
        let notes = concluded.as_ref().map_or(&[][..], |answer| &answer.notes);
        let ending = Ending { mailbox, settled: &settled, patch, notes, session_start, busy_told };
        if !self.table().commit(&bell.conversation, token, &ending, limits).await? {
            return Ok(Handled::Again);
        }
        let duration_ms = self.world.now().since(started);
        if let Some(answer) = concluded {
            self.measure_turn(&turn, &answer, started);
            self.dismiss_the_rest(&turn, &answer).await;
            for (key, outcome) in answer.covers {
                let request_id = domain::RequestId { conversation: bell.conversation.clone(), key };
                tracing::info!(%request_id, outcome = outcome.name(), duration_ms, "outcome");
            }
        }
        self.pass_on(&turn, &settled).await
    }

    /// What a turn that has just been committed says of the service.
    fn measure_turn(&self, turn: &Turn<'_>, answer: &Answer, claimed_at: Millis) {
        let now = self.world.now();
        self.world.measure(Metric::TurnTime, now.since(claimed_at));
        for (key, outcome) in &answer.covers {
            self.world.measure(Metric::Ended(*outcome), 1);
            if let Some(waiting) = turn.mailbox.waiting.get(&key.hash) {
                self.world.measure(Metric::WaitingTime, claimed_at.since(waiting.admitted_at));
                self.world.measure(Metric::AnswerTime, now.since(waiting.admitted_at));
            }
        }
    }

    /// P4 to P7: decides what the turn says and says it. `None`: the lease is lost, another worker goes on.
    async fn conclude(&self, turn: &Turn<'_>, key: &MessageKey) -> Result<Option<Answer>, TurnError> {
        let conversation = &turn.bell.conversation;
        let mut answer = if let Some(standing) = turn.transcript.answers.get(key) {
            standing.clone()
        } else {
            let Some(answer) = self.decide(turn).await? else { return Ok(None) };
            let mine = Answer { parts: Vec::new(), ..answer.clone() };
            turn.traces.begin();
            match self.table().decide(conversation, key, answer, &self.bot.limits).await {
                // The answer that stands cannot be read: what it said is unknown, so nothing is said over it.
                Err(error @ TableError::Damaged { .. }) => {
                    tracing::error!(request_id = turn.request_id(), %error, "settled by an unreadable answer");
                    mine
                }
                decided => decided?,
            }
        };
        while !answer.parts.is_empty() {
            let beyond = self.interrupted_beyond(turn);
            let gate =
                self.table().gate(conversation, turn.token, turn.mailbox, &answer.live(), beyond).await?;
            match gate {
                Gate::Lost => return Ok(None),
                Gate::Stopped(messages) if !messages.is_empty() => {
                    // One that slept past its time would overwrite what another has made of it.
                    if self.world.now() >= turn.deadline {
                        return Ok(None);
                    }
                    self.stop(turn, &mut answer, &messages);
                    self.table().amend(conversation, key, &answer).await?;
                }
                // What stopped it has gone again, as a newer message that was unsent: once more.
                Gate::Stopped(_) => {}
                Gate::Open => {
                    self.run_errands(turn, key, &mut answer).await?;
                    let sending_since = self.world.now();
                    self.send_parts(turn, key, &mut answer).await?;
                    self.world.measure(Metric::SendTime, self.world.now().since(sending_since));
                    break;
                }
            }
        }
        Ok(Some(answer))
    }

    /// Messages that got no answer of their own may have left something open at the platform. That comes after the
    /// commit: nothing that matters waits for it.
    async fn dismiss_the_rest(&self, turn: &Turn<'_>, answer: &Answer) {
        let answered = turn.addressee(answer).filter(|_| !answer.parts.is_empty());
        let answered = answered.map(|message| &message.key);
        let others = answer.covers.iter().filter_map(|(key, _)| turn.message(key));
        let others = others.filter(|message| answered != Some(&message.key));
        self.delivery.dismiss(others.map(Recipient::from).collect()).await;
    }

    /// How many messages may wait before a turn counts as interrupted; `None` when nothing interrupts it.
    pub(crate) fn interrupted_beyond(&self, turn: &Turn<'_>) -> Option<usize> {
        let mut messages = turn.plan.live.iter().filter_map(|key| turn.message(key));
        let is_choice = |message| self.is_choice(&turn.transcript.state, message);
        let interrupts = self.bot.strategy == Strategy::Interrupt && !messages.any(is_choice);
        interrupts.then(|| turn.plan.members())
    }

    /// The same answer after some of its messages were stopped: they end so, and choose nothing any more.
    fn stop(&self, turn: &Turn<'_>, answer: &mut Answer, stopped: &[(MessageKey, Outcome)]) {
        let chosen = |answer: &Answer| {
            let live = answer.live();
            let messages: Vec<&Message> = live.iter().filter_map(|key| turn.message(key)).collect();
            self.choose(turn, &messages).state
        };
        let before = chosen(answer);
        answer.stop(stopped);
        if let Some(patch) = answer.patch.take() {
            let after = patch.state.with_choices(&before, chosen(answer));
            answer.patch = turn.transcript.state.patch_to(after);
        }
    }

    /// A refused message that was admitted all the same is settled by its refusal; the user is told again.
    async fn tell_refusals_again(&self, turn: &Turn<'_>) -> Result<(), TurnError> {
        for (key, outcome) in &turn.plan.apart {
            let message = turn.transcript.messages.get(key).filter(|_| *outcome == Outcome::Refused);
            let is_told =
                |message: &&Message| message.address.channel != Channel::WEB && !message.kind.is_scheduled();
            if let Some(message) = message.filter(is_told) {
                let notice = NoticeV1::say((Sentence::PleaseResend, 0), message);
                queues::tell(self.world, &notice, 0).await?;
            }
        }
        Ok(())
    }

    /// P9: a doorbell whose own message still waits is the next turn's.
    async fn pass_on(&self, turn: &Turn<'_>, settled: &[MessageKey]) -> Result<Handled, TurnError> {
        let own = turn.bell.hash();
        let waits = own.is_some_and(|hash| {
            turn.mailbox.waiting.contains_key(hash) && !settled.iter().any(|key| key.hash == *hash)
        });
        if !waits {
            return Ok(Handled::Done);
        }
        queues::postpone(self.world, turn.bell.queue, &turn.bell.receipt, 0).await?;
        Ok(Handled::Again)
    }
}
