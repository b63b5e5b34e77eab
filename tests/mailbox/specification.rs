//! What a mailbox does, one step at a time: written from the protocol, without any of the product's decisions. Only the
//! values are the product's, so that a reader may compare everything there is to see.
//!
//! A step answers what the table's method of that name answers. Nothing is left to chance: the same step on the same
//! mailbox has one answer.

use std::collections::BTreeSet;

use domain::mailbox::{Cancel, Lease, Mailbox, NotAdmitted, Phase, Waiting};
use domain::{MessageHash, MessageKey, Millis, Outcome, Token};
use stateright::semantics::SequentialSpec;

/// The settled messages that are known by name; older ones are known by the mark.
const RING: usize = 16;

/// What is asked of a mailbox.
#[derive(Debug, Clone)]
pub enum Step {
    /// W2. `seen`: W1 had found it stored.
    Admit { message: MessageKey, seen: bool },
    /// W2 when there is no room: the victim makes some, if the mailbox is still as it was read.
    Displace { message: MessageKey, seen: bool, victim: MessageKey, read: Box<Mailbox> },
    /// X.
    Cancel { event: MessageKey },
    /// An unsend.
    Withdraw { message: MessageHash },
    /// P1.
    Claim { token: Token, ends_at: Millis },
    /// P2, and every other read of the mailbox.
    Look,
    /// P6, for these messages of the turn that was read; with the number of its members when newer ones interrupt it.
    Gate { token: Token, live: Vec<MessageKey>, interrupted_beyond: Option<usize>, read: Box<Mailbox> },
    /// P8, of these messages of the turn that was read.
    Commit { token: Token, settled: Vec<MessageKey>, read: Box<Mailbox> },
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To `Admit`: it waits; whether it is the only one.
    Admitted { first: bool },
    /// To `Admit`.
    NotAdmitted(NotAdmitted),
    /// To `Displace`: whether it was done.
    Displaced(bool),
    /// To `Cancel`: the fence of this event, raised now.
    Raised(Cancel),
    /// To `Cancel`: the fence of this event, raised by an earlier delivery.
    Repeated(Cancel),
    /// To `Cancel`: there is no mailbox, or a newer cancel stands.
    NotRaised,
    /// To `Withdraw`: it has gone, now or before.
    Withdrawn,
    /// To `Withdraw`: a turn has begun that covers it, or has settled it.
    TooLate,
    /// To `Withdraw`: it neither waits nor is remembered.
    Unknown,
    /// To `Claim`.
    Claimed { taken_over: bool },
    /// To `Claim`: nothing waits.
    Empty,
    /// To `Claim`: somebody works until then, and what there is to see.
    Busy(Millis, Box<Mailbox>),
    /// To `Look`. `None`: there is no mailbox.
    Seen(Option<Box<Mailbox>>),
    /// To `Gate`: send.
    Open,
    /// To `Gate`: exactly these were stopped first, and why.
    Stopped(Vec<(MessageKey, Outcome)>),
    /// To `Gate`: the lease is somebody else's.
    Lost,
    /// To `Commit`: whether it is this holder's that stands.
    Committed(bool),
    /// An error. No step of a sound table answers so.
    Failed(String),
}

/// One mailbox.
#[derive(Debug, Clone)]
pub struct Specification {
    /// Messages that may wait.
    waiting_max: usize,
    /// Whether a turn takes the message accepted first and no other.
    takes_one: bool,
    /// Our clock, which stands.
    now: Millis,
    /// What a reader sees; `None` before the first admission.
    seen: Option<Mailbox>,
    /// What its authors have taken back: told apart from other settled messages by an answer of their own.
    withdrawn: BTreeSet<MessageHash>,
}

impl SequentialSpec for Specification {
    type Op = Step;
    type Ret = Answer;

    fn invoke(&mut self, step: &Step) -> Answer {
        if let Step::Admit { message, seen } = step {
            return self.admit(message, *seen);
        }
        // Without a mailbox there is nothing to stop, to take back or to work on.
        let Some(mut mailbox) = self.seen.take() else { return nothing_there(step) };
        let answer = self.answer(step, &mut mailbox);
        self.seen = Some(mailbox);
        answer
    }
}

fn nothing_there(step: &Step) -> Answer {
    match step {
        Step::Admit { .. } | Step::Look => Answer::Seen(None),
        Step::Displace { .. } => Answer::Displaced(false),
        Step::Cancel { .. } => Answer::NotRaised,
        Step::Withdraw { .. } => Answer::Unknown,
        Step::Claim { .. } => Answer::Empty,
        Step::Gate { .. } => Answer::Lost,
        Step::Commit { .. } => Answer::Committed(false),
    }
}

