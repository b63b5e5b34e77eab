//! The mailbox: the small control item of a conversation, and every decision taken from it.
//!
//! The conditions of the table's writes say *whether* a step may happen; when one fails, DynamoDB returns
//! the item, and the functions here say *why*, without another read.

use std::collections::BTreeMap;

use crate::key::{MessageHash, MessageKey, Token};
use crate::outcome::Outcome;
use crate::time::Millis;
use crate::turn::Strategy;

/// How many settled messages the mailbox remembers by name. Older ones are known by `Mailbox::mark`.
pub const SETTLED_MAX: usize = 16;

/// The state of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// The sequence number given to the message admitted last; the first one gets 1.
    pub last_sequence: u64,
    /// What has been admitted and is not settled, the running turn included.
    pub waiting: BTreeMap<MessageHash, Waiting>,
    /// The newest settled messages, oldest first.
    pub settled: Vec<MessageKey>,
    /// The highest platform time of any message that fell out of `settled`.
    pub mark: Option<Millis>,
    /// The newest message that asked for no quiet window, by sequence.
    pub no_window: u64,
    /// The newest cancel.
    pub cancel: Option<Cancel>,
    /// The person who answers in the bot's place, by the owner's name for them.
    pub held_by: Option<String>,
    /// Messages up to this sequence were a person's to answer.
    pub handed_up_to: u64,
    /// Everything written until then was erased.
    pub erased_until: Option<Millis>,
    /// Who works on the conversation.
    pub lease: Option<Lease>,
    /// The token of the last commit, so that a repeated one recognises itself.
    pub committed_by: Option<Token>,
    /// How many turns have been settled.
    pub turns: u64,
    /// A day, as `quota::day` counts, and how many messages were admitted on it.
    pub counted: Option<(i64, u64)>,
    /// Up to when the messages admitted would reach, did they come evenly at the highest pace.
    pub paced_until: Option<Millis>,
    /// When the user was last told that the service is busy, by our clock.
    pub busy_told_at: Option<Millis>,
    /// When the last turn was settled, by our clock.
    pub active_at: Option<Millis>,
    /// History does not reach further back than this platform time.
    pub session_start: Option<Millis>,
}

/// An admitted message that has no outcome yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the order of acceptance.
    pub sequence: u64,
    /// When the user sent it, by the platform's clock.
    pub sent_at: Millis,
    /// When we admitted it, by our clock.
    pub admitted_at: Millis,
}

/// The right to work on a conversation until a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Whose it is.
    pub token: Token,
    /// From then on it may be taken over: its holder has been killed by its deadline.
    pub ends_at: Millis,
    /// `Mailbox::last_sequence` when the turn was first leased: the turn covers nothing later.
    pub first_sequence: u64,
    /// What its holder may be doing.
    pub phase: Phase,
}

impl Lease {
    /// When it may be taken over.
    fn is_over_at(&self, clock_skew_ms: u64) -> Millis {
        match self.phase {
            Phase::Working => self.ends_at,
            Phase::Sending => self.ends_at + clock_skew_ms,
        }
    }
}

/// How far a turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has been sent: a cancel is in time.
    Working,
    /// The gate has been passed: parts may have reached the user.
    Sending,
}

/// A fence: nothing admitted up to it and written no later may start to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// The last sequence it covers.
    pub up_to: u64,
    /// When the user asked for it, by the platform's clock.
    pub sent_at: Millis,
    /// The event that asked for it.
    pub event: MessageHash,
    /// The phase of the lease it met; `None` when nobody was working.
    pub met: Option<Phase>,
    /// How many messages waited when it came, the running turn's included.
    pub met_waiting: usize,
}

/// Why a message was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// It already waits; its doorbell may still have to be rung.
    Waiting,
    /// It has its outcome.
    Settled,
    /// Stored earlier, and so old that the mailbox cannot tell whether it was settled.
    BeforeMark,
    /// As many wait as may wait.
    Full,
    /// Written before the user had everything erased.
    Erased,
    /// As many have come today as a user may send.
    OverQuota,
    /// They come faster than a user may send them.
    TooFast,
}

/// Why the lease was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotClaimed {
    /// It was: the write is our own, repeated.
    Mine,
    /// Nothing waits.
    Empty,
    /// Its holder is dead: it may be taken over from this token.
    Expired(Token),
    /// Somebody works until then.
    Live(Millis),
}

/// What a commit writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which messages leave the waiting set.
    pub removed: Vec<MessageHash>,
    /// The settled ring afterwards.
    pub settled: Vec<MessageKey>,
    /// The mark afterwards.
    pub mark: Option<Millis>,
}

