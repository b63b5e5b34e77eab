//! Everything that is known of one message, and what follows from it: where it stands, what its user got, what comes next.

use crate::key::{MessageKey, RequestId};
use crate::mailbox::{Cancel, Lease, Mailbox, Phase};
use crate::message::Message;
use crate::outcome::Outcome;
use crate::person::Act;
use crate::time::Millis;
use crate::turn::{Answer, Spoken};

/// What is known of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Which.
    pub request: RequestId,
    /// As stored; `None`: it has expired, or cannot be read.
    pub message: Option<Message>,
    /// When it was last edited, by the platform's clock.
    pub edited_at: Option<Millis>,
    /// What was spoken in it.
    pub spoken: Option<Spoken>,
    /// The conversation's mailbox, as it stands now.
    pub mailbox: Mailbox,
    /// Whether the user was told that it still works.
    pub told_of_work: bool,
    /// The answer that covers it, under the newest message of its turn.
    pub answer: Option<(MessageKey, Answer)>,
    /// When its turn was put back by its owner, and so the time of the message that asks it once more.
    pub redriven_at: Option<Millis>,
    /// What a person did, as far as it was read.
    pub acts: Vec<Act>,
    /// When dead letters of it were kept.
    pub letters: Vec<Millis>,
}

/// Its place in the waiting line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its number in the order of acceptance.
    pub sequence: u64,
    /// When it was admitted, by our clock.
    pub admitted_at: Millis,
    /// How many were accepted before it and wait, those of the running turn included.
    pub before: usize,
}

/// How far a part of an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState {
    /// The platform has taken it, or has refused it for good: that stands in the logs alone.
    Delivered,
    /// It was sent, and the platform did not say what became of it.
    Unknown,
    /// It has not been sent, as far as was recorded.
    Open,
}

/// What its user got, or what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Stored and not admitted: its webhook has not answered yet, or died, and the platform delivers again.
    Arriving,
    /// It waits behind others, so many.
    Behind(usize),
    /// It waits for somebody to begin.
    Next,
    /// Somebody works on its conversation, until then at the latest; whether parts of an answer may be out.
    AtWork(Millis, Phase),
    /// Whoever worked on it is dead, and it has not been taken over yet.
    LeftBehind(Phase),
    /// It has its end.
    Ended(Outcome),
}

impl Trace {
    /// The end that an answer gives it, whether that has been settled or not.
    pub fn outcome(&self) -> Option<Outcome> {
        self.answer.as_ref()?.1.outcome_of(&self.request.key)
    }

    /// Where it waits. `None`: it does not.
    pub fn standing(&self) -> Option<Standing> {
        let own = self.mailbox.waiting.get(&self.request.key.hash)?;
        let before = self.mailbox.waiting.values().filter(|other| other.sequence < own.sequence).count();
        Some(Standing { sequence: own.sequence, admitted_at: own.admitted_at, before })
    }

    /// The lease under which it is worked on, or waits for who works on what came before it.
    pub fn lease(&self) -> Option<&Lease> {
        let standing = self.standing()?;
        self.mailbox.lease.as_ref().filter(|lease| standing.sequence <= lease.first_sequence)
    }

    /// What its user got, or what comes next.
    pub fn stage(&self, now: Millis) -> Stage {
        let Some(standing) = self.standing() else {
            return self.outcome().map_or(Stage::Arriving, Stage::Ended);
        };
        match self.lease() {
            Some(lease) if lease.ends_at > now => Stage::AtWork(lease.ends_at, lease.phase),
            Some(lease) => Stage::LeftBehind(lease.phase),
            None if standing.before > 0 => Stage::Behind(standing.before),
            None => Stage::Next,
        }
    }

    /// When its turn was settled, if no later one has been since: the mailbox knows of the last.
    pub fn settled_at(&self) -> Option<Millis> {
        let (_, answer) = self.answer.as_ref().filter(|_| self.standing().is_none())?;
        let is_last = self.mailbox.committed_by.as_ref() == Some(&answer.written_by);
        self.mailbox.active_at.filter(|_| is_last)
    }

    /// How far each part of its answer has come. The last part's record is the settling itself.
    pub fn parts(&self) -> Vec<PartState> {
        let Some((_, answer)) = &self.answer else { return Vec::new() };
        let is_settled = self.standing().is_none();
        let state = |part: usize| match part {
            _ if answer.unknown.contains(&part) => PartState::Unknown,
            _ if part < answer.progress || is_settled => PartState::Delivered,
            _ => PartState::Open,
        };
        (0..answer.parts.len()).map(state).collect()
    }