impl Specification {
    /// A mailbox that nothing was ever admitted to.
    pub fn empty(waiting_max: usize, takes_one: bool, now: Millis) -> Specification {
        Specification { waiting_max, takes_one, now, seen: None, withdrawn: BTreeSet::new() }
    }

    fn answer(&mut self, step: &Step, mailbox: &mut Mailbox) -> Answer {
        match step {
            Step::Admit { .. } | Step::Look => Answer::Seen(Some(Box::new(mailbox.clone()))),
            Step::Displace { message, seen, victim, read } => {
                Answer::Displaced(self.displace(mailbox, (message, *seen), victim, read))
            }
            Step::Cancel { event } => cancel(mailbox, event),
            Step::Withdraw { message } => self.withdraw(mailbox, message),
            Step::Claim { token, ends_at } => self.claim(mailbox, token, *ends_at),
            Step::Gate { token, live, interrupted_beyond, .. } => {
                gate(mailbox, token, live, *interrupted_beyond)
            }
            Step::Commit { token, settled, .. } => Answer::Committed(self.commit(mailbox, token, settled)),
        }
    }

    /// The next sequence number, unless it waits, is settled, is no newer than what was forgotten, or there is no room.
    fn admit(&mut self, message: &MessageKey, seen: bool) -> Answer {
        let mut mailbox = self.seen.clone().unwrap_or_default();
        if let Some(why) = why_no_news(&mailbox, message, seen) {
            return Answer::NotAdmitted(why);
        }
        if mailbox.waiting.len() >= self.waiting_max {
            return Answer::NotAdmitted(NotAdmitted::Full);
        }
        self.arrive(&mut mailbox, message);
        let first = mailbox.waiting.len() == 1;
        self.seen = Some(mailbox);
        Answer::Admitted { first }
    }

    /// Both or neither: only while it is full, and while holder and ring are those that were read.
    fn displace(
        &self,
        mailbox: &mut Mailbox,
        (message, seen): (&MessageKey, bool),
        victim: &MessageKey,
        read: &Mailbox,
    ) -> bool {
        let holder = |mailbox: &Mailbox| mailbox.lease.as_ref().map(|lease| lease.token.clone());
        let is_as_read = holder(mailbox) == holder(read) && mailbox.settled == read.settled;
        let is_full = mailbox.waiting.len() >= self.waiting_max;
        let is_news = why_no_news(mailbox, message, seen).is_none();
        let done = is_as_read && is_full && is_news && mailbox.waiting.contains_key(&victim.hash);
        if done {
            settle(mailbox, std::slice::from_ref(victim));
            self.arrive(mailbox, message);
        }
        done
    }

    fn arrive(&self, mailbox: &mut Mailbox, message: &MessageKey) {
        mailbox.last_sequence += 1;
        let waiting =
            Waiting { sequence: mailbox.last_sequence, sent_at: message.sent_at, admitted_at: self.now };
        mailbox.waiting.insert(message.hash.clone(), waiting);
    }

    /// Out of what waits, unless a turn has begun that covers it. A repeated one finds that it was done.
    fn withdraw(&mut self, mailbox: &mut Mailbox, message: &MessageHash) -> Answer {
        let waiting = mailbox.waiting.get(message).filter(|waiting| !self.has_begun(mailbox, waiting));
        if let Some(waiting) = waiting {
            let key = MessageKey::new(waiting.sent_at, message.clone());
            settle(mailbox, &[key]);
            self.withdrawn.insert(message.clone());
            return Answer::Withdrawn;
        }
        let is_settled = mailbox.settled.iter().any(|settled| settled.hash == *message);
        match (is_settled, mailbox.waiting.contains_key(message)) {
            (true, _) if self.withdrawn.contains(message) => Answer::Withdrawn,
            (false, false) => Answer::Unknown,
            _ => Answer::TooLate,
        }
    }

    /// Whether a turn has begun that covers this waiting message.
    fn has_begun(&self, mailbox: &Mailbox, waiting: &Waiting) -> bool {
        let oldest = mailbox.waiting.values().map(|waiting| waiting.sequence).min();
        mailbox.lease.as_ref().is_some_and(|lease| {
            if self.takes_one {
                Some(waiting.sequence) == oldest
            } else {
                waiting.sequence <= lease.first_sequence
            }
        })
    }

