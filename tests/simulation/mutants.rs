//! T4: a check that cannot fail proves nothing, so each broken variant of the system has to be caught.

use simulation::explore::{Deed, Mutant, Setup, explore};

use crate::crashes::{a_conversation, a_dead_letter, calm, crashing, sleeping};
use crate::sweeps::sweep;
use crate::{SHAPES, setup};

/// Most fall within ten schedules.
const SEEDS: u64 = 100;
/// The rarest within some hundreds, after the hunt point by point.
const LAST_SEEDS: u64 = 4_000;

/// The schedules in which a mutant is looked for, with what to call them: random ones; one crash and one sleep at every
/// point of a conversation and of a dead letter; a change at every time of a turn; more random ones.
fn hunt(mutant: Mutant) -> impl Iterator<Item = (String, Setup)> {
    let (strategy, when_full) = mutant.needs();
    let random = move |seeds: std::ops::Range<u64>| {
        seeds.map(move |seed| {
            let drawn = setup(seed);
            let setup = Setup {
                strategy: strategy.unwrap_or(drawn.strategy),
                when_full: when_full.unwrap_or(drawn.when_full),
                ..drawn
            };
            (format!("seed {seed}"), setup)
        })
    };
    let fits = move |shape: &(&str, &str)| {
        strategy.is_none_or(|strategy| strategy == shape.0)
            && when_full.is_none_or(|policy| policy == shape.1)
    };
    let shapes: Vec<_> = SHAPES.into_iter().filter(fits).collect();
    let pointwise = shapes.clone().into_iter().flat_map(|shape| {
        let (talk, letter) = (calm(shape, a_conversation()), a_dead_letter(shape));
        [("crash", crashing(&talk)), ("asleep", sleeping(&talk)), ("crash, dead letter", crashing(&letter))]
    });
    let changed = shapes
        .into_iter()
        .flat_map(|shape| [Deed::Edit(1), Deed::Unsend(1)].map(|deed| ("changed", sweep(shape, deed, 3))));
    let directed = pointwise.chain(changed).flat_map(|(what, setups)| {
        setups.into_iter().enumerate().map(move |(at, setup)| (format!("{what} {at}"), setup))
    });
    random(0..SEEDS).chain(directed).chain(random(SEEDS..LAST_SEEDS))
}

#[test]
fn every_mutant_is_killed() {
    let mut survivors = Vec::new();
    for mutant in Mutant::ALL {
        let killed = hunt(mutant).find_map(|(name, sound)| {
            let report = explore(&Setup { mutant: Some(mutant), ..sound.clone() });
            // The same schedule without the mutant must be flawless, or it was not the mutant that was caught.
            let killed = !report.violations.is_empty() && explore(&sound).violations.is_empty();
            killed.then_some((name, sound.strategy, report.violations))
        });
        match killed {
            Some((name, strategy, why)) => println!("{mutant:?}: {name}, {strategy}: {why:?}"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "not caught: {survivors:?}");
}