    /// The newest cancel, if it may be what stopped it. Of several, the mailbox keeps one.
    pub fn cancel(&self) -> Option<&Cancel> {
        let ended = self.outcome() == Some(Outcome::Cancelled);
        let covers = |cancel: &&Cancel| match self.standing() {
            Some(standing) => standing.sequence <= cancel.up_to && self.request.key.sent_at <= cancel.sent_at,
            None => ended && self.request.key.sent_at <= cancel.sent_at,
        };
        self.mailbox.cancel.as_ref().filter(covers)
    }

    /// The message that asks its turn once more, put there by the owner.
    pub fn redriven_as(&self) -> Option<RequestId> {
        let (turn, _) = self.answer.as_ref()?;
        let key = crate::redrive::wish_key(turn, self.redriven_at?);
        Some(RequestId { conversation: self.request.conversation.clone(), key })
    }

    /// Whether its words were erased.
    pub fn is_erased(&self) -> bool {
        self.mailbox.erased_until.is_some_and(|until| self.request.key.sent_at <= until)
    }
}

impl PartState {
    /// The name in responses.
    pub fn name(self) -> &'static str {
        match self {
            PartState::Delivered => "delivered",
            PartState::Unknown => "unknown",
            PartState::Open => "open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Waiting;
    use crate::{Address, Channel, ConversationKey, MessageHash, Token};

    fn key(number: u64) -> MessageKey {
        MessageKey::new(Millis(i64::try_from(number).unwrap() * 1_000), MessageHash::counted(number))
    }

    /// Message 2 of a conversation in which 1 and 2 wait.
    fn waits() -> Trace {
        let address = Address { channel: Channel::WEB, chat: "s".into(), thread: None };
        let mut mailbox = Mailbox { last_sequence: 2, ..Mailbox::default() };
        for number in [1, 2] {
            let (sent_at, admitted_at) = (key(number).sent_at, key(number).sent_at + 10);
            mailbox.waiting.insert(key(number).hash, Waiting { sequence: number, sent_at, admitted_at });
        }
        Trace {
            request: RequestId { conversation: ConversationKey::of("b", &address), key: key(2) },
            message: None,
            edited_at: None,
            spoken: None,
            mailbox,
            told_of_work: false,
            answer: None,
            redriven_at: None,
            acts: Vec::new(),
            letters: Vec::new(),
        }
    }

    fn leased(first_sequence: u64, phase: Phase) -> Trace {
        let mut trace = waits();
        let ends_at = Millis(60_000);
        trace.mailbox.lease = Some(Lease { token: Token("w".into()), ends_at, first_sequence, phase });
        trace
    }

    fn answered(mut trace: Trace) -> Trace {
        let answer = Answer {
            outcome: Outcome::Answered,
            parts: vec!["one".into(), "two".into(), "three".into()],
            buttons: Vec::new(),
            progress: 2,
            unknown: vec![0],
            covers: vec![(key(2), Outcome::Answered)],
            written_by: Token("w".into()),
            written_at: Millis(5_000),
            tokens: (0, 0),
            patch: None,
            errands: Vec::new(),
            notes: Vec::new(),
        };
        trace.answer = Some((key(2), answer));
        trace
    }

    #[test]
    fn a_message_waits_behind_others_or_is_worked_on_or_is_left_behind() {
        let now = Millis(10_000);
        assert_eq!(waits().stage(now), Stage::Behind(1));
        assert_eq!(leased(1, Phase::Working).stage(now), Stage::Behind(1), "somebody works on the first");
        assert_eq!(leased(2, Phase::Working).stage(now), Stage::AtWork(Millis(60_000), Phase::Working));
        assert_eq!(leased(2, Phase::Sending).stage(Millis(60_000)), Stage::LeftBehind(Phase::Sending));
        let mut trace = waits();
        trace.mailbox.waiting.remove(&key(1).hash);
        assert_eq!(trace.stage(now), Stage::Next);
        trace.mailbox.waiting.clear();
        assert_eq!(trace.stage(now), Stage::Arriving);
        assert_eq!(answered(trace).stage(now), Stage::Ended(Outcome::Answered));
    }

    #[test]
    fn parts_have_come_as_far_as_was_recorded_and_all_of_them_when_it_is_settled() {
        use PartState::{Delivered, Open, Unknown};
        let mut trace = answered(leased(2, Phase::Sending));
        assert_eq!(trace.parts(), [Unknown, Delivered, Open]);
        assert_eq!(trace.settled_at(), None);
        trace.mailbox.waiting.clear();
        (trace.mailbox.committed_by, trace.mailbox.active_at) =
            (Some(Token("w".into())), Some(Millis(6_000)));
        assert_eq!(trace.parts(), [Unknown, Delivered, Delivered]);
        assert_eq!(trace.settled_at(), Some(Millis(6_000)));
        trace.mailbox.committed_by = Some(Token("x".into()));
        assert_eq!(trace.settled_at(), None, "that was a later turn");
    }
}
