//! What all conversations share: budgets, the models' health, answers.
//!
//! The first seed of each runs on both engines, so that every expression is also evaluated by the embedded DynamoDB.

use domain::Outcome;
use fastrand::Rng;
use simulation::explore::{Deed, Delivery, Engine, Faults, ModelTime, Report, Said, Setup, explore};

const QUOTA_SPENT: &str = "The limit for today has been reached. Please come back tomorrow.";
const BUSY: &str = "The service is busy right now. Please try again in a moment.";
const MINUTE_MS: u64 = 60_000;

fn run(setup: &Setup) -> Report {
    let engine = if setup.seed == 0 { Engine::Both } else { setup.engine };
    let report = explore(&Setup { engine, ..setup.clone() });
    assert!(report.violations.is_empty(), "seed {}: {:?}", setup.seed, report.violations);
    report
}

/// One message of each of so many users, at once.
fn at_once(users: u64) -> Vec<Delivery> {
    (1..=users).map(|user| Delivery::of(Said::new(user, 1, 0, Deed::Text))).collect()
}

/// The same words of each.
fn same_words(users: u64, words: &str) -> Vec<Delivery> {
    let mut script = at_once(users);
    for delivery in &mut script {
        words.clone_into(&mut delivery.said.text);
    }
    script
}

pub fn ended(report: &Report, outcome: Outcome) -> usize {
    report.outcomes.values().filter(|ended| **ended == outcome).count()
}

/// Two hundred at once, of whom a third can be paid for.
pub fn more_than_can_be_paid_for(seed: u64) -> Setup {
    Setup {
        seed,
        faults: Some(Faults::none()),
        script: Some(at_once(200)),
        model_time: ModelTime::Between(2_000, 3_000),
        limits: "bot_tokens_per_day = 4000\nanswer_tokens_max = 50\ndebounce_ms = 0",
        ..Setup::default()
    }
}

/// Thirty messages of one user over many webhooks at once, of which ten may be admitted.
pub fn more_than_the_quota(seed: u64) -> Setup {
    let said = (1..=30).map(|number| Said::new(1, number, (number - 1) / 5 * 4_000, Deed::Text));
    Setup {
        seed,
        faults: Some(Faults::none()),
        script: Some(said.map(Delivery::of).collect()),
        model_time: ModelTime::Fixed(300),
        limits: "user_messages_per_day = 10",
        ..Setup::default()
    }
}

/// A model is left alone after its first failure; when the pause is over thirty come at once, and it still fails.
pub fn many_when_the_pause_is_over(seed: u64) -> Setup {
    let first = Delivery::of(Said::new(31, 1, 0, Deed::Text));
    let later = (1..=30).map(|user| Delivery::of(Said::new(user, 1, 20_000, Deed::Text)));
    Setup {
        seed,
        faults: Some(Faults::none()),
        script: Some(std::iter::once(first).chain(later).collect()),
        model_time: ModelTime::Fixed(300),
        model_down_ms: 0..60_000,
        limits: "debounce_ms = 0\nmodel_attempts = 1\ncircuit_failures_max = 1\ncircuit_open_ms = 10000",
        ..Setup::default()
    }
}

/// Fifty ask the same at once.
pub fn the_same_question(seed: u64) -> Setup {
    Setup {
        seed,
        faults: Some(Faults::none()),
        script: Some(same_words(50, "what is flu")),
        model_time: ModelTime::Fixed(4_000),
        bot: "context = false\n[cache]\nanswers = true",
        limits: "debounce_ms = 0",
        ..Setup::default()
    }
}

