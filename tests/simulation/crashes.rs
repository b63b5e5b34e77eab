//! T1, T2, T9: one crash at every point, two at every pair of points, and a worker asleep past its lease at every
//! point. A point is one side of one call over the seam, of whatever process makes it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use simulation::explore::{Deed, Delivery, Faults, ModelTime, Said, Setup, explore};

use crate::{SHAPES, from_environment};

/// A run in which nothing goes wrong but what is named.
pub fn calm(shape: (&'static str, &'static str), script: Vec<Delivery>) -> Setup {
    let (strategy, when_full) = shape;
    Setup {
        strategy,
        when_full,
        limits: "waiting_max = 3",
        faults: Some(Faults::none()),
        script: Some(script),
        model_time: ModelTime::Fixed(4_000),
        ..Setup::default()
    }
}

/// A conversation with something of everything: messages during a turn, an edit, an unsend, a setting, a cancel, and
/// webhooks delivered once, twice and three times.
pub fn a_conversation() -> Vec<Delivery> {
    let deeds = [
        (0, Deed::Text),
        (2_000, Deed::Text),
        (2_400, Deed::Edit(2)),
        (2_600, Deed::Text),
        (3_000, Deed::Text),
        (3_300, Deed::Text),
        (3_600, Deed::Unsend(4)),
        (20_000, Deed::Text),
        (22_000, Deed::Cancel),
        (40_000, Deed::Set),
        (41_000, Deed::Text),
        (60_000, Deed::Set),
    ];
    let mut all = Vec::new();
    for (message_id, (at_ms, deed)) in (1..).zip(deeds) {
        let said = Said::new(1, message_id, at_ms, deed);
        for again in 0..=message_id % 3 {
            all.push(Delivery { at_ms: at_ms + 100 + again * 62_000, said: said.clone() });
        }
    }
    all
}

/// One message, delivered twice.
fn a_message() -> Vec<Delivery> {
    let said = Said::new(1, 1, 0, Deed::Text);
    [100, 400].map(|at_ms| Delivery { at_ms, said: said.clone() }).into()
}

/// A message whose every delivery to a processor fails, so that it ends as a dead letter.
pub fn a_dead_letter(shape: (&'static str, &'static str)) -> Setup {
    let faults = Some(Faults { processor_dies: 1_000, ..Faults::none() });
    Setup { faults, ..calm(shape, a_message()) }
}

/// The setups with one crash each, at every point.
pub fn crashing(setup: &Setup) -> Vec<Setup> {
    let with = |point| {
        let faults = setup.faults.clone().unwrap_or_default();
        Setup { faults: Some(Faults { crash_at: vec![point], ..faults }), ..setup.clone() }
    };
    points(setup).into_iter().map(with).collect()
}

/// The same, asleep.
pub fn sleeping(setup: &Setup) -> Vec<Setup> {
    let with = |point| {
        let faults = setup.faults.clone().unwrap_or_default();
        Setup { faults: Some(Faults { sleep_at: vec![point], ..faults }), ..setup.clone() }
    };
    points(setup).into_iter().map(with).collect()
}

/// Both sides of every call that the run makes when nothing goes wrong.
fn points(setup: &Setup) -> Vec<(u64, bool)> {
    let report = explore(setup);
    assert!(report.violations.is_empty(), "{}, nothing wrong: {:?}", setup.strategy, report.violations);
    (1..=report.figures.calls).flat_map(|call| [(call, false), (call, true)]).collect()
}

/// Runs them all, on every core, and fails with those in which something did not hold.
pub fn all_hold(setups: &[Setup]) {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(setup) = setups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let violations = explore(setup).violations;
                    if !violations.is_empty() {
                        let faults = setup.faults.clone().unwrap_or_default();
                        let place = (setup.strategy, setup.when_full, faults.crash_at, faults.sleep_at);
                        wrong.lock().expect("no run panics").push((place, violations));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no run panics");
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), setups.len());
}

#[test]
fn a_crash_at_any_point_loses_nothing() {
    let stories = SHAPES.into_iter().flat_map(|shape| [calm(shape, a_conversation()), a_dead_letter(shape)]);
    let setups: Vec<Setup> = stories.flat_map(|story| crashing(&story)).collect();
    println!("{} single crashes", setups.len());
    all_hold(&setups);
}

/// Every tenth pair; every pair with `TURNWISE_PAIRS=1`.
#[test]
fn two_crashes_at_any_pair_of_points_lose_nothing() {
    let stride = usize::try_from(from_environment("TURNWISE_PAIRS", 10)).unwrap_or(1).max(1);
    let (mut setups, mut pairs) = (Vec::new(), 0);
    for shape in SHAPES {
        let setup = calm(shape, a_message());
        for first in points(&setup) {
            // The second one lies in what the first one leaves to do.
            let after_first = Faults { crash_at: vec![first], ..Faults::none() };
            let calls = explore(&Setup { faults: Some(after_first), ..setup.clone() }).figures.calls;
            let later = (first.0 + 1..=calls).flat_map(|call| [(call, false), (call, true)]);
            for second in later {
                pairs += 1;
                if pairs % stride == 0 {
                    let faults = Some(Faults { crash_at: vec![first, second], ..Faults::none() });
                    setups.push(Setup { faults, ..setup.clone() });
                }
            }
        }
    }
    println!("{} of {pairs} pairs of crashes", setups.len());
    all_hold(&setups);
}

/// It sleeps past its own lease and past its successor's, and goes on as if nothing had happened.
#[test]
fn a_worker_asleep_at_any_point_does_no_harm() {
    let stories = SHAPES.into_iter().flat_map(|shape| [calm(shape, a_conversation()), a_dead_letter(shape)]);
    let setups: Vec<Setup> = stories.flat_map(|story| sleeping(&story)).collect();
    println!("{} sleeps", setups.len());
    all_hold(&setups);
}