    /// Fresh when something waits and nobody works; from a holder past its end, whose turn goes on.
    fn claim(&self, mailbox: &mut Mailbox, token: &Token, ends_at: Millis) -> Answer {
        if mailbox.waiting.is_empty() {
            return Answer::Empty;
        }
        let (first_sequence, phase, taken_over) = match &mailbox.lease {
            None => (mailbox.last_sequence, Phase::Working, false),
            Some(lease) if lease.ends_at <= self.now => (lease.first_sequence, lease.phase, true),
            Some(lease) => return Answer::Busy(lease.ends_at, Box::new(mailbox.clone())),
        };
        mailbox.lease = Some(Lease { token: token.clone(), ends_at, first_sequence, phase });
        Answer::Claimed { taken_over }
    }

    /// Only by the holder: settles, and drops the lease. A repeated one finds that it was done.
    fn commit(&self, mailbox: &mut Mailbox, token: &Token, settled: &[MessageKey]) -> bool {
        if !is_holder(mailbox, token) {
            return mailbox.committed_by.as_ref() == Some(token);
        }
        settle(mailbox, settled);
        mailbox.lease = None;
        mailbox.committed_by = Some(token.clone());
        mailbox.turns += 1;
        mailbox.active_at = Some(self.now);
        // Where the next turn's history begins is the turn's to say. These turns say nothing.
        mailbox.session_start = Some(Millis::default());
        true
    }
}

/// It covers all that was admitted until now. A newer cancel stands; a repeated one finds what it did.
fn cancel(mailbox: &mut Mailbox, event: &MessageKey) -> Answer {
    let standing = mailbox.cancel.as_ref();
    if let Some(standing) =
        standing.filter(|cancel| (cancel.sent_at, &cancel.event) >= (event.sent_at, &event.hash))
    {
        let is_this = standing.event == event.hash;
        return if is_this { Answer::Repeated(standing.clone()) } else { Answer::NotRaised };
    }
    let cancel = Cancel {
        up_to: mailbox.last_sequence,
        sent_at: event.sent_at,
        event: event.hash.clone(),
        met: mailbox.lease.as_ref().map(|lease| lease.phase),
        met_waiting: mailbox.waiting.len(),
    };
    mailbox.cancel = Some(cancel.clone());
    Answer::Raised(cancel)
}

/// Passed once, it stays passed for the turn. Before, a cancel stops what it covers, and newer messages the rest.
fn gate(
    mailbox: &mut Mailbox,
    token: &Token,
    live: &[MessageKey],
    interrupted_beyond: Option<usize>,
) -> Answer {
    if !is_holder(mailbox, token) {
        return Answer::Lost;
    }
    let is_interrupted = interrupted_beyond.is_some_and(|members| mailbox.waiting.len() > members);
    let why = |message: &MessageKey| {
        let cancelled = is_cancelled(mailbox, message).then_some(Outcome::Cancelled);
        cancelled.or(is_interrupted.then_some(Outcome::Superseded))
    };
    let stopped: Vec<_> = live.iter().filter_map(|message| Some((message.clone(), why(message)?))).collect();
    match &mut mailbox.lease {
        Some(lease) if lease.phase == Phase::Sending || stopped.is_empty() => {
            lease.phase = Phase::Sending;
            Answer::Open
        }
        _ => Answer::Stopped(stopped),
    }
}

fn is_holder(mailbox: &Mailbox, token: &Token) -> bool {
    mailbox.lease.as_ref().is_some_and(|lease| lease.token == *token)
}

/// Whether it was admitted up to the cancel *and* written no later.
fn is_cancelled(mailbox: &Mailbox, message: &MessageKey) -> bool {
    let both = mailbox.waiting.get(&message.hash).zip(mailbox.cancel.as_ref());
    both.is_some_and(|(waiting, cancel)| {
        waiting.sequence <= cancel.up_to && waiting.sent_at <= cancel.sent_at
    })
}

/// Why a message is not to be admitted, room or not.
fn why_no_news(mailbox: &Mailbox, message: &MessageKey, seen: bool) -> Option<NotAdmitted> {
    if mailbox.waiting.contains_key(&message.hash) {
        Some(NotAdmitted::Waiting)
    } else if mailbox.settled.contains(message) {
        Some(NotAdmitted::Settled)
    } else {
        let is_old = seen && mailbox.mark.is_some_and(|mark| message.sent_at <= mark);
        is_old.then_some(NotAdmitted::BeforeMark)
    }
}

/// From what waits into the ring. What falls out of the ring raises the mark.
fn settle(mailbox: &mut Mailbox, messages: &[MessageKey]) {
    for message in messages {
        mailbox.waiting.remove(&message.hash);
        mailbox.settled.push(message.clone());
    }
    let forgotten = mailbox.settled.len().saturating_sub(RING);
    let fallen = mailbox.settled.drain(..forgotten).map(|message| message.sent_at).max();
    mailbox.mark = mailbox.mark.max(fallen);
}
