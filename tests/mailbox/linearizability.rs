//! T5: whatever three to five clients do to one mailbox at once, their answers are those of some order in which they
//! came one after another, and whoever had been answered came first.

use std::collections::BTreeMap;
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::Instant;

use domain::turn::Strategy;
use domain::{Address, Channel, ConversationKey, Limits, MessageHash, MessageKey, Millis};
use fastrand::Rng;
use simulation::Simulation;
use stateright::semantics::{ConsistencyTester, SequentialSpec};

use crate::NOW;
use crate::clients::{Client, Conversation, Deed, Dies, History};
use crate::restless::{Broken, Restless};
use crate::specification::{Answer, Specification, Step};

/// Histories of sound worlds.
const HISTORIES: u64 = 300;
/// Histories in which a broken world has to be seen.
const HISTORIES_MAX: u64 = 4_000;
/// Messages that may wait.
const WAITING_MAX: u64 = 3;
/// Messages that were settled before anybody came, in every third history: the ring has overflowed.
const SETTLED_BEFORE: u64 = 17;
/// How turns are taken.
const STRATEGIES: [Strategy; 3] = [Strategy::Collect, Strategy::Queue, Strategy::Interrupt];

/// What has to have happened somewhere.
const MUST_BE_GIVEN: [&str; 14] = [
    "NotAdmitted(Waiting)",
    "NotAdmitted(Settled)",
    "NotAdmitted(BeforeMark)",
    "NotAdmitted(Full)",
    "Displaced(true)",
    "Displaced(false)",
    "Repeated",
    "Withdrawn",
    "Claimed { taken_over: true }",
    "Busy",
    "Open",
    "Stopped",
    "Lost",
    "Committed(false)",
];

#[test]
fn nobody_can_tell_that_they_did_not_come_one_after_another() {
    let world = Simulation::new(NOW).expect("a world");
    let (mut steps, mut overlapping, mut answers) = (0, 0, BTreeMap::<String, u64>::new());
    let began = Instant::now();
    for number in 0..HISTORIES {
        let history = history(&world, number, None);
        assert!(history.tester.is_consistent(), "history {number} has no order: {:#?}", history.tester);
        steps += history.steps;
        overlapping += history.overlapping;
        for (answer, count) in history.answers {
            *answers.entry(answer).or_default() += count;
        }
    }
    println!(
        "{HISTORIES} histories, {steps} steps, {overlapping} of them while another was under way, {:?}: {answers:?}",
        began.elapsed()
    );
    // A history in which nothing happens has an order too.
    for answer in MUST_BE_GIVEN {
        assert!(answers.contains_key(answer), "nobody was answered {answer}");
    }
    assert!(overlapping * 4 > steps, "{overlapping} of {steps} steps overlapped");
}

/// A checker that cannot fail proves nothing.
#[test]
fn a_table_that_is_broken_in_one_place_is_seen() {
    for broken in Broken::ALL {
        let world = Simulation::new(NOW).expect("a world");
        // By its answers: an error would give away anything.
        let is_seen = |number: &u64| {
            let history = history(&world, *number, Some(broken));
            let has_failed = history.answers.keys().any(|answer| answer.starts_with("Failed"));
            !has_failed && !history.tester.is_consistent()
        };
        let seen = (0..HISTORIES_MAX).find(is_seen);
        let number = seen.unwrap_or_else(|| panic!("{broken:?} was not seen in {HISTORIES_MAX} histories"));
        println!("{broken:?}: seen in history {number}");
    }
}

