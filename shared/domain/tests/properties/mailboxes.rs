//! `domain::mailbox` and `domain::turn`: which messages a turn takes, and what is known of them afterwards.

use std::collections::BTreeMap;

use domain::mailbox::{Cancel, Lease, NotAdmitted, Phase, SETTLED_MAX, Waiting};
use domain::turn::{Answer, Plan, Strategy as Turns};
use domain::{Mailbox, MessageHash, MessageKey, Millis, Outcome, Token};
use proptest::prelude::*;

use crate::identities::{hash, sent_at};

/// As many as may wait (`Limits::waiting_max`).
const WAITING_MAX: u64 = 10;

/// Messages that wait: sequences in the order of acceptance, with gaps where others have been settled.
fn waiting() -> impl Strategy<Value = BTreeMap<MessageHash, Waiting>> {
    let message = (hash(), sent_at(), 1..4_u64);
    prop::collection::vec(message, 0..=10).prop_map(|messages| {
        let mut sequence = 0;
        let numbered = messages.into_iter().map(|(hash, sent_at, step)| {
            sequence += step;
            (hash, Waiting { sequence, sent_at, admitted_at: Millis(sent_at.0.saturating_add(100)) })
        });
        numbered.collect()
    })
}

fn phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(&[Phase::Working, Phase::Sending][..])
}

fn lease() -> impl Strategy<Value = Lease> {
    ("[a-f]{8}", any::<i64>(), 0..45_u64, phase()).prop_map(|(token, ends_at, first_sequence, phase)| Lease {
        token: Token(token),
        ends_at: Millis(ends_at),
        first_sequence,
        phase,
    })
}

fn cancel() -> impl Strategy<Value = Cancel> {
    (0..45_u64, sent_at(), hash(), prop::option::of(phase()), 0..=10_usize).prop_map(
        |(up_to, sent_at, event, met, met_waiting)| Cancel { up_to, sent_at, event, met, met_waiting },
    )
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    (waiting(), prop::option::of(lease()), prop::option::of(cancel())).prop_map(|(waiting, lease, cancel)| {
        let last_sequence = waiting.values().map(|waiting| waiting.sequence).max().unwrap_or(0);
        Mailbox { last_sequence, waiting, lease, cancel, ..Mailbox::default() }
    })
}

fn turns() -> impl Strategy<Value = Turns> {
    prop::sample::select(&[Turns::Queue, Turns::Collect, Turns::Burst][..])
}

/// A mailbox, with answers of their own for some of what waits.
fn mailbox_with_answers() -> impl Strategy<Value = (Mailbox, BTreeMap<MessageKey, Answer>)> {
    let outcomes = prop::collection::vec(prop::option::of(prop::sample::select(&Outcome::ALL[..])), 10);
    (mailbox(), outcomes).prop_map(|(mailbox, outcomes)| {
        let answers = keys(&mailbox).into_iter().zip(outcomes);
        let answers = answers.filter_map(|(key, outcome)| Some((key.clone(), answer(&key, outcome?))));
        let answers = answers.collect();
        (mailbox, answers)
    })
}

fn answer(key: &MessageKey, outcome: Outcome) -> Answer {
    Answer {
        outcome,
        parts: Vec::new(),
        buttons: Vec::new(),
        progress: 0,
        unknown: Vec::new(),
        covers: vec![(key.clone(), outcome)],
        written_by: Token("somebody".to_owned()),
        written_at: Millis(0),
        tokens: (0, 0),
        patch: None,
        errands: Vec::new(),
        notes: Vec::new(),
    }
}

fn keys(mailbox: &Mailbox) -> Vec<MessageKey> {
    let key = |(hash, waiting): (&MessageHash, &Waiting)| MessageKey::new(waiting.sent_at, hash.clone());
    mailbox.waiting.iter().map(key).collect()
}

/// What the lease covers, in the order of acceptance.
fn leased(mailbox: &Mailbox) -> Vec<MessageKey> {
    let up_to = mailbox.lease.as_ref().map_or(0, |lease| lease.first_sequence);
    let mut leased: Vec<_> =
        mailbox.waiting.iter().filter(|(_, waiting)| waiting.sequence <= up_to).collect();
    leased.sort_by_key(|(_, waiting)| waiting.sequence);
    leased.into_iter().map(|(hash, waiting)| MessageKey::new(waiting.sent_at, hash.clone())).collect()
}

fn taken(plan: &Plan) -> Vec<MessageKey> {
    let apart = plan.apart.iter().map(|(key, _)| key);
    let ended = plan.cancelled.iter().chain(&plan.handed_over).chain(&plan.superseded);
    let mut taken: Vec<_> = plan.live.iter().chain(ended).chain(apart).cloned().collect();
    taken.sort();
    taken
}

fn settle(mailbox: &Mailbox, keys: &[MessageKey]) -> Mailbox {
    let settlement = mailbox.settle(keys);
    let mut after = Mailbox { settled: settlement.settled, mark: settlement.mark, ..mailbox.clone() };
    after.waiting.retain(|hash, _| !settlement.removed.contains(hash));
    after
}

