//! A turn: one answer covering one or more messages, and which ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::errand::Errand;
use crate::key::{MessageKey, Token, as_written};
use crate::mailbox::Mailbox;
use crate::message::Message;
use crate::note::Note;
use crate::outcome::Outcome;
use crate::person::Act;
use crate::state::{State, StatePatch};
use crate::time::Millis;

/// What happens to a message that arrives while a turn runs. The names are the field's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// It waits and gets a turn of its own.
    Queue,
    /// It waits; all that wait become one turn.
    Collect,
    /// As `Collect`, and a first message waits a quiet window for companions.
    #[default]
    Burst,
    /// It waits; of all that wait only the newest is answered, the others are superseded.
    Latest,
    /// It stops the running turn before its gate and is answered in its place.
    Interrupt,
    /// It is refused, and the user told so.
    Reject,
}

impl Strategy {
    /// The names, in the order of the documentation.
    pub const NAMES: [&str; 6] = ["queue", "collect", "burst", "latest", "interrupt", "reject"];

    /// The strategy of that name, the field's other names included.
    pub fn named(name: &str) -> Option<Strategy> {
        match name {
            "queue" | "enqueue" | "followup" => Some(Strategy::Queue),
            "collect" | "merge" => Some(Strategy::Collect),
            "burst" => Some(Strategy::Burst),
            "latest" | "debounce" => Some(Strategy::Latest),
            "interrupt" => Some(Strategy::Interrupt),
            "reject" | "drop" | "skip" => Some(Strategy::Reject),
            _ => None,
        }
    }

    /// The field's first name for it.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Queue => "queue",
            Strategy::Collect => "collect",
            Strategy::Burst => "burst",
            Strategy::Latest => "latest",
            Strategy::Interrupt => "interrupt",
            Strategy::Reject => "reject",
        }
    }

    /// Whether a turn takes the message accepted first and no other.
    pub fn takes_one(self) -> bool {
        matches!(self, Strategy::Queue | Strategy::Reject)
    }
}

/// What happens to a message when as many wait as may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// It is refused, and the user told so.
    #[default]
    RejectNewest,
    /// The one that has waited longest makes room, unless it is being answered, and the user is told so.
    DropOldest,
}

impl WhenFull {
    /// The names, in the order of the documentation.
    pub const NAMES: [&str; 2] = ["reject_newest", "drop_oldest"];

    /// The policy of that name.
    pub fn named(name: &str) -> Option<WhenFull> {
        match name {
            "reject_newest" => Some(WhenFull::RejectNewest),
            "drop_oldest" => Some(WhenFull::DropOldest),
            _ => None,
        }
    }
}

/// The stored end of a turn: what it says and whom it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The outcome of the turn's live messages.
    pub outcome: Outcome,
    /// What is sent, in order; each within the platform's limit.
    pub parts: Vec<String>,
    /// What can be tapped under the last part.
    pub buttons: Vec<Button>,
    /// How many parts are known to have been sent, or tried with an unknown result.
    pub progress: usize,
    /// Parts whose sending ended without an answer from the platform.
    pub unknown: Vec<usize>,
    /// Every message it settles, with its own outcome.
    pub covers: Vec<(MessageKey, Outcome)>,
    /// Which attempt wrote it.
    pub written_by: Token,
    /// When, by our clock.
    pub written_at: Millis,
    /// What the model counted: tokens read and written.
    pub tokens: (u64, u64),
    /// What the turn changes in the user's state, together with its commit.
    pub patch: Option<StatePatch>,
    /// What the turn does beside.
    pub errands: Vec<Errand>,
    /// What its messages state, to be remembered together with its commit.
    pub notes: Vec<Note>,
}

/// Something to tap. What it stands for comes back as the user's next message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What is written on it.
    pub label: String,
    /// What tapping it says: at most [`Button::SAYS_BYTES_MAX`].
    pub says: String,
}

