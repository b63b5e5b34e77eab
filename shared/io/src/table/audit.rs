//! The audit: whether a table keeps the promise that every accepted message has one outcome or still waits.
//!
//! It looks at items and never at how they came about, so that it finds what the writers did not think of. Counts
//! and ids only: no word of a user enters it.

use std::collections::BTreeMap;
use std::fmt;

use domain::{ConversationKey, Mailbox, MessageHash, MessageKey, Millis, Outcome, RequestId};

use super::stored::{Kind, Stored};
use crate::world::{Item, TableError};

/// How late something may be before it counts as left behind.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    /// Milliseconds a message may wait, or stand between its storing and its admission.
    pub open_ms: u64,
    /// Milliseconds that a lease may lie past its end: until then its doorbell comes again.
    pub lease_ms: u64,
}

/// The items of a table, as far as the audit needs them: some 200 bytes for a message.
#[derive(Debug, Default)]
pub struct Ledger {
    conversations: BTreeMap<ConversationKey, Conversation>,
    other: u64,
}

#[derive(Debug, Default)]
struct Conversation {
    mailbox: Option<Mailbox>,
    messages: BTreeMap<MessageKey, Received>,
    covers: BTreeMap<MessageKey, Vec<Cover>>,
    damaged: Vec<(String, String)>,
    mailbox_is_damaged: bool,
}

#[derive(Debug, Clone, Copy)]
struct Received {
    at: Millis,
    expires_at_s: Option<i64>,
}

/// An outcome that an answer gives to a message.
#[derive(Debug, Clone, Copy)]
struct Cover {
    outcome: Outcome,
    /// Milliseconds that this table keeps an item: the message has gone when as much has passed since.
    kept_ms: u64,
}

/// What an audit has found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Conversations with an item of their own.
    pub conversations: u64,
    /// Messages that wait, have an outcome, or should.
    pub accepted: u64,
    /// Those that wait, the ones of running turns included.
    pub waiting: u64,
    /// Those with an outcome, by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Stored a moment ago, and not admitted yet: their webhook has not answered.
    pub arriving: u64,
    /// Items past their expiry, which DynamoDB deletes in its own time.
    pub expired: u64,
    /// Items of other kinds.
    pub other: u64,
    /// Everything that must not be.
    pub violations: Vec<Violation>,
}

/// Something that must not be. Its text is one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A message without an outcome that does not wait.
    Missing(RequestId),
    /// A message that more than one answer covers.
    CoveredTwice(RequestId, Vec<Outcome>),
    /// A message that has waited for so many seconds.
    WaitsTooLong(RequestId, u64),
    /// A message that waits and is not stored.
    WaitsUnstored(RequestId),
    /// A message that has an outcome and is not stored.
    CoveredUnstored(RequestId),
    /// A lease so many seconds past its end.
    LeaseLeft(ConversationKey, u64),
    /// An item that cannot be read: where it stands, and what is wrong.
    Damaged(ConversationKey, String, String),
}

impl Ledger {
    /// Takes an item in.
    pub fn add(&mut self, item: Item) {
        let counts = |stored: &Stored| !matches!(stored.kind, Kind::State(_));
        let Some(Stored { conversation, expires_at_s, kind }) = Stored::read(item).filter(counts) else {
            self.other += 1;
            return;
        };
        let place = self.conversations.entry(conversation).or_default();
        match kind {
            Kind::Mailbox(read) => place.add_mailbox(read),
            Kind::Message(key, read) => {
                let at = read.as_ref().map_or(key.sent_at, |message| message.received_at);
                place.messages.insert(key.clone(), Received { at, expires_at_s });
                place.note(read.err(), format!("message {}", key.hash));
            }
            Kind::Answer(_, Ok(answer)) => {
                let kept_s = expires_at_s.map_or(0, |at| at - answer.written_at.seconds());
                let kept_ms = u64::try_from(kept_s).unwrap_or(0) * 1_000;
                for (covered, outcome) in answer.covers {
                    place.covers.entry(covered).or_default().push(Cover { outcome, kept_ms });
                }
            }
            Kind::State(_) => {}
            Kind::Answer(key, Err(error)) => place.note(Some(error), format!("answer {}", key.hash)),
        }
    }

    /// Forgets a conversation, so that its items can be taken in again.
    pub fn forget(&mut self, conversation: &ConversationKey) {
        self.conversations.remove(conversation);
    }

    /// Every outcome that an answer gives to a message.
    pub fn outcomes(&self) -> impl Iterator<Item = (RequestId, Outcome)> {
        self.conversations.iter().flat_map(|(conversation, place)| {
            place.covers.iter().flat_map(move |(key, covers)| {
                covers.iter().map(move |cover| (named(conversation, key), cover.outcome))
            })
        })
    }

