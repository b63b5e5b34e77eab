//! T6: what one user's slowness, or everybody's at once, does to the others; and what a session and a quiet window
//! remember.
//!
//! Fairness between groups is a property of the queue's stand-in: AWS does not promise it.

use domain::Outcome;
use fastrand::Rng;
use simulation::explore::{Asked, Deed, Delivery, Engine, Faults, ModelTime, Report, Said, Setup, explore};

/// Processors at once.
const CAP: usize = 8;
/// The user whose model call is slow; the others are 2 to 50.
const SLOW: u64 = 1;
/// The model's time where it is the same for all.
const CALL_MS: u64 = 2_500;
const MINUTE_MS: u64 = 60_000;

/// Nothing goes wrong.
fn calm(seed: u64, model_time: ModelTime, script: Vec<Delivery>) -> Setup {
    let (faults, script) = (Some(Faults::none()), Some(script));
    Setup { seed, faults, script, model_time, cap: CAP, ..Setup::default() }
}

fn run(setup: &Setup) -> Report {
    let report = explore(setup);
    assert!(report.violations.is_empty(), "seed {}: {:?}", setup.seed, report.violations);
    report
}

/// Four messages each of 49 users, at any time of a minute.
fn the_others(seed: u64) -> Vec<Delivery> {
    let mut rng = Rng::with_seed(seed);
    let mut script = Vec::new();
    for user in SLOW + 1..=50 {
        let mut times: Vec<u64> = (0..4).map(|_| rng.u64(0..MINUTE_MS)).collect();
        times.sort_unstable();
        let numbered = (1..).zip(times);
        script
            .extend(numbered.map(|(number, at_ms)| Delivery::of(Said::new(user, number, at_ms, Deed::Text))));
    }
    script
}

/// They keep writing, so that the next call begins when one ends.
fn the_slow_one() -> impl Iterator<Item = Delivery> {
    (1..=8).map(|number| Delivery::of(Said::new(SLOW, number, number * 7_000, Deed::Text)))
}

/// From the delivery of each message to the answer in which it stands, for these users.
fn waits_ms(report: &Report, script: &[Delivery]) -> Vec<u64> {
    let wait = |delivery: &Delivery| {
        let chat = delivery.said.user.to_string();
        let mut of_user = report.shown.iter().filter(|shown| shown.chat == chat);
        let shown = of_user.find(|shown| shown.text.split(' ').any(|word| word == delivery.said.text));
        let shown_ms = shown.and_then(|shown| u64::try_from(shown.at_ms).ok());
        shown_ms.expect("every message is answered") - delivery.at_ms
    };
    script.iter().map(wait).collect()
}

/// The wait that one in a hundred exceeds.
fn p99(mut waits: Vec<u64>) -> u64 {
    waits.sort_unstable();
    waits.get(waits.len() * 99 / 100).copied().unwrap_or(0)
}

#[test]
fn a_slow_user_delays_nobody_else() {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for seed in 0..5 {
        let script = the_others(seed);
        let model_time = ModelTime::SlowUser { user: SLOW, slow_ms: 25_000, others_ms: 300 };
        let alone = run(&calm(seed, model_time.clone(), script.clone()));
        let together = script.iter().cloned().chain(the_slow_one()).collect();
        let beside = run(&calm(seed, model_time, together));
        without.extend(waits_ms(&alone, &script));
        with.extend(waits_ms(&beside, &script));
        let slow_calls = beside.asked.iter().filter(|asked| asked.chat == SLOW.to_string()).count();
        assert!(slow_calls >= 3, "seed {seed}: the slow user's calls fill the minute, {slow_calls}");
    }
    let messages = with.len();
    let (with, without) = (p99(with), p99(without));
    println!("p99 of {messages} waits: {with} ms beside the slow user, {without} ms without");
    assert!(with * 100 <= without * 110, "{with} ms beside the slow user, {without} ms without");
}

/// The floor: eight at a time, each 2.5 s at the model on average. At most half of it comes on top: the way in and out,
/// and that all webhooks and processors of a run share one virtual processor.
#[test]
fn nobody_starves() {
    let mut slowest_ms = 0;
    for seed in 0..5 {
        let script: Vec<Delivery> =
            (1..=50).map(|user| Delivery::of(Said::new(user, 1, 0, Deed::Text))).collect();
        let report = run(&calm(seed, ModelTime::Between(2_000, 3_000), script.clone()));
        assert!(report.outcomes.values().all(|outcome| *outcome == Outcome::Answered), "seed {seed}");
        slowest_ms = waits_ms(&report, &script).into_iter().chain([slowest_ms]).max().unwrap_or(0);
    }
    let floor_ms = 50_u64.div_ceil(CAP as u64) * 2_500;
    println!("the slowest of 50 at once waits {slowest_ms} ms; the floor is {floor_ms} ms");
    assert!(slowest_ms * 2 <= floor_ms * 3, "{slowest_ms} ms");
}

