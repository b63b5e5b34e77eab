//! T11: a thousand doorbells end as dead letters, and their owner puts them back twice.

use domain::Outcome;
use simulation::explore::{Deed, Delivery, Faults, Report, Said, Setup, explore};

const USERS: u64 = 1_000;
const RECEIVES_MAX: u64 = 10;

/// A message each, five a second; every delivery of a doorbell to a processor dies. The watch looks only when all is
/// over, so that there is one doorbell each.
fn dead_lettered(replays: u32) -> Report {
    let said = |user| Said::new(user, 1, user * 200, Deed::Text);
    let report = explore(&Setup {
        faults: Some(Faults { processor_dies: 1_000, ..Faults::none() }),
        script: Some((1..=USERS).map(|user| Delivery::of(said(user))).collect()),
        limits: "watch_after_s = 900",
        replays,
        ..Setup::default()
    });
    assert!(report.violations.is_empty(), "{:?}", report.violations);
    report
}

#[test]
fn a_thousand_dead_letters_replayed_twice_change_nothing() {
    let once = dead_lettered(0);
    assert_eq!((once.figures.acknowledged, once.figures.outcomes), (USERS, USERS));
    assert_eq!(once.figures.deaths, USERS * RECEIVES_MAX);
    assert!(once.outcomes.values().all(|outcome| *outcome == Outcome::Failed));

    let replayed = dead_lettered(2);
    assert_eq!(replayed.figures.replayed, 2 * USERS);
    assert_eq!(replayed.figures.model_requests, 0);
    assert_eq!(replayed.outcomes, once.outcomes);
    assert_eq!(replayed.shown, once.shown);
    let mut told: Vec<&str> = replayed.shown.iter().map(|shown| shown.chat.as_str()).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!((told.len(), replayed.shown.len()), (1_000, 1_000), "each once");
    assert!(replayed.shown.iter().all(|shown| shown.text == "An error occurred. Please try again."));
    println!(
        "{USERS} dead letters after {} deaths, {} replayed",
        once.figures.deaths, replayed.figures.replayed
    );
}
