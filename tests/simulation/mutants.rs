//! T4: a check that cannot fail proves nothing, so each broken variant of the system has to be caught.

use simulation::explore::{Mutant, Setup, explore};

use crate::setup;

/// Most fall within ten schedules, the rarest within some hundreds.
const SEEDS: u64 = 4_000;

#[test]
fn every_mutant_is_killed() {
    let mut survivors = Vec::new();
    for mutant in Mutant::ALL {
        let killed = (0..SEEDS).find_map(|seed| {
            let (strategy, when_full) = mutant.needs();
            let drawn = setup(seed);
            let sound = Setup {
                strategy: strategy.unwrap_or(drawn.strategy),
                when_full: when_full.unwrap_or(drawn.when_full),
                ..drawn
            };
            let report = explore(&Setup { mutant: Some(mutant), ..sound.clone() });
            // The same schedule without the mutant must be flawless, or it was not the mutant that was caught.
            let killed = !report.violations.is_empty() && explore(&sound).violations.is_empty();
            killed.then_some((seed, sound.strategy, report.violations))
        });
        match killed {
            Some((seed, strategy, why)) => println!("{mutant:?}: seed {seed}, {strategy}: {why:?}"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "not caught: {survivors:?}");
}