impl Mailbox {
    /// Why `key` was not admitted. `None`: nothing here forbids it, so the write may be tried again.
    pub fn why_not_admitted(
        &self,
        key: &MessageKey,
        seen_before: bool,
        waiting_max: u64,
    ) -> Option<NotAdmitted> {
        if self.waiting.contains_key(&key.hash) {
            Some(NotAdmitted::Waiting)
        } else if self.settled.iter().any(|settled| settled.hash == key.hash) {
            Some(NotAdmitted::Settled)
        } else if seen_before && self.mark.is_some_and(|mark| key.sent_at <= mark) {
            Some(NotAdmitted::BeforeMark)
        } else if self.erased_until.is_some_and(|until| key.sent_at <= until) {
            Some(NotAdmitted::Erased)
        } else if self.waiting.len() as u64 >= waiting_max {
            Some(NotAdmitted::Full)
        } else {
            None
        }
    }

    /// Why the lease was not given to `token`. `None`: it is free now, so the claim may be tried again.
    pub fn why_not_claimed(&self, token: &Token, now: Millis, clock_skew_ms: u64) -> Option<NotClaimed> {
        match &self.lease {
            Some(lease) if lease.token == *token => Some(NotClaimed::Mine),
            _ if self.waiting.is_empty() => Some(NotClaimed::Empty),
            Some(lease) if lease.is_over_at(clock_skew_ms) <= now => {
                Some(NotClaimed::Expired(lease.token.clone()))
            }
            Some(lease) => Some(NotClaimed::Live(lease.is_over_at(clock_skew_ms))),
            None => None,
        }
    }

