//! T3: random schedules.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use simulation::explore::{Report, Setup, explore};

use crate::{from_environment, setup};

/// Sums over runs.
#[derive(Default)]
struct Sums {
    counts: BTreeMap<&'static str, u64>,
    outcomes: BTreeMap<&'static str, u64>,
    violations: Vec<String>,
}

impl Sums {
    fn add(&mut self, seed: u64, report: &Report) {
        let figures = &report.figures;
        for (name, count) in [
            ("acknowledged", figures.acknowledged),
            ("outcomes", figures.outcomes),
            ("model requests", figures.model_requests),
            ("model requests repeated", figures.model_requests_repeated),
            ("parts and sentences shown", figures.shown),
            ("parts shown twice", figures.shown_twice),
            ("process deaths", figures.deaths),
            ("calls over the seam", figures.calls),
        ] {
            *self.counts.entry(name).or_default() += count;
        }
        for (outcome, count) in &figures.by_outcome {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        if !report.violations.is_empty() {
            let violation = format!("seed {seed}: {:?}", report.violations);
            eprintln!("{violation}");
            self.violations.push(violation);
        }
    }

    fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    fn print(&self, runs: u64, from: u64) {
        let missing = self.count("acknowledged").saturating_sub(self.count("outcomes"));
        println!("{runs} schedules, seeds {from} to {}: missing {missing}", from + runs - 1);
        for (name, count) in &self.counts {
            println!("  {name} {count}");
        }
        println!("  outcomes by kind {:?}", self.outcomes);
        println!(
            "  violations {}; with 95 % confidence fewer than 3/N = {:.6} %",
            self.violations.len(),
            300.0 / f64::from(u32::try_from(runs).unwrap_or(u32::MAX))
        );
    }
}

/// More: `TURNWISE_RUNS=200000 cargo test --profile exploration -p simulation --test simulation -- random --nocapture`.
#[test]
fn random_schedules_lose_double_and_reorder_nothing() {
    let (runs, from) = (from_environment("TURNWISE_RUNS", 2_000), from_environment("TURNWISE_SEED", 0));
    let (next, sums) = (AtomicU64::new(0), Mutex::new(Sums::default()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= runs {
                        return;
                    }
                    let report = explore(&setup(from + run));
                    let mut sums = sums.lock().expect("no run panics");
                    sums.add(from + run, &report);
                    if run % 5_000 == 4_999 {
                        eprintln!("{} of {runs} schedules, {} violations", run + 1, sums.violations.len());
                    }
                }
            });
        }
    });
    let sums = sums.into_inner().expect("no run panics");
    sums.print(runs, from);
    assert!(sums.violations.is_empty(), "{:#?}", sums.violations);
    assert_eq!(sums.count("model requests repeated"), 0);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..16 {
        let (first, second) = (explore(&setup(seed)), explore(&setup(seed)));
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_eq!(first, second, "seed {seed}");
        println!("seed {seed}: trace {:016x}", first.trace);
    }
}

/// Every effect of one schedule: `TURNWISE_SEED=7 cargo test -p simulation --test simulation -- replay --nocapture`.
#[test]
fn a_replay_tells_what_happens() {
    let seed = from_environment("TURNWISE_SEED", 0);
    let report = explore(&Setup { narrate: std::env::var_os("TURNWISE_SEED").is_some(), ..setup(seed) });
    println!("seed {seed}, trace {:016x}: {:#?}", report.trace, report.outcomes);
    assert!(report.violations.is_empty(), "{:?}", report.violations);
}
