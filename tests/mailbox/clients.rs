//! Who wants the mailbox: webhooks that deliver, displace, cancel and unsend, and workers that take turns, each with a
//! short program of its own. Every step they take is noted when it begins and when it has been answered.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::mailbox::Mailbox;
use domain::turn::Strategy;
use domain::{Address, Channel, ConversationKey, Limits, Message, MessageKey, MessageKind, Millis};
use io::table::{Admission, Changed, Claim, Ending, Gate, Table};
use io::world::{TableError, World};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester};

use crate::restless::take_its_time;
use crate::specification::{Answer, Specification, Step};

/// What a client wants to have done; some of it takes several steps.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A message arrives.
    Deliver(MessageKey),
    /// A message arrives, and another one is to make room.
    Displace(MessageKey),
    /// A cancel arrives.
    Cancel(MessageKey),
    /// An unsend arrives.
    Unsend(MessageKey),
    /// A doorbell arrives: a turn, under a lease until then.
    Work { ends_at: Millis, dies: Option<Dies> },
    /// Somebody looks.
    Look,
}

/// Where a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dies {
    Claimed,
    Gated,
}

/// What is known of the steps taken.
pub struct History {
    pub tester: LinearizabilityTester<usize, Specification>,
    /// How often each answer was given.
    pub answers: BTreeMap<String, u64>,
    pub steps: u64,
    /// Steps that began while another client's was not answered.
    pub overlapping: u64,
    in_flight: u64,
}

impl History {
    pub fn of(specification: Specification) -> History {
        let tester = LinearizabilityTester::new(specification);
        History { tester, answers: BTreeMap::new(), steps: 0, overlapping: 0, in_flight: 0 }
    }

    fn begins(&mut self, client: usize, step: Step) {
        self.steps += 1;
        self.overlapping += u64::from(self.in_flight > 0);
        self.in_flight += 1;
        self.tester.on_invoke(client, step).expect("a client takes one step at a time");
    }

    fn answered(&mut self, client: usize, answer: Answer) {
        self.in_flight -= 1;
        *self.answers.entry(name(&answer)).or_default() += 1;
        self.tester.on_return(client, answer).expect("a step was taken");
    }
}

/// An answer without what it holds of the mailbox.
fn name(answer: &Answer) -> String {
    let told = format!("{answer:?}");
    match answer {
        Answer::Raised(_) | Answer::Repeated(_) | Answer::Busy(..) | Answer::Seen(_) | Answer::Stopped(_) => {
            told.split('(').next().unwrap_or_default().to_owned()
        }
        _ => told,
    }
}

/// Whose mailbox it is, and how turns are taken.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub key: ConversationKey,
    pub limits: Limits,
    pub strategy: Strategy,
}

/// One client.
#[derive(Clone, Copy)]
pub struct Client<'c> {
    pub number: usize,
    pub world: &'c dyn World,
    pub conversation: &'c Conversation,
    pub history: &'c Mutex<History>,
}