    /// Whether the lease is `token`'s.
    pub fn is_held_by(&self, token: &Token) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.token == *token)
    }

    /// Whether somebody is at work now.
    pub fn has_live_lease(&self, now: Millis) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.ends_at > now)
    }

    /// Whether the cancel covers this waiting message: admitted up to it *and* written no later.
    ///
    /// "No later" and not "before": platforms that count whole seconds give a message and the cancel that
    /// follows it the same time, and what was admitted first was almost certainly written first.
    pub fn is_cancelled(&self, waiting: &Waiting) -> bool {
        self.cancel
            .as_ref()
            .is_some_and(|cancel| waiting.sequence <= cancel.up_to && waiting.sent_at <= cancel.sent_at)
    }

    /// Whether a person answers this waiting message: one does now, or one did when it was admitted.
    pub fn is_handed_over(&self, waiting: &Waiting) -> bool {
        self.held_by.is_some() || waiting.sequence <= self.handed_up_to
    }

    /// Why a turn of these messages must not start to be sent, message by message. Empty: it may.
    ///
    /// `interrupted_beyond`: a turn that newer messages interrupt, with the number of messages it settles.
    pub fn stops(
        &self,
        live: &[MessageKey],
        interrupted_beyond: Option<usize>,
    ) -> Vec<(MessageKey, Outcome)> {
        let is_interrupted = interrupted_beyond.is_some_and(|members| self.waiting.len() > members);
        let why = |key: &MessageKey| {
            let waiting = self.waiting.get(&key.hash);
            if waiting.is_some_and(|waiting| self.is_cancelled(waiting)) {
                Some(Outcome::Cancelled)
            } else if waiting.is_some_and(|waiting| self.is_handed_over(waiting)) {
                Some(Outcome::HandedOver)
            } else {
                is_interrupted.then_some(Outcome::Superseded)
            }
        };
        live.iter().filter_map(|key| Some((key.clone(), why(key)?))).collect()
    }

    /// Whether a waiting message may still be changed or taken out: no turn has begun that covers it.
    pub fn is_untouched(&self, hash: &MessageHash, strategy: Strategy) -> bool {
        let Some(waiting) = self.waiting.get(hash) else { return false };
        let first = self.waiting.values().map(|waiting| waiting.sequence).min();
        match &self.lease {
            None => true,
            Some(_) if strategy.takes_one() => Some(waiting.sequence) != first,
            Some(lease) => waiting.sequence > lease.first_sequence,
        }
    }

    /// The message that has waited longest and that no turn has begun to answer.
    pub fn oldest_untouched(&self, strategy: Strategy) -> Option<MessageKey> {
        let untouched = self.waiting.iter().filter(|(hash, _)| self.is_untouched(hash, strategy));
        let oldest = untouched.min_by_key(|(_, waiting)| waiting.sequence);
        oldest.map(|(hash, waiting)| MessageKey::new(waiting.sent_at, hash.clone()))
    }

    /// How many waiting messages the cancel stops: those it covers, but for the turn whose answer is already being
    /// sent. A queued turn is the message accepted first; any other reaches up to its lease.
    pub fn stopped(&self, strategy: Strategy) -> usize {
        let too_late = self.cancel.as_ref().is_some_and(|cancel| cancel.met == Some(Phase::Sending));
        let first = self.waiting.values().map(|waiting| waiting.sequence).min().unwrap_or(0);
        let leased = self.lease.as_ref().map_or(0, |lease| lease.first_sequence);
        let spared = match (too_late, strategy.takes_one()) {
            (false, _) => 0,
            (true, true) => first,
            (true, false) => leased,
        };
        self.waiting
            .values()
            .filter(|waiting| self.is_cancelled(waiting) && waiting.sequence > spared)
            .count()
    }

    /// When a first message's quiet window ends; `None` when there is nothing to wait for.
    ///
    /// It ends `debounce_ms` after the newest admission, at the latest `max_wait_ms` after the oldest, and
    /// at once when a button or a command waits. Admission times are stored: a crash restarts nothing.
    pub fn quiet_until(&self, debounce_ms: u64, max_wait_ms: u64) -> Option<Millis> {
        if self.lease.is_some() || self.waiting.values().any(|waiting| waiting.sequence == self.no_window) {
            return None;
        }
        let oldest = self.waiting.values().map(|waiting| waiting.admitted_at).min()?;
        let newest = self.waiting.values().map(|waiting| waiting.admitted_at).max()?;
        Some((newest + debounce_ms).min(oldest + max_wait_ms))
    }

    /// Where the history of a turn begins, whose oldest message was admitted at `oldest_admitted_at`.
    ///
    /// After `idle_ms` without a settled turn a new session starts: behind everything settled so far. Settled
    /// messages mark the place, not the new message's time, which for a button is that of an old message.
    pub fn session_start(&self, oldest_admitted_at: Millis, idle_ms: u64) -> Millis {
        let is_over = self.active_at.is_some_and(|active_at| oldest_admitted_at.since(active_at) >= idle_ms);
        let last_settled = self.settled.iter().map(|key| key.sent_at).max();
        match (is_over, last_settled) {
            (true, Some(last_settled)) => last_settled + 1,
            _ => self.session_start.unwrap_or_default(),
        }
    }

    /// What a commit of these messages writes. Only the holder of the lease may write it.
    pub fn settle(&self, keys: &[MessageKey]) -> Settlement {
        let removed = keys.iter().map(|key| key.hash.clone()).filter(|hash| self.waiting.contains_key(hash));
        let mut settled = self.settled.clone();
        for key in keys {
            if !settled.contains(key) {
                settled.push(key.clone());
            }
        }
        let forgotten = settled.len().saturating_sub(SETTLED_MAX);
        let mark = settled.drain(..forgotten).map(|key| key.sent_at).chain(self.mark).max();
        Settlement { removed: removed.collect(), settled, mark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> MessageKey {
        MessageKey::new(Millis(i64::try_from(number).unwrap() * 1000), MessageHash::counted(number))
    }

    fn waiting(sequence: u64) -> (MessageHash, Waiting) {
        let sent_at = key(sequence).sent_at;
        (key(sequence).hash, Waiting { sequence, sent_at, admitted_at: sent_at + 100 })
    }

    fn mailbox(sequences: std::ops::RangeInclusive<u64>) -> Mailbox {
        Mailbox {
            last_sequence: *sequences.end(),
            waiting: sequences.map(waiting).collect(),
            ..Mailbox::default()
        }
    }

    #[test]
    fn a_full_mailbox_still_recognises_its_own_messages() {
        let full = mailbox(1..=10);
        assert_eq!(full.why_not_admitted(&key(3), false, 10), Some(NotAdmitted::Waiting));
        assert_eq!(full.why_not_admitted(&key(11), false, 10), Some(NotAdmitted::Full));
    }

    #[test]
    fn what_fell_out_of_the_ring_is_known_by_the_mark_to_redeliveries_only() {
        let settlement = mailbox(1..=10).settle(&(1..=20).map(key).collect::<Vec<_>>());
        assert_eq!(settlement.settled.len(), SETTLED_MAX);
        assert_eq!(settlement.mark, Some(key(4).sent_at));
        assert_eq!(settlement.removed.len(), 10);
        let after = Mailbox { settled: settlement.settled, mark: settlement.mark, ..Mailbox::default() };
        assert_eq!(after.why_not_admitted(&key(2), true, 10), Some(NotAdmitted::BeforeMark));
        assert_eq!(after.why_not_admitted(&key(2), false, 10), None, "a late first delivery is news");
        assert_eq!(after.why_not_admitted(&key(20), true, 10), Some(NotAdmitted::Settled));
    }

    #[test]
    fn a_cancel_spares_what_was_written_after_it() {
        let cancel = Cancel {
            up_to: 2,
            sent_at: Millis(1_500),
            event: MessageHash::of("c"),
            met: None,
            met_waiting: 3,
        };
        let stopped = Mailbox { cancel: Some(cancel), ..mailbox(1..=3) };
        let hit: Vec<u64> =
            stopped.waiting.values().filter(|w| stopped.is_cancelled(w)).map(|w| w.sequence).collect();
        assert_eq!(hit, [1], "2 was admitted before the cancel but written after it; 3 was admitted later");
    }

    #[test]
    fn a_window_closes_after_silence_or_at_its_limit_and_never_opens_for_buttons() {
        let two = mailbox(1..=2);
        assert_eq!(two.quiet_until(400, 4_000), Some(Millis(2_500)));
        assert_eq!(two.quiet_until(9_000, 4_000), Some(Millis(5_100)));
        assert_eq!(Mailbox { no_window: 2, ..two }.quiet_until(400, 4_000), None);
        assert_eq!(Mailbox::default().quiet_until(400, 4_000), None);
    }

    #[test]
    fn a_session_ends_by_idleness_and_the_next_starts_behind_what_was_settled() {
        let used = Mailbox { settled: vec![key(7)], active_at: Some(Millis(10_000)), ..Mailbox::default() };
        assert_eq!(used.session_start(Millis(10_999), 1_000), Millis(0));
        assert_eq!(used.session_start(Millis(11_000), 1_000), Millis(7_001));
        assert_eq!(Mailbox::default().session_start(Millis(11_000), 1_000), Millis(0));
    }

    #[test]
    fn what_a_turn_has_begun_is_no_longer_changed() {
        let lease = Lease {
            token: Token("t".into()),
            ends_at: Millis(9_000),
            first_sequence: 2,
            phase: Phase::Working,
        };
        let free = mailbox(1..=3);
        let leased = Mailbox { lease: Some(lease), ..mailbox(1..=3) };
        let untouched = |mailbox: &Mailbox, strategy| -> Vec<u64> {
            (1..=4).filter(|number| mailbox.is_untouched(&key(*number).hash, strategy)).collect()
        };
        assert_eq!(untouched(&free, Strategy::Burst), [1, 2, 3]);
        assert_eq!(untouched(&leased, Strategy::Burst), [3]);
        assert_eq!(untouched(&leased, Strategy::Queue), [2, 3], "a queued turn has only the first");
        assert_eq!(leased.oldest_untouched(Strategy::Queue), Some(key(2)));
        assert_eq!(mailbox(1..=1).oldest_untouched(Strategy::Burst), Some(key(1)));
    }

    #[test]
    fn a_turn_is_stopped_message_by_message() {
        let cancel = Cancel {
            up_to: 1,
            sent_at: Millis(9_000),
            event: MessageHash::of("c"),
            met: None,
            met_waiting: 1,
        };
        let live = [key(1), key(2)];
        let stops = |mailbox: &Mailbox, beyond| -> Vec<Outcome> {
            mailbox.stops(&live, beyond).into_iter().map(|(_, why)| why).collect()
        };
        assert_eq!(stops(&mailbox(1..=3), None), []);
        assert_eq!(stops(&mailbox(1..=3), Some(2)), [Outcome::Superseded, Outcome::Superseded]);
        assert_eq!(stops(&mailbox(1..=3), Some(3)), []);
        let cancelled = Mailbox { cancel: Some(cancel), ..mailbox(1..=3) };
        assert_eq!(stops(&cancelled, None), [Outcome::Cancelled]);
        let held = Mailbox { held_by: Some("ann".into()), ..cancelled };
        assert_eq!(stops(&held, Some(2)), [Outcome::Cancelled, Outcome::HandedOver]);
    }

    #[test]
    fn a_lease_is_given_taken_over_or_respected() {
        let lease = |ends_at| Lease {
            token: Token("them".into()),
            ends_at: Millis(ends_at),
            first_sequence: 1,
            phase: Phase::Working,
        };
        let held = Mailbox { lease: Some(lease(500)), ..mailbox(1..=1) };
        let me = Token("me".into());
        let why = |mailbox: &Mailbox, token: &Token, now| mailbox.why_not_claimed(token, Millis(now), 100);
        assert_eq!(why(&held, &me, 499), Some(NotClaimed::Live(Millis(500))));
        assert_eq!(why(&held, &me, 500), Some(NotClaimed::Expired(Token("them".into()))));
        assert_eq!(why(&held, &Token("them".into()), 500), Some(NotClaimed::Mine));
        assert_eq!(why(&Mailbox::default(), &me, 0), Some(NotClaimed::Empty));
        assert_eq!(why(&mailbox(1..=1), &me, 0), None);
        let sending = Mailbox { lease: Some(Lease { phase: Phase::Sending, ..lease(500) }), ..held };
        assert_eq!(why(&sending, &me, 599), Some(NotClaimed::Live(Millis(600))));
        assert_eq!(why(&sending, &me, 600), Some(NotClaimed::Expired(Token("them".into()))));
    }
}