/// Two hundred at once, and a third of them can be paid for: nothing is overspent, whatever breaks; and in a calm run
/// the account holds just what the model counted.
#[test]
fn two_hundred_parallel_users_overspend_nothing() {
    const TOKENS: u64 = 4_000;
    let setup = |seed, faults| Setup { faults: Some(faults), ..more_than_can_be_paid_for(seed) };
    let mut counted = [0, 0, 0];
    for seed in 0..6 {
        let calm = run(&setup(seed, Faults::none()));
        assert_eq!(calm.spent.0.tokens, calm.figures.tokens, "seed {seed}");
        let refused = ended(&calm, Outcome::Refused);
        assert!(
            refused > 0 && ended(&calm, Outcome::Answered) + refused == 200,
            "seed {seed}: {:?}",
            calm.outcomes
        );
        let told = calm.shown.iter().filter(|shown| shown.text == QUOTA_SPENT).count();
        assert_eq!(told, refused, "seed {seed}");
        let broken = Faults {
            crash: 20,
            repeated_write: 100,
            table_failure: 20,
            model_failure: 100,
            ..Faults::none()
        };
        let broken = run(&setup(seed, broken));
        for report in [&calm, &broken] {
            let (spent, used) = (report.spent.0.tokens, report.figures.tokens);
            assert!(used <= spent && spent <= TOKENS, "seed {seed}: {used} used, {spent} in the account");
            counted = [counted[0] + used, counted[1] + spent, counted[2] + report.figures.deaths];
        }
    }
    println!(
        "12 runs, {} deaths: {} tokens used, {} in the accounts, overspent 0",
        counted[2], counted[0], counted[1]
    );
}

/// The same of one user's own, over ten turns.
#[test]
fn a_user_s_own_budget_ends_their_day_and_nobody_else_s() {
    let mut script = Vec::new();
    for number in 1..=10 {
        for user in [1, 2] {
            if user == 1 || number < 3 {
                script.push(Delivery::of(Said::new(user, number, number * MINUTE_MS, Deed::Text)));
            }
        }
    }
    let report = run(&Setup {
        faults: Some(Faults::none()),
        script: Some(script),
        model_time: ModelTime::Fixed(300),
        limits: "user_tokens_per_day = 300\nanswer_tokens_max = 50",
        ..Setup::default()
    });
    let of =
        |user| report.outcomes.iter().filter(move |((of, _), _)| *of == user).map(|(_, outcome)| *outcome);
    assert!(of(2).all(|outcome| outcome == Outcome::Answered));
    let (answered, refused): (Vec<_>, Vec<_>) = of(1).partition(|outcome| *outcome == Outcome::Answered);
    assert!(answered.len() >= 2 && refused.len() >= 2, "{answered:?} {refused:?}");
    assert!(report.spent.1.get(&1).is_some_and(|spent| spent.tokens <= 300), "{:?}", report.spent);
}

/// Thirty messages of one user over many webhooks at once: ten are admitted, the others are refused and told.
#[test]
fn a_day_s_quota_is_one_for_all_instances() {
    for seed in 0..20 {
        let faults = Faults { repeated_write: 200, platform: seed % 2 == 1, ..Faults::none() };
        let report = run(&Setup { faults: Some(faults), ..more_than_the_quota(seed) });
        assert_eq!(ended(&report, Outcome::Refused), 20, "seed {seed}: {:?}", report.outcomes);
    }
}

/// Six a minute: six at once, then one every ten seconds.
#[test]
fn a_pace_lets_a_burst_through_and_then_one_by_one() {
    let said = (1..=40).map(|number| Said::new(1, number, number * 1_000, Deed::Text));
    let report = run(&Setup {
        faults: Some(Faults::none()),
        script: Some(said.map(Delivery::of).collect()),
        model_time: ModelTime::Fixed(300),
        limits: "user_messages_per_minute = 6",
        ..Setup::default()
    });
    assert_eq!(ended(&report, Outcome::Answered), 6 + 3, "{:?}", report.outcomes);
}

/// Two minutes without the model, and a message every second: after the first failures nobody asks it but one probe
/// after each pause; everybody is told at once; and when it is back, it is asked again.
#[test]
fn a_model_that_is_down_is_left_alone_by_all_instances() {
    let script: Vec<Delivery> =
        (1..=300).map(|user| Delivery::of(Said::new(user, 1, user * 1_000, Deed::Text))).collect();
    let report = run(&Setup {
        faults: Some(Faults::none()),
        script: Some(script),
        model_time: ModelTime::Fixed(300),
        model_down_ms: 60_000..180_000,
        limits: "debounce_ms = 0\nmodel_attempts = 1\ncircuit_open_ms = 10000",
        ..Setup::default()
    });
    let told = report.shown.iter().filter(|shown| shown.text == BUSY).count();
    assert_eq!(told + ended(&report, Outcome::Answered), 300);
    // The failures in a row, those asked at the same time, and a probe after 10, 20, 40, 80 seconds.
    let asked_in_vain = report.turned_away.len();
    assert!((5..=12).contains(&asked_in_vain), "{:?}", report.turned_away);
    println!("{asked_in_vain} requests in two minutes without the model, {told} users told at once");
    let probes: Vec<i64> = report.turned_away.iter().copied().filter(|at_ms| *at_ms > 68_000).collect();
    let apart = probes.windows(2).all(|pair| pair[1] - pair[0] > 8_000);
    assert!(apart, "one probe in all: {probes:?}");
    assert!(ended(&report, Outcome::Answered) >= 59 + 60, "{:?}", report.outcomes);
}