    /// Looks whether everything is as it must be.
    pub fn audit(&self, now: Millis, tolerance: Tolerance) -> Audit {
        let mut audit = Audit { other: self.other, ..Audit::default() };
        for (conversation, place) in &self.conversations {
            audit.conversations += 1;
            place.audit(conversation, now, tolerance, &mut audit);
        }
        audit
    }
}

impl Conversation {
    fn add_mailbox(&mut self, read: Result<Box<Mailbox>, TableError>) {
        self.mailbox_is_damaged = read.is_err();
        match read {
            Ok(mailbox) => self.mailbox = Some(*mailbox),
            Err(error) => self.note(Some(error), "mailbox".to_owned()),
        }
    }

    fn note(&mut self, error: Option<TableError>, place: String) {
        match error {
            Some(TableError::Damaged { what, .. }) => self.damaged.push((place, what)),
            Some(error) => self.damaged.push((place, error.to_string())),
            None => {}
        }
    }

    fn audit(&self, id: &ConversationKey, now: Millis, tolerance: Tolerance, audit: &mut Audit) {
        for (place, what) in &self.damaged {
            audit.violations.push(Violation::Damaged(id.clone(), place.clone(), what.clone()));
        }
        for (key, received) in &self.messages {
            if received.is_expired(now) && !self.is_waiting(&key.hash) {
                audit.expired += 1;
            } else {
                self.audit_message(&named(id, key), *received, now, tolerance, audit);
            }
        }
        self.audit_mailbox(id, now, tolerance, audit);
        self.audit_covers(id, now, audit);
    }

    fn is_waiting(&self, hash: &MessageHash) -> bool {
        self.mailbox.as_ref().is_some_and(|mailbox| mailbox.waiting.contains_key(hash))
    }

    /// One that waits is counted as waiting also when its answer stands already: the turn is being sent, or a refusal
    /// is told again.
    fn audit_message(
        &self,
        id: &RequestId,
        received: Received,
        now: Millis,
        tolerance: Tolerance,
        audit: &mut Audit,
    ) {
        let covers = self.covers.get(&id.key).map(Vec::as_slice).unwrap_or_default();
        let is_young = now.since(received.at) <= tolerance.open_ms;
        match (self.is_waiting(&id.key.hash), covers) {
            (true, _) => audit.waiting += 1,
            (false, [cover, ..]) => *audit.outcomes.entry(cover.outcome).or_default() += 1,
            (false, []) if is_young => {
                audit.arriving += 1;
                return;
            }
            // Its mailbox would tell, and is reported itself.
            (false, []) if self.mailbox_is_damaged => {}
            (false, []) => audit.violations.push(Violation::Missing(id.clone())),
        }
        audit.accepted += 1;
        if covers.len() > 1 {
            let outcomes = covers.iter().map(|cover| cover.outcome).collect();
            audit.violations.push(Violation::CoveredTwice(id.clone(), outcomes));
        }
    }

    fn audit_mailbox(&self, id: &ConversationKey, now: Millis, tolerance: Tolerance, audit: &mut Audit) {
        let Some(mailbox) = &self.mailbox else { return };
        for (hash, waiting) in &mailbox.waiting {
            let request = named(id, &MessageKey::new(waiting.sent_at, hash.clone()));
            let waited_ms = now.since(waiting.admitted_at);
            if !self.messages.contains_key(&request.key) {
                audit.violations.push(Violation::WaitsUnstored(request));
            } else if waited_ms > tolerance.open_ms {
                audit.violations.push(Violation::WaitsTooLong(request, waited_ms / 1_000));
            }
        }
        let overdue_ms = mailbox.lease.as_ref().map_or(0, |lease| now.since(lease.ends_at));
        if overdue_ms > tolerance.lease_ms {
            audit.violations.push(Violation::LeaseLeft(id.clone(), overdue_ms / 1_000));
        }
    }

    /// A message expires before the answer that covers it; before that, both are there.
    fn audit_covers(&self, id: &ConversationKey, now: Millis, audit: &mut Audit) {
        for (key, covers) in self.covers.iter().filter(|(key, _)| !self.messages.contains_key(*key)) {
            let has_gone = covers.iter().any(|cover| key.sent_at + cover.kept_ms <= now);
            if !has_gone {
                audit.violations.push(Violation::CoveredUnstored(named(id, key)));
            }
        }
    }
}

impl Received {
    fn is_expired(self, now: Millis) -> bool {
        self.expires_at_s.is_some_and(|at| at < now.seconds())
    }
}

fn named(conversation: &ConversationKey, key: &MessageKey) -> RequestId {
    RequestId { conversation: conversation.clone(), key: key.clone() }
}