proptest! {
    #[test]
    fn a_turn_takes_each_leased_message_once((mailbox, answers) in mailbox_with_answers(), turns in turns()) {
        let mut expected = leased(&mailbox);
        expected.truncate(if turns == Turns::Queue { 1 } else { expected.len() });
        expected.sort();
        prop_assert_eq!(taken(&Plan::of(&mailbox, &answers, turns)), expected);
    }

    #[test]
    fn a_turn_stands_in_platform_time_and_of_one_moment_by_number_or_admission((mailbox, answers) in mailbox_with_answers(), turns in turns()) {
        let plan = Plan::of(&mailbox, &answers, turns);
        let admitted = |key: &MessageKey| mailbox.waiting[&key.hash].sequence;
        for keys in [&plan.live, &plan.cancelled] {
            prop_assert!(keys.is_sorted_by_key(|key| key.sent_at), "{plan:?}");
            let mut moments = keys.chunk_by(|one, next| one.sent_at == next.sent_at);
            prop_assert!(moments.all(|keys| keys.is_sorted() || keys.is_sorted_by_key(admitted)), "{plan:?}");
        }
        let not_apart = plan.live.iter().chain(&plan.cancelled).chain(&plan.handed_over).chain(&plan.superseded);
        prop_assert_eq!(plan.key(), not_apart.max());
    }

    #[test]
    fn a_message_is_cancelled_by_the_fence_and_set_apart_by_its_own_answer(
        (mailbox, answers) in mailbox_with_answers(),
    ) {
        let plan = Plan::of(&mailbox, &answers, Turns::Collect);
        for key in leased(&mailbox) {
            let own = answers.get(&key).map(|answer| answer.outcome);
            let is_apart = matches!(own, Some(Outcome::Refused | Outcome::Withdrawn | Outcome::Dropped));
            let is_cancelled = !is_apart && mailbox.is_cancelled(&mailbox.waiting[&key.hash]);
            prop_assert_eq!(plan.apart.iter().any(|(apart, _)| *apart == key), is_apart);
            prop_assert_eq!(plan.cancelled.contains(&key), is_cancelled);
        }
    }

    #[test]
    fn every_message_of_a_turn_gets_one_outcome((mailbox, answers) in mailbox_with_answers(), turns in turns()) {
        let plan = Plan::of(&mailbox, &answers, turns);
        let covers = plan.covers(Outcome::Answered);
        let mut told: Vec<_> = covers.iter().chain(&plan.apart).map(|(key, _)| key.clone()).collect();
        told.sort();
        prop_assert_eq!(told, taken(&plan));
    }

    #[test]
    fn a_takeover_computes_the_same_turn(
        (mailbox, answers) in mailbox_with_answers(), turns in turns(), heir in lease(), late in waiting(),
    ) {
        let Some(lease) = &mailbox.lease else { return Ok(()) };
        let mut taken_over = mailbox.clone();
        taken_over.lease = Some(Lease { first_sequence: lease.first_sequence, ..heir });
        // Others are admitted meanwhile.
        let last = mailbox.last_sequence.max(lease.first_sequence);
        for (hash, waiting) in late {
            let waiting = Waiting { sequence: waiting.sequence + last, ..waiting };
            taken_over.waiting.entry(hash).or_insert(waiting);
        }
        prop_assert_eq!(Plan::of(&taken_over, &answers, turns), Plan::of(&mailbox, &answers, turns));
    }

    #[test]
    fn what_was_settled_is_known_ever_after(turns in prop::collection::vec(waiting(), 1..12)) {
        let mut mailbox = Mailbox::default();
        let mut settled = Vec::new();
        for waiting in turns {
            mailbox.waiting = waiting;
            let keys = keys(&mailbox);
            mailbox = settle(&mailbox, &keys);
            settled.extend(keys);
            prop_assert!(mailbox.waiting.is_empty());
            prop_assert!(mailbox.settled.len() <= SETTLED_MAX);
            for key in &settled {
                let why = mailbox.why_not_admitted(key, true, WAITING_MAX);
                prop_assert!(matches!(why, Some(NotAdmitted::Settled | NotAdmitted::BeforeMark)), "{key}: {why:?}");
            }
        }
    }

    #[test]
    fn the_mark_is_the_newest_of_what_was_forgotten(turns in prop::collection::vec(waiting(), 1..12)) {
        let mut mailbox = Mailbox::default();
        let mut forgotten = Vec::new();
        for waiting in turns {
            mailbox.waiting = waiting;
            let keys = keys(&mailbox);
            let after = settle(&mailbox, &keys);
            let gone = mailbox.settled.iter().chain(&keys).filter(|key| !after.settled.contains(key));
            forgotten.extend(gone.map(|key| key.sent_at));
            prop_assert_eq!(after.mark, forgotten.iter().copied().max());
            mailbox = after;
        }
    }
}