/// So many users at once, eight at a time, where all but the model takes no time: never a ninth call in flight, the
/// whole takes hardly longer than it must, and nobody waits much longer than their share. What `ladder` measures on real
/// processes has the same names (`infra/local/src/ladder/figures.rs`): all write at 0 and a webhook takes no time here, so
/// that the makespan is the slowest wait; for calls of one length the fair share of the last is the floor.
#[test]
fn a_crowd_is_served_at_the_floor() {
    for users in [50, 100, 500] {
        let script: Vec<Delivery> =
            (1..=users).map(|user| Delivery::of(Said::new(user, 1, 0, Deed::Text))).collect();
        let setup = Setup {
            step_ms: 0..=0,
            limits: "debounce_ms = 0\nstale_after_ms = 3600000",
            ..calm(users, ModelTime::Fixed(CALL_MS), script.clone())
        };
        let report = run(&setup);
        assert_eq!(report.asked.len(), script.len());
        assert!(report.in_flight_max <= CAP, "{} calls in flight", report.in_flight_max);
        let waits = waits_ms(&report, &script);
        let slowest_ms = waits.iter().copied().max().unwrap_or(0);
        let floor_ms = users.div_ceil(CAP as u64) * CALL_MS;
        println!(
            "{users} users: {slowest_ms} ms for all, the floor is {floor_ms} ms; {} in flight",
            report.in_flight_max
        );
        assert!(slowest_ms * 100 <= floor_ms * 105, "{users}: {slowest_ms} ms, floor {floor_ms} ms");
    }
}

/// Sixty ordinary users fill their six slots for minutes; who writes an urgent word has one of two others at once, and
/// waits behind nobody but those who wrote one before.
#[test]
fn an_urgent_message_waits_behind_no_ordinary_one() {
    let mut script: Vec<Delivery> =
        (1..=60).map(|user| Delivery::of(Said::new(user, 1, 0, Deed::Text))).collect();
    let urgent = (101..=104).map(|user| {
        let mut said = Said::new(user, 1, 5_000, Deed::Text);
        said.text = format!("emergency u{user}m1");
        Delivery::of(said)
    });
    script.extend(urgent);
    let setup = |urgent| Setup {
        engine: Engine::Both,
        cap: if urgent { 6 } else { CAP },
        urgent_cap: 2,
        step_ms: 0..=0,
        bot: if urgent { "[urgent]\nwords = [\"emergency\"]" } else { "" },
        limits: "debounce_ms = 0",
        ..calm(1, ModelTime::Fixed(CALL_MS), script.clone())
    };
    let waits = |report: &Report| {
        let shown = report.shown.iter().filter(|shown| shown.text.contains("emergency"));
        shown.map(|shown| shown.at_ms - 5_000).max().unwrap_or(0)
    };
    let (with, without) = (run(&setup(true)), run(&setup(false)));
    println!("the last of four urgent ones waits {} ms, without a lane {} ms", waits(&with), waits(&without));
    assert!(with.in_flight_max <= CAP && without.in_flight_max <= CAP);
    assert!(waits(&with) <= 2 * 2_500 + 500, "{} ms", waits(&with));
    assert!(waits(&without) > 10_000, "{} ms", waits(&without));
}

/// Thirty idle minutes end the context and not the settings; twenty-nine end nothing.
#[test]
fn an_idle_session_ends_and_its_settings_stay() {
    for (idle_minutes, remembers) in [(29, true), (31, false)] {
        let mut setting = Said::new(1, 2, MINUTE_MS, Deed::Set);
        "/set tone x".clone_into(&mut setting.text);
        let back_ms = (idle_minutes + 1) * MINUTE_MS;
        let mut list = Said::new(1, 4, back_ms + MINUTE_MS, Deed::Text);
        "/settings".clone_into(&mut list.text);
        let said = [Said::new(1, 1, 0, Deed::Text), setting, Said::new(1, 3, back_ms, Deed::Text), list];
        let report = run(&calm(0, ModelTime::Fixed(300), said.into_iter().map(Delivery::of).collect()));
        let lines = report.asked.last().map(|Asked { lines, .. }| lines.clone()).unwrap_or_default();
        assert_eq!(lines.iter().any(|line| line == "u1m1"), remembers, "{idle_minutes}: {lines:?}");
        assert_eq!(lines.len() == 1, !remembers, "{idle_minutes}: {lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("u1m3"));
        let listed = report.shown.last().map(|shown| shown.text.as_str());
        assert_eq!(listed, Some("tone = x"), "{idle_minutes}");
    }
}

/// The window is kept by the admission times in the table: a processor that dies in it takes nothing with it, and the
/// one after it neither waits anew nor splits the burst.
#[test]
fn a_quiet_window_survives_its_processor() {
    let said = [(1, 0), (2, 600), (3, 1_200)].map(|(number, at_ms)| Said::new(1, number, at_ms, Deed::Text));
    let script: Vec<Delivery> = said.into_iter().map(Delivery::of).collect();
    let limits = "debounce_ms = 1000\nwatch_after_s = 900";
    let whole = Setup { limits, ..calm(0, ModelTime::Fixed(300), script) };
    // The first webhook makes four calls; the processor's first look at the mailbox is the fifth, its second the
    // ninth, after the second webhook's three.
    let deaths = [(5, false), (5, true), (9, false), (9, true)];
    for killed in std::iter::once(None).chain(deaths.map(Some)) {
        let faults = Some(Faults { crash_at: killed.into_iter().collect(), ..Faults::none() });
        let report = run(&Setup { faults, ..whole.clone() });
        let shown: Vec<&str> = report.shown.iter().map(|shown| shown.text.as_str()).collect();
        assert_eq!(shown, ["answer 0 to u1m1 u1m2 u1m3"], "killed at {killed:?}");
        assert_eq!(report.figures.deaths, u64::from(killed.is_some()), "killed at {killed:?}");
        // The queue's visibility timeout shows that it was a processor: a webhook is delivered again at once.
        let at_ms = report.shown.first().map_or(0, |shown| shown.at_ms);
        let expected = if killed.is_some() { 75_000..76_500 } else { 2_300..3_500 };
        assert!(expected.contains(&at_ms), "killed at {killed:?}: {at_ms} ms");
    }
}