impl Audit {
    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.violations.is_empty() && self.accepted == self.waiting + self.settled()
    }

    /// Messages that should wait or have an outcome, and do not.
    pub fn missing(&self) -> u64 {
        self.accepted.saturating_sub(self.waiting + self.settled())
    }

    /// Messages with an outcome.
    pub fn settled(&self) -> u64 {
        self.outcomes.values().sum()
    }
}

impl Violation {
    /// The conversation it is about.
    pub fn conversation(&self) -> &ConversationKey {
        match self {
            Violation::Missing(id)
            | Violation::CoveredTwice(id, _)
            | Violation::WaitsTooLong(id, _)
            | Violation::WaitsUnstored(id)
            | Violation::CoveredUnstored(id) => &id.conversation,
            Violation::LeaseLeft(conversation, _) | Violation::Damaged(conversation, _, _) => conversation,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::Missing(id) => write!(f, "{id} is stored, but neither waits nor has an outcome."),
            Violation::CoveredTwice(id, outcomes) => {
                let names: Vec<_> = outcomes.iter().map(|outcome| outcome.name()).collect();
                write!(f, "{id} has {} outcomes: {}.", outcomes.len(), names.join(", "))
            }
            Violation::WaitsTooLong(id, seconds) => write!(f, "{id} has been waiting for {seconds} s."),
            Violation::WaitsUnstored(id) => write!(f, "{id} waits, but is not stored."),
            Violation::CoveredUnstored(id) => write!(f, "{id} has an outcome, but is not stored."),
            Violation::LeaseLeft(conversation, seconds) => {
                write!(f, "{conversation} is held by a lease that ended {seconds} s ago.")
            }
            Violation::Damaged(conversation, place, what) => {
                write!(f, "{conversation}: its {place} cannot be read: {what}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::turn::Answer;
    use domain::{Address, Channel, Message, MessageKind, Token};

    use super::super::{answers, items};
    use super::*;

    const NOW: Millis = Millis(1_795_165_200_000);
    const TOLERANCE: Tolerance = Tolerance { open_ms: 60_000, lease_ms: 10_000 };

    fn address() -> Address {
        Address { channel: Channel::of("telegram"), chat: "7".into(), thread: None }
    }

    fn conversation() -> ConversationKey {
        ConversationKey::of("b", &address())
    }

    /// A message of five minutes ago.
    fn key(number: u64) -> MessageKey {
        MessageKey::new(NOW - 300_000, MessageHash::counted(number))
    }

    fn message(number: u64) -> Item {
        let message = Message {
            conversation: conversation(),
            key: key(number),
            address: address(),
            text: "a secret".into(),
            kind: MessageKind::Text,
            media: Vec::new(),
            handles: domain::Handles::default(),
            language: None,
            received_at: key(number).sent_at,
        };
        items::message_item(&message, &Token("t".into()), NOW.seconds() + 1_000_000).unwrap()
    }

    fn answer(at: u64, covers: &[(u64, Outcome)]) -> Item {
        let answer = Answer {
            outcome: Outcome::Answered,
            parts: vec!["a secret".into()],
            buttons: Vec::new(),
            progress: 1,
            unknown: vec![],
            covers: covers.iter().map(|(number, outcome)| (key(*number), *outcome)).collect(),
            written_by: Token("t".into()),
            written_at: NOW - 200_000,
            tokens: (0, 0),
            patch: None,
            errands: Vec::new(),
            notes: Vec::new(),
        };
        answers::items::answer_item(&conversation(), &key(at), &answer, NOW.seconds() + 1_000_000).unwrap()
    }

    /// A mailbox in which these wait, each admitted so many milliseconds ago.
    fn mailbox(waiting: &[(u64, i64)]) -> Item {
        let number = |value: i64| AttributeValue::N(value.to_string());
        let mut item = Item::from([
            ("pk".to_owned(), AttributeValue::S(conversation().to_string())),
            ("sk".to_owned(), AttributeValue::S("M".into())),
            ("n".to_owned(), number(i64::try_from(waiting.len()).unwrap())),
        ]);
        for (message, ago) in waiting {
            let key = key(*message);
            let admitted_after = NOW.0 - ago - key.sent_at.0;
            item.insert(format!("s{}", key.hash), number(1));
            let times = AttributeValue::L(vec![number(key.sent_at.0), number(admitted_after)]);
            item.insert(format!("m{}", key.hash), times);
        }
        item
    }

    fn audit(items: impl IntoIterator<Item = Item>) -> Audit {
        let mut ledger = Ledger::default();
        items.into_iter().for_each(|item| ledger.add(item));
        ledger.audit(NOW, TOLERANCE)
    }

    fn said(audit: &Audit) -> Vec<String> {
        audit.violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_waits_or_has_one_outcome_is_counted_once() {
        let found = audit([
            message(1),
            message(2),
            message(3),
            message(4),
            answer(2, &[(1, Outcome::Cancelled), (2, Outcome::Answered)]),
            // Its answer is being sent.
            answer(3, &[(3, Outcome::Answered)]),
            mailbox(&[(3, 5_000), (4, 4_000)]),
        ]);
        assert!(found.holds(), "{found:?}");
        assert_eq!((found.accepted, found.waiting, found.settled()), (4, 2, 2));
        assert_eq!(found.outcomes, BTreeMap::from([(Outcome::Answered, 1), (Outcome::Cancelled, 1)]));
    }

    #[test]
    fn a_message_without_an_outcome_is_missing_unless_it_has_just_come() {
        let found = audit([message(1), mailbox(&[])]);
        assert_eq!(
            said(&found),
            [format!("{} is stored, but neither waits nor has an outcome.", named(&conversation(), &key(1)))]
        );
        assert_eq!((found.accepted, found.settled()), (1, 0));
        let mut ledger = Ledger::default();
        ledger.add(message(1));
        let young = ledger.audit(key(1).sent_at + 1_000, TOLERANCE);
        assert!(young.holds());
        assert_eq!((young.accepted, young.arriving), (0, 1));
    }

    #[test]
    fn two_answers_for_one_message_are_named_with_their_outcomes() {
        let items =
            [message(1), message(2), answer(1, &[(1, Outcome::Lost)]), answer(2, &[(1, Outcome::Answered)])];
        let found = audit(items.into_iter().chain([answer(3, &[(2, Outcome::Answered)])]));
        assert_eq!(said(&found).len(), 1, "{found:?}");
        assert!(said(&found)[0].ends_with("has 2 outcomes: lost, answered."), "{found:?}");
    }

    #[test]
    fn a_refused_message_that_waits_again_is_no_violation() {
        let found = audit([message(1), answer(1, &[(1, Outcome::Refused)]), mailbox(&[(1, 1_000)])]);
        assert!(found.holds(), "{found:?}");
        let settled = audit([message(1), answer(1, &[(1, Outcome::Refused)]), mailbox(&[])]);
        assert_eq!(settled.outcomes, BTreeMap::from([(Outcome::Refused, 1)]));
    }

    #[test]
    fn what_waits_too_long_or_unstored_is_named() {
        let found = audit([message(1), mailbox(&[(1, 61_000), (2, 1_000)])]);
        assert!(said(&found)[0].ends_with("has been waiting for 61 s."), "{found:?}");
        assert!(said(&found)[1].ends_with("waits, but is not stored."), "{found:?}");
    }

    #[test]
    fn a_covered_message_may_have_expired_but_not_be_gone_before() {
        let found = audit([answer(1, &[(1, Outcome::Answered)])]);
        assert!(said(&found)[0].ends_with("has an outcome, but is not stored."), "{found:?}");
        let mut ledger = Ledger::default();
        ledger.add(answer(1, &[(1, Outcome::Answered)]));
        assert!(ledger.audit(NOW + 2_000_000_000, TOLERANCE).holds());
    }

    #[test]
    fn a_lease_that_nobody_took_over_is_named() {
        let mut held = mailbox(&[(1, 1_000)]);
        let ended = AttributeValue::N((NOW.0 - 11_000).to_string());
        held.insert("lt".into(), AttributeValue::S("t".into()));
        held.extend([("le".to_owned(), ended), ("ls".to_owned(), AttributeValue::N("1".into()))]);
        let found = audit([message(1), held]);
        assert_eq!(said(&found), [format!("{} is held by a lease that ended 11 s ago.", conversation())]);
    }

    #[test]
    fn a_damaged_item_is_named_without_a_word_of_the_user() {
        let mut wrong_count = mailbox(&[(1, 1_000)]);
        wrong_count.insert("n".into(), AttributeValue::N("2".into()));
        let mut tomorrow = message(2);
        tomorrow.insert("v".into(), AttributeValue::N("2".into()));
        let found = audit([message(1), tomorrow, wrong_count, answer(2, &[(2, Outcome::Answered)])]);
        let said = said(&found);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said.iter().any(|line| line.ends_with("its mailbox cannot be read: n is 2, not what waits."))
        );
        assert!(said.iter().all(|line| !line.contains("secret")), "{said:?}");
        assert!(!found.holds());
    }

    #[test]
    fn what_this_code_does_not_know_is_counted_and_left_alone() {
        let mut state = mailbox(&[]);
        state.insert("sk".into(), AttributeValue::S("S".into()));
        let mut transcript = message(1);
        transcript.insert("sk".into(), AttributeValue::S(format!("H#{}#T", key(1))));
        let dead = Item::from([("pk".to_owned(), AttributeValue::S("DEAD#2026-11-21".into()))]);
        let found = audit([state, transcript, dead]);
        assert!(found.holds());
        assert_eq!(found.other, 3);
    }
}