impl Button {
    /// Longest thing that one can say, in bytes: Telegram's `callback_data`, the least that any platform carries.
    pub const SAYS_BYTES_MAX: usize = 64;
    /// Most under one message: WhatsApp's lists have 10 rows.
    pub const COUNT_MAX: usize = 10;
}

impl Answer {
    /// The messages it answers: those that share its outcome.
    pub fn live(&self) -> Vec<MessageKey> {
        let live = self.covers.iter().filter(|(_, outcome)| *outcome == self.outcome);
        live.map(|(key, _)| key.clone()).collect()
    }

    /// These messages were stopped in time: they end so, and without a live one left nothing is sent or changed.
    pub fn stop(&mut self, stopped: &[(MessageKey, Outcome)]) {
        for (key, outcome) in &mut self.covers {
            if let Some((_, why)) = stopped.iter().find(|(stopped, _)| stopped == key) {
                *outcome = *why;
            }
        }
        let live = self.live();
        self.notes.retain(|note| live.contains(&note.of));
        if live.is_empty() {
            self.outcome = stopped.first().map_or(Outcome::Cancelled, |(_, why)| *why);
            self.parts.clear();
            self.buttons.clear();
            self.patch = None;
            self.errands.clear();
        }
    }

    /// Whether it settles one message by itself, without words, and is no turn's.
    pub fn is_aside(&self) -> bool {
        self.parts.is_empty() && self.covers.len() == 1
    }

    /// How many of its messages end otherwise than it does.
    pub fn stopped(&self) -> usize {
        if self.parts.is_empty() { self.covers.len() } else { self.covers.len() - self.live().len() }
    }

    /// The outcome this answer gives to `key`, if it covers it.
    pub fn outcome_of(&self, key: &MessageKey) -> Option<Outcome> {
        self.covers.iter().find(|(covered, _)| covered == key).map(|(_, outcome)| *outcome)
    }
}

/// What one strongly consistent read brings of a conversation.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// The control item; `None` in a conversation that has none yet.
    pub mailbox: Option<Mailbox>,
    /// The user's state.
    pub state: State,
    /// Stored messages.
    pub messages: BTreeMap<MessageKey, Message>,
    /// Stored answers, each under the newest message it covers.
    pub answers: BTreeMap<MessageKey, Answer>,
    /// What was spoken, by message.
    pub spoken: BTreeMap<MessageKey, Spoken>,
    /// What a person did in the bot's place.
    pub acts: BTreeMap<MessageKey, Act>,
    /// What could not be read, as a later version of this code wrote it.
    pub later: Later,
}

/// What a later version of this code wrote about a conversation: there is such after a rollback, and while an upgrade is
/// under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Later {
    /// The state.
    pub state: bool,
    /// The keys of messages under which something stands.
    pub keys: BTreeSet<MessageKey>,
}

impl Later {
    /// Whether a turn of what waits in this mailbox would have to do without it.
    pub fn concerns(&self, mailbox: &Mailbox) -> bool {
        self.state || self.keys.iter().any(|key| mailbox.waiting.contains_key(&key.hash))
    }
}

/// What was spoken in a message, written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Word for word.
    pub text: String,
    /// Whether the user was told what was heard.
    pub is_told: bool,
}

/// Which waiting messages a turn settles, and how each is treated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be answered, in platform time.
    pub live: Vec<MessageKey>,
    /// Covered by a cancel: settled without an answer.
    pub cancelled: Vec<MessageKey>,
    /// A person's to answer.
    pub handed_over: Vec<MessageKey>,
    /// Newer ones are answered in their place.
    pub superseded: Vec<MessageKey>,
    /// Refused, withdrawn or dropped by an answer item of their own: settled, never answered.
    pub apart: Vec<(MessageKey, Outcome)>,
}