/// One tries in all, and the others are told at once.
#[test]
fn when_the_pause_is_over_one_probe_is_sent() {
    for seed in 0..10 {
        let report = run(&many_when_the_pause_is_over(seed));
        assert_eq!(report.turned_away.len(), 2, "seed {seed}: {:?}", report.turned_away);
    }
}

/// Fifty ask the same at once: the model is asked once, and again only when the turn that asked died with the answer.
#[test]
fn identical_questions_in_flight_share_one_call() {
    let setup = |seed, faults| Setup { faults: Some(faults), ..the_same_question(seed) };
    let calm = run(&setup(0, Faults::none()));
    assert_eq!((calm.figures.model_requests, ended(&calm, Outcome::Answered)), (1, 50));
    for seed in 0..10 {
        let report =
            run(&setup(seed, Faults { crash: 10, table_failure: 10, repeated_write: 100, ..Faults::none() }));
        assert_eq!(report.outcomes.len(), 50, "seed {seed}");
        // Without a table a turn asks for itself, and a death in mid-call lets the next one ask.
        let asked = report.figures.model_requests;
        assert!(
            asked <= 1 + report.figures.deaths + 50 / 5,
            "seed {seed}: {asked} asked, {} died",
            report.figures.deaths
        );
    }
}

/// Repeats as people have them (Zipf's law over 120 questions): the share that memory answers.
#[test]
fn memory_answers_most_repeats() {
    let mut rng = Rng::with_seed(1);
    let weights: Vec<f64> = (1..=120).map(|rank| 1.0 / f64::from(rank)).collect();
    let total: f64 = weights.iter().sum();
    let mut question = || {
        let mut at = rng.f64() * total;
        weights
            .iter()
            .position(|weight| {
                at -= weight;
                at <= 0.0
            })
            .unwrap_or(0)
    };
    let script = (1..=1_500_u64).map(|user| {
        let mut said = Said::new(user, 1, user * 150, Deed::Text);
        said.text = format!("question number {}", question());
        Delivery::of(said)
    });
    let report = run(&Setup {
        faults: Some(Faults::none()),
        script: Some(script.collect()),
        model_time: ModelTime::Fixed(300),
        bot: "context = false\n[cache]\nanswers = true",
        limits: "debounce_ms = 0",
        ..Setup::default()
    });
    assert_eq!(ended(&report, Outcome::Answered), 1_500);
    let hits = 1_500 - report.figures.model_requests;
    println!("hit rate {} ‰ of 1,500 questions", hits * 1_000 / 1_500);
    assert!(hits * 100 > 1_500 * 84, "{hits} of 1,500");
}

/// What is shared is written by expressions that the embedded DynamoDB engine takes, with the same answers.
#[test]
fn the_embedded_engine_agrees_about_what_is_shared() {
    let everything = Setup {
        engine: Engine::Both,
        model_time: ModelTime::Fixed(300),
        model_down_ms: 20_000..60_000,
        bot: "context = false\n[cache]\nanswers = true\n[urgent]\nwords = [\"emergency\"]",
        limits: "debounce_ms = 0\nmodel_attempts = 1\nuser_messages_per_day = 6\nuser_messages_per_minute = 4\n\
                 user_tokens_per_day = 9000\nbot_tokens_per_day = 30000\nanswer_tokens_max = 50",
        ..Setup::default()
    };
    let script = (1..=8)
        .flat_map(|number| (1..=4).map(move |user| Said::new(user, number, number * 9_000, Deed::Text)));
    let script: Vec<Delivery> = script.map(Delivery::of).collect();
    for seed in 0..6 {
        let faults = Faults { crash: 10, repeated_write: 100, ..Faults::none() };
        let report =
            run(&Setup { seed, faults: Some(faults), script: Some(script.clone()), ..everything.clone() });
        assert!(ended(&report, Outcome::Answered) > 0 && ended(&report, Outcome::Refused) > 0, "seed {seed}");
    }
}
