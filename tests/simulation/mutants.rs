//! T4: a check that cannot fail proves nothing, so each broken variant of the system has to be caught.

use domain::Outcome;
use simulation::explore::{Deed, Mutant, Report, Setup, explore};

use crate::crashes::{a_conversation, a_dead_letter, calm, crashing, sleeping};
use crate::sharing;
use crate::sweeps::{crowd, sweep};
use crate::{SHAPES, setup};

/// Most fall within ten random schedules, the rarest within some thousands.
const SEEDS: u64 = 4_000;

/// The schedules in which a mutant is looked for, with what to call them: those aimed at what it breaks, then random
/// ones.
fn hunt(mutant: Mutant) -> impl Iterator<Item = (String, Setup)> {
    let aimed = SHAPES.into_iter().flat_map(move |shape| aimed_at(mutant, shape)).enumerate();
    let aimed = aimed.map(|(at, setup)| (format!("aimed {at}"), setup));
    let (strategy, when_full) = mutant.needs();
    let random = (0..SEEDS).map(move |seed| {
        let drawn = setup(seed);
        // The strategy that refuses while busy never makes room.
        let strategy = strategy.unwrap_or(if when_full.is_some() { "queue" } else { drawn.strategy });
        let setup = Setup { strategy, when_full: when_full.unwrap_or(drawn.when_full), ..drawn };
        (format!("seed {seed}"), setup)
    });
    aimed.chain(random)
}

/// What few random schedules do: a change just as a turn begins, a death just after a dead letter was settled, a sleep
/// just before a commit.
fn aimed_at(mutant: Mutant, shape: (&'static str, &'static str)) -> Vec<Setup> {
    match mutant {
        Mutant::DropUnfenced if shape.1 == "drop_oldest" => crowd(shape, 1),
        Mutant::EditForgotten => sweep(shape, Deed::Edit(1), 30),
        Mutant::EditUnfenced => sweep(shape, Deed::Edit(1), 2),
        Mutant::UnsendUnfenced => sweep(shape, Deed::Unsend(1), 2),
        Mutant::GateIgnoresPerson => sweep(shape, Deed::Hold, 2),
        Mutant::SettlesBeforeTelling => crashing(&a_dead_letter(shape)),
        Mutant::StateBesideCommit => sleeping(&calm(shape, a_conversation())),
        _ => Vec::new(),
    }
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

/// What is wrong with a run of what conversations share, by the measures of `sharing.rs`. `None`: nothing.
fn is_broken(mutant: Mutant, report: &Report) -> Option<String> {
    let wrong = match mutant {
        Mutant::ReservesNothing => report.figures.tokens > report.spent.0.tokens,
        Mutant::QuotaUnfenced => sharing::ended(report, Outcome::Refused) != 20,
        Mutant::EverybodyProbes => report.turned_away.len() > 2,
        _ => report.figures.model_requests > 1,
    };
    let figures = &report.figures;
    wrong.then(|| format!("{figures:?}, turned away {:?}, {:?}", report.turned_away, report.outcomes.len()))
}

fn shared_by_many(mutant: Mutant, seed: u64) -> Setup {
    match mutant {
        Mutant::ReservesNothing => sharing::more_than_can_be_paid_for(seed),
        Mutant::QuotaUnfenced => sharing::more_than_the_quota(seed),
        Mutant::EverybodyProbes => sharing::many_when_the_pause_is_over(seed),
        _ => sharing::the_same_question(seed),
    }
}

#[test]
fn every_mutant_of_what_is_shared_is_killed() {
    for mutant in Mutant::SHARED {
        let killed = (0..200).find_map(|seed| {
            let sound = shared_by_many(mutant, seed);
            let broken = is_broken(mutant, &explore(&Setup { mutant: Some(mutant), ..sound.clone() }))?;
            assert_eq!(is_broken(mutant, &explore(&sound)), None, "{mutant:?}: nothing is wrong without it");
            Some(format!("seed {seed}: {broken}"))
        });
        println!("{mutant:?}: {killed:?}");
        assert!(killed.is_some(), "not caught: {mutant:?}");
    }
}