impl Plan {
    /// The turn that the lease of `mailbox` covers. A takeover computes the same one.
    pub fn of(mailbox: &Mailbox, answers: &BTreeMap<MessageKey, Answer>, strategy: Strategy) -> Plan {
        let leased = mailbox.lease.as_ref().map_or(0, |lease| lease.first_sequence);
        let mut members: Vec<_> = mailbox.waiting.iter().filter(|(_, w)| w.sequence <= leased).collect();
        members.sort_by_key(|(_, waiting)| waiting.sequence);
        if strategy.takes_one() {
            members.truncate(1);
        }
        let mut plan = Plan::default();
        for (hash, waiting) in members {
            let key = MessageKey::new(waiting.sent_at, hash.clone());
            let own = answers.get(&key).filter(|answer| answer.is_aside());
            let own = own.and_then(|answer| answer.outcome_of(&key));
            match own {
                Some(outcome @ (Outcome::Refused | Outcome::Withdrawn | Outcome::Dropped)) => {
                    plan.apart.push((key, outcome));
                }
                _ if mailbox.is_cancelled(waiting) => plan.cancelled.push(key),
                _ if mailbox.is_handed_over(waiting) => plan.handed_over.push(key),
                _ => plan.live.push(key),
            }
        }
        as_written(&mut plan.live);
        as_written(&mut plan.cancelled);
        if strategy == Strategy::Latest {
            let newest = plan.live.split_off(plan.live.len().saturating_sub(1));
            plan.superseded = std::mem::replace(&mut plan.live, newest);
        }
        plan
    }

    /// Of the superseded messages these are answered all the same.
    pub fn keep(&mut self, is_kept: impl Fn(&MessageKey) -> bool) {
        let (kept, superseded) = self.superseded.drain(..).partition(|key| is_kept(key));
        self.superseded = superseded;
        self.live.splice(..0, kept as Vec<MessageKey>);
    }

    /// How many messages the turn settles.
    pub fn members(&self) -> usize {
        let Plan { live, cancelled, handed_over, superseded, apart } = self;
        live.len() + cancelled.len() + handed_over.len() + superseded.len() + apart.len()
    }

    /// The key of the turn's answer: its newest message that is not set apart.
    pub fn key(&self) -> Option<&MessageKey> {
        self.live.iter().chain(&self.cancelled).chain(&self.handed_over).chain(&self.superseded).max()
    }

    /// Every message with its outcome, when the live ones end in `outcome`.
    pub fn covers(&self, outcome: Outcome) -> Vec<(MessageKey, Outcome)> {
        let ends = |keys: &[MessageKey], outcome| {
            keys.iter().map(move |key| (key.clone(), outcome)).collect::<Vec<_>>()
        };
        [
            ends(&self.live, outcome),
            ends(&self.cancelled, Outcome::Cancelled),
            ends(&self.handed_over, Outcome::HandedOver),
            ends(&self.superseded, Outcome::Superseded),
        ]
        .concat()
    }
}

