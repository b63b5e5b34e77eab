//! Every interleaving: the deployed handlers under a seeded scheduler, with everything going wrong.

use simulation::explore::{Faults, Mutant, Setup, explore};

const STRATEGIES: [&str; 3] = ["queue", "collect", "burst"];

/// Runs per strategy. More: `TURNWISE_RUNS=350 cargo test -p simulation --test simulation -- random --nocapture`.
fn runs() -> u64 {
    std::env::var("TURNWISE_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(60)
}

/// Crash points tried in each run; all of them with `TURNWISE_RUNS` set.
fn calls_max() -> u64 {
    if std::env::var_os("TURNWISE_RUNS").is_some() { u64::MAX } else { 60 }
}

#[test]
fn nothing_is_lost_doubled_or_told_wrong_in_random_schedules() {
    let mut figures = std::collections::BTreeMap::<&str, u64>::new();
    for strategy in STRATEGIES {
        for seed in 0..runs() {
            let report = explore(&Setup { seed, strategy, mutant: None, faults: None });
            assert!(report.violations.is_empty(), "{strategy}, seed {seed}: {:?}", report.violations);
            for (name, count) in [
                ("acknowledged", report.figures.acknowledged),
                ("outcomes", report.figures.outcomes),
                ("model requests", report.figures.model_requests),
                ("deaths", report.figures.deaths),
                ("shown", report.figures.shown),
                ("shown twice", report.figures.shown_twice),
            ] {
                *figures.entry(name).or_default() += count;
            }
        }
    }
    println!("{} runs: {figures:?}", runs() * 3);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..5 {
        let setup = Setup { seed, strategy: "burst", mutant: None, faults: None };
        assert_eq!(explore(&setup), explore(&setup), "seed {seed}");
    }
}

/// A run without faults but these crashes.
fn crashing(seed: u64, strategy: &'static str, crash_at: Vec<(u64, bool)>) -> Setup {
    Setup { seed, strategy, mutant: None, faults: Some(Faults { crash_at, ..Faults::none() }) }
}

/// One crash at every call over the seam, of whatever process makes it: before its effect and after it.
#[test]
fn a_crash_at_any_single_point_loses_nothing() {
    let mut points = 0;
    for (seed, strategy) in (0..).zip(STRATEGIES) {
        let calm = explore(&crashing(seed, strategy, Vec::new()));
        assert!(calm.violations.is_empty(), "{strategy}, seed {seed}: {:?}", calm.violations);
        for call in 1..=calm.figures.calls.min(calls_max()) {
            for after in [false, true] {
                let report = explore(&crashing(seed, strategy, vec![(call, after)]));
                assert!(
                    report.violations.is_empty(),
                    "{strategy}, {seed}, {call}, {after}: {:?}",
                    report.violations
                );
                points += 1;
            }
        }
    }
    println!("{points} crash points");
}

/// A check that cannot fail proves nothing: each broken variant is caught, most within ten
/// schedules, the rarest within some hundreds.
#[test]
fn every_mutant_is_killed() {
    let mut survivors = Vec::new();
    for mutant in Mutant::ALL {
        let killed = (0..800).zip(STRATEGIES.iter().cycle()).find_map(|(seed, strategy)| {
            let report = explore(&Setup { seed, strategy, mutant: Some(mutant), faults: None });
            // The same schedule without the mutant must be flawless, or it was not the mutant that was caught.
            let sound =
                || explore(&Setup { seed, strategy, mutant: None, faults: None }).violations.is_empty();
            let killed = !report.violations.is_empty() && sound();
            killed.then_some((seed, strategy, report.violations))
        });
        match killed {
            Some((seed, strategy, why)) => println!("{mutant:?} killed by seed {seed}, {strategy}: {why:?}"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "not caught: {survivors:?}");
}