impl Client<'_> {
    /// Its program, deed by deed.
    pub async fn runs(&self, program: &[Deed]) {
        for deed in program {
            match deed {
                Deed::Deliver(message) => self.delivers(message).await,
                Deed::Displace(message) => self.displaces(message).await,
                Deed::Cancel(event) => drop(self.takes(Step::Cancel { event: event.clone() }).await),
                Deed::Unsend(key) => {
                    drop(self.takes(Step::Withdraw { message: key.hash.clone() }).await);
                }
                Deed::Work { ends_at, dies } => self.works(*ends_at, *dies).await,
                Deed::Look => drop(self.looks().await),
            }
        }
    }

    async fn delivers(&self, message: &MessageKey) {
        let seen = self.conversation.stores(self.world, message).await;
        self.takes(Step::Admit { message: message.clone(), seen }).await;
    }

    async fn displaces(&self, message: &MessageKey) {
        let seen = self.conversation.stores(self.world, message).await;
        let Some(read) = self.looks().await else { return };
        // It does not make room for itself.
        let victim = untouched(&read, self.conversation.strategy).filter(|victim| victim != message);
        if let Some(victim) = victim {
            self.takes(Step::Displace { message: message.clone(), seen, victim, read }).await;
        }
    }

    /// A turn: claim, read, gate, commit, and the commit once more now and then.
    async fn works(&self, ends_at: Millis, dies: Option<Dies>) {
        let token = self.world.token();
        let claimed = self.takes(Step::Claim { token: token.clone(), ends_at }).await;
        if !matches!(claimed, Answer::Claimed { .. }) || dies == Some(Dies::Claimed) {
            return;
        }
        let Some(read) = self.looks().await.filter(|read| read.is_held_by(&token)) else { return };
        take_its_time();
        let settled = members(&read, self.conversation.strategy);
        let mut live = settled.clone();
        let interrupts = self.conversation.strategy == Strategy::Interrupt;
        let interrupted_beyond = interrupts.then_some(settled.len());
        while !live.is_empty() {
            let gate = Step::Gate {
                token: token.clone(),
                live: live.clone(),
                interrupted_beyond,
                read: read.clone(),
            };
            match self.takes(gate).await {
                Answer::Stopped(stopped) => live.retain(|key| stopped.iter().all(|(other, _)| other != key)),
                Answer::Open => break,
                _ => return,
            }
        }
        if dies == Some(Dies::Gated) {
            return;
        }
        take_its_time();
        let commit = Step::Commit { token, settled, read };
        self.takes(commit.clone()).await;
        if fastrand::u8(..4) == 0 {
            self.takes(commit).await;
        }
    }

    async fn looks(&self) -> Option<Box<Mailbox>> {
        match self.takes(Step::Look).await {
            Answer::Seen(mailbox) => mailbox,
            _ => None,
        }
    }

    /// A step, noted.
    async fn takes(&self, step: Step) -> Answer {
        self.history().begins(self.number, step.clone());
        let answer = self.conversation.asks(self.world, &step).await;
        self.history().answered(self.number, answer.clone());
        answer
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Conversation {
    /// W1: whether it had been stored. It touches another item, so it is no step of the mailbox.
    pub async fn stores(&self, world: &dyn World, key: &MessageKey) -> bool {
        let (message, token) = (self.message(key), world.token());
        let stored = Table::of(world).store_message(&message, &token, &self.limits).await;
        stored.expect("the message is stored")
    }

    /// What the table answers.
    pub async fn asks(&self, world: &dyn World, step: &Step) -> Answer {
        let answered = self.answered(Table::of(world), step).await;
        answered.unwrap_or_else(|error| Answer::Failed(error.to_string()))
    }

    async fn answered(&self, table: Table<'_>, step: &Step) -> Result<Answer, TableError> {
        let (key, limits) = (&self.key, &self.limits);
        Ok(match step {
            Step::Admit { message, seen } => {
                admitted(table.admit(&self.message(message), *seen, limits).await?)
            }
            Step::Displace { message, seen, victim, read } => {
                let message = self.message(message);
                Answer::Displaced(table.displace(&message, victim, read, *seen, limits).await?)
            }
            Step::Cancel { event } => match table.cancel(key, &event.hash, event.sent_at).await? {
                Some(fence) if fence.mailbox.is_some() => Answer::Raised(fence.cancel),
                Some(fence) => Answer::Repeated(fence.cancel),
                None => Answer::NotRaised,
            },
            Step::Withdraw { message } => match table.withdraw(key, message, self.strategy, limits).await? {
                Changed::Done => Answer::Withdrawn,
                Changed::TooLate => Answer::TooLate,
                Changed::Unknown => Answer::Unknown,
            },
            Step::Claim { token, ends_at } => claimed(table.claim(key, token, *ends_at, 0).await?),
            Step::Look => Answer::Seen(table.mailbox(key).await?.map(Box::new)),
            Step::Gate { token, live, interrupted_beyond, read } => {
                gated(table.gate(key, token, read, live, *interrupted_beyond).await?)
            }
            Step::Commit { token, settled, read } => {
                let ending = Ending {
                    mailbox: read,
                    settled,
                    patch: None,
                    notes: &[],
                    session_start: Millis::default(),
                    busy_told: false,
                };
                Answer::Committed(table.commit(key, token, &ending, limits).await?)
            }
        })
    }

    fn message(&self, key: &MessageKey) -> Message {
        Message {
            conversation: self.key.clone(),
            key: key.clone(),
            address: Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None },
            text: "hello".into(),
            kind: MessageKind::Text,
            media: Vec::new(),
            handles: domain::Handles::default(),
            language: None,
            received_at: key.sent_at,
        }
    }
}

fn admitted(admission: Admission) -> Answer {
    match admission {
        Admission::Admitted { first } => Answer::Admitted { first },
        Admission::Not(why) => Answer::NotAdmitted(why),
    }
}

fn claimed(claim: Claim) -> Answer {
    match claim {
        Claim::Mine { taken_over } => Answer::Claimed { taken_over },
        Claim::Empty => Answer::Empty,
        Claim::Busy(until, mailbox) => Answer::Busy(until, mailbox),
    }
}

fn gated(gate: Gate) -> Answer {
    match gate {
        Gate::Open => Answer::Open,
        Gate::Stopped(messages) => Answer::Stopped(messages),
        Gate::Lost => Answer::Lost,
    }
}

/// What the leased turn covers, oldest first.
fn members(read: &Mailbox, strategy: Strategy) -> Vec<MessageKey> {
    let leased = read.lease.as_ref().map_or(0, |lease| lease.first_sequence);
    let mut members = in_order(read);
    members.retain(|(sequence, _)| *sequence <= leased);
    members.truncate(if strategy.takes_one() { 1 } else { members.len() });
    members.into_iter().map(|(_, key)| key).collect()
}

/// The oldest that no turn covers.
fn untouched(read: &Mailbox, strategy: Strategy) -> Option<MessageKey> {
    let covered = if read.lease.is_some() { members(read, strategy) } else { Vec::new() };
    in_order(read).into_iter().map(|(_, key)| key).find(|key| !covered.contains(key))
}

fn in_order(read: &Mailbox) -> Vec<(u64, MessageKey)> {
    let keys = read
        .waiting
        .iter()
        .map(|(hash, waiting)| (waiting.sequence, MessageKey::new(waiting.sent_at, hash.clone())));
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    keys
}
