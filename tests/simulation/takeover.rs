//! A person takes over, speaks, gives back: each word told, in order, and the bot silent in between.

use simulation::explore::{Deed, Delivery, Report, Said, Setup, explore};

use crate::SHAPES;
use crate::crashes::{all_hold, calm, crashing, sleeping};

const HELD: &str = "A person will answer you from here on.";
const BACK: &str = "The assistant answers you again.";

/// Somebody is being answered when a person takes over; they talk, and the bot goes on. Everything is asked for twice.
fn a_takeover() -> Vec<Delivery> {
    let deeds = [
        (0, Deed::Text),
        (20_000, Deed::Text),
        (22_000, Deed::Hold),
        (30_000, Deed::Text),
        (40_000, Deed::Says),
        (50_000, Deed::Says),
        (62_000, Deed::HandBack),
        (90_000, Deed::Text),
    ];
    let said = (1..).zip(deeds).map(|(id, (at_ms, deed))| Said::new(1, id, at_ms, deed));
    said.flat_map(|said| [100, 6_000].map(|late| Delivery { at_ms: said.at_ms + late, said: said.clone() }))
        .collect()
}

/// What a person said, as the user saw it.
fn words(report: &Report) -> Vec<&str> {
    let of_person = report.shown.iter().filter(|shown| shown.text.starts_with("person "));
    let mut words: Vec<&str> = of_person.map(|shown| shown.text.as_str()).collect();
    words.dedup();
    words
}

#[test]
fn what_a_person_and_a_user_say_to_one_another_is_told_and_remembered() {
    for shape in SHAPES {
        let report = explore(&calm(shape, a_takeover()));
        assert!(report.violations.is_empty(), "{shape:?}: {:?}", report.violations);
        let shown: Vec<&str> = report.shown.iter().map(|shown| shown.text.as_str()).collect();
        let wanted = ["answer 0 to u1m1", HELD, "person u1m5", "person u1m6", BACK, "answer 0 to u1m8"];
        assert_eq!(shown, wanted, "{shape:?}");
        let asked = report.asked.last().map(|asked| asked.lines.clone()).unwrap_or_default();
        let remembered =
            ["u1m1", "answer 0 to u1m1", "u1m2", HELD, "u1m4", "person u1m5", "person u1m6", BACK, "u1m8"];
        assert_eq!(asked, remembered, "{shape:?}");
    }
}

#[test]
fn a_crash_at_any_point_of_a_takeover_loses_no_word() {
    let setups: Vec<Setup> =
        SHAPES.into_iter().flat_map(|shape| crashing(&calm(shape, a_takeover()))).collect();
    println!("{} single crashes", setups.len());
    for setup in setups.iter().step_by(7) {
        let report = explore(setup);
        let in_order = ["person u1m5", "person u1m6"];
        assert_eq!(words(&report), in_order, "{:?}: {:?}", setup.strategy, setup.faults);
    }
    all_hold(&setups);
}

#[test]
fn a_process_asleep_at_any_point_of_a_takeover_does_no_harm() {
    let setups: Vec<Setup> =
        SHAPES.into_iter().flat_map(|shape| sleeping(&calm(shape, a_takeover()))).collect();
    println!("{} sleeps", setups.len());
    all_hold(&setups);
}