/// An answer to these messages, for tests.
#[cfg(test)]
pub(crate) fn answer(outcome: Outcome, covers: &[MessageKey]) -> Answer {
    Answer {
        outcome,
        parts: vec!["an answer".into()],
        buttons: Vec::new(),
        progress: 1,
        unknown: vec![],
        covers: covers.iter().map(|key| (key.clone(), outcome)).collect(),
        written_by: Token("t".into()),
        written_at: Millis(0),
        tokens: (0, 0),
        patch: None,
        errands: Vec::new(),
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::MessageHash;
    use crate::mailbox::{Cancel, Lease, Phase, Waiting};

    fn key(number: u64, sent_at: i64) -> MessageKey {
        MessageKey::new(Millis(sent_at), MessageHash::counted(number))
    }

    /// Three messages accepted in the order 1, 2, 3 but written in the order 2, 1, 3; the lease covers two.
    fn mailbox() -> Mailbox {
        let waiting = [(1, 200), (2, 100), (3, 300)].map(|(number, sent_at)| {
            let waiting = Waiting { sequence: number, sent_at: Millis(sent_at), admitted_at: Millis(400) };
            (MessageHash::counted(number), waiting)
        });
        let lease = Lease {
            token: Token("t".into()),
            ends_at: Millis(9_000),
            first_sequence: 2,
            phase: Phase::Working,
        };
        Mailbox { last_sequence: 3, waiting: waiting.into(), lease: Some(lease), ..Mailbox::default() }
    }

    #[test]
    fn a_collected_turn_stands_in_platform_time_and_ends_at_the_lease() {
        let plan = Plan::of(&mailbox(), &BTreeMap::new(), Strategy::Collect);
        assert_eq!(plan.live, [key(2, 100), key(1, 200)]);
        assert_eq!(plan.key(), Some(&key(1, 200)));
    }

    #[test]
    fn a_queued_turn_takes_what_was_accepted_first() {
        assert_eq!(Plan::of(&mailbox(), &BTreeMap::new(), Strategy::Queue).live, [key(1, 200)]);
    }

    #[test]
    fn of_the_latest_only_the_newest_is_answered() {
        let plan = Plan::of(&mailbox(), &BTreeMap::new(), Strategy::Latest);
        assert_eq!(
            (plan.live.as_slice(), plan.superseded.as_slice()),
            (&[key(1, 200)][..], &[key(2, 100)][..])
        );
        assert_eq!(plan.members(), 2);
    }

    #[test]
    fn an_answer_without_a_live_message_says_nothing() {
        let mut both = answer(Outcome::Answered, &[key(1, 100), key(2, 200)]);
        both.stop(&[(key(1, 100), Outcome::Cancelled)]);
        assert_eq!((both.outcome, both.parts.len(), both.stopped()), (Outcome::Answered, 1, 1));
        both.stop(&[(key(2, 200), Outcome::HandedOver)]);
        assert_eq!((both.outcome, both.parts.len(), both.stopped()), (Outcome::HandedOver, 0, 2));
        assert_eq!(both.outcome_of(&key(1, 100)), Some(Outcome::Cancelled), "stopped once is stopped");
    }

    #[test]
    fn what_was_stopped_is_not_remembered() {
        let note = |number, sent_at| Note { of: key(number, sent_at), text: "x".into(), direction: None };
        let mut both = answer(Outcome::Answered, &[key(1, 100), key(2, 200)]);
        both.notes = vec![note(1, 100), note(2, 200)];
        both.stop(&[(key(1, 100), Outcome::Cancelled)]);
        assert_eq!(both.notes, [note(2, 200)]);
        both.stop(&[(key(2, 200), Outcome::Cancelled)]);
        assert_eq!(both.notes, []);
    }

    #[test]
    fn cancelled_and_refused_messages_are_settled_without_an_answer() {
        let cancel =
            Cancel { up_to: 3, sent_at: Millis(150), event: MessageHash::of("c"), met: None, met_waiting: 3 };
        let mailbox = Mailbox { cancel: Some(cancel), ..mailbox() };
        let refused = Answer { parts: Vec::new(), ..answer(Outcome::Refused, &[key(1, 200)]) };
        let plan = Plan::of(&mailbox, &[(key(1, 200), refused)].into(), Strategy::Collect);
        assert_eq!(plan.cancelled, [key(2, 100)]);
        assert_eq!(plan.apart, [(key(1, 200), Outcome::Refused)]);
        assert_eq!(plan.covers(Outcome::Answered), [(key(2, 100), Outcome::Cancelled)]);
    }

    #[test]
    fn a_turn_that_was_refused_in_words_stays_a_turn_for_whoever_takes_it_over() {
        let refused = answer(Outcome::Refused, &[key(2, 100), key(1, 200)]);
        let plan = Plan::of(&mailbox(), &[(key(1, 200), refused)].into(), Strategy::Collect);
        assert_eq!((plan.live.len(), plan.key()), (2, Some(&key(1, 200))));
    }
}