/// Clients on threads of their own, and a last look when all have gone.
fn history(simulation: &Simulation, number: u64, broken: Option<Broken>) -> History {
    let mut draw = Rng::with_seed(number);
    let conversation = conversation(number, &mut draw);
    let specification = before(simulation, &conversation, if number % 3 == 2 { SETTLED_BEFORE } else { 0 });
    let programs: Vec<Vec<Deed>> = (0..draw.usize(3..=5)).map(|_| program(&mut draw)).collect();
    let (world, barrier) = (Restless::of(simulation, broken), Barrier::new(programs.len()));
    let history = Mutex::new(History::of(specification));
    let client = |number| Client { number, world: &world, conversation: &conversation, history: &history };
    std::thread::scope(|scope| {
        for (number, program) in programs.iter().enumerate() {
            let (client, barrier) = (client(number), &barrier);
            scope.spawn(move || {
                barrier.wait();
                block_on(client.runs(program));
            });
        }
    });
    block_on(client(programs.len()).runs(&[Deed::Look]));
    history.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn conversation(number: u64, draw: &mut Rng) -> Conversation {
    let address = Address { channel: Channel::of("telegram"), chat: number.to_string(), thread: None };
    Conversation {
        key: ConversationKey::of("demo", &address),
        limits: Limits { waiting_max: WAITING_MAX, ..Limits::default() },
        strategy: STRATEGIES.get(draw.usize(..STRATEGIES.len())).copied().unwrap_or_default(),
    }
}

/// So many messages are settled by one who is alone: table and specification have to agree step by step.
fn before(world: &Simulation, conversation: &Conversation, settled: u64) -> Specification {
    let takes_one = conversation.strategy.takes_one();
    let waiting_max = usize::try_from(WAITING_MAX).unwrap_or(0);
    let mut specification = Specification::empty(waiting_max, takes_one, NOW);
    for number in 0..settled {
        block_on(settles(world, conversation, &mut specification, &old_message(number)));
    }
    specification
}

async fn settles(
    world: &Simulation,
    conversation: &Conversation,
    specification: &mut Specification,
    message: &MessageKey,
) {
    let token = domain::Token(message.hash.to_string());
    let mut both = async |step: Step| {
        let answer = conversation.asks(world, &step).await;
        assert_eq!(answer, specification.invoke(&step), "{step:?}");
        answer
    };
    let seen = conversation.stores(world, message).await;
    both(Step::Admit { message: message.clone(), seen }).await;
    both(Step::Claim { token: token.clone(), ends_at: NOW + 60_000 }).await;
    let Answer::Seen(Some(read)) = both(Step::Look).await else { return };
    both(Step::Commit { token, settled: vec![message.clone()], read }).await;
}

/// Two to four deeds: five messages, of which some will be refused, and four cancels, two of them of one second.
fn program(draw: &mut Rng) -> Vec<Deed> {
    (0..draw.usize(2..=4)).map(|_| deed(draw)).collect()
}

fn deed(draw: &mut Rng) -> Deed {
    match draw.u8(..16) {
        0..4 => Deed::Deliver(message(draw)),
        4..6 => Deed::Deliver(old_message(draw.u64(..4))),
        6 => Deed::Displace(message(draw)),
        7..9 => {
            let event = draw.u64(..4);
            Deed::Cancel(at(2_000 * (event / 2 + 1), 900 + event))
        }
        9..12 => Deed::Unsend(message(draw)),
        12..15 => work(draw),
        _ => Deed::Look,
    }
}

/// A worker with a live lease finishes; of those whose lease is over as soon as it is given, some die.
fn work(draw: &mut Rng) -> Deed {
    let dies = [None, None, Some(Dies::Claimed), Some(Dies::Gated)];
    match draw.u8(..3) {
        0 => Deed::Work { ends_at: NOW + 60_000, dies: None },
        _ => Deed::Work { ends_at: NOW, dies: dies.get(draw.usize(..dies.len())).copied().flatten() },
    }
}

fn message(draw: &mut Rng) -> MessageKey {
    let number = draw.u64(..5);
    at(number * 1_000, 100 + number)
}

fn old_message(number: u64) -> MessageKey {
    MessageKey::new(Millis(NOW.0 - 100_000) + number, MessageHash::counted(number))
}

fn at(after_ms: u64, number: u64) -> MessageKey {
    MessageKey::new(NOW + after_ms, MessageHash::counted(number))
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(future)
}
