//! T14: incidents that other public systems of this kind have had, each as the schedule that brings it about.

use domain::Outcome;
use simulation::explore::{Deed, Delivery, Faults, ModelTime, Report, Said, Setup, explore};

const ANSWER: &str = "answer 0 to u1m1";
const BUSY: &str = "The service is busy right now. Please try again in a moment.";
const FAILED: &str = "An error occurred. Please try again.";
const LOST: &str = "Your answer was lost on our side. Please send your message again.";
const PLEASE_RESEND: &str = "This message could not be processed. Please send it again.";
const STILL_WORKING: &str = "Still working on your answer, one moment please.";
const TOOK_TOO_LONG: &str = "This takes longer than expected. Please try again.";
const TOO_MANY_PENDING: &str = "Too many pending requests, please wait for the current one.";

/// The model's time in these schedules, in milliseconds.
const CALL_MS: u64 = 4_000;

/// The calls over the seam that a webhook makes for the first message of a conversation: it stores, admits, sends the
/// watch, rings. The processor's follow.
const WEBHOOK_CALLS: u64 = 4;

/// Until the next doorbell of a conversation may be received after a processor died: the queue's visibility timeout.
const VISIBILITY_MS: i64 = 75_000;

/// This schedule, and nothing else that goes wrong.
fn schedule(script: Vec<Delivery>) -> Setup {
    Setup {
        faults: Some(Faults::none()),
        script: Some(script),
        model_time: ModelTime::Fixed(CALL_MS),
        ..Setup::default()
    }
}

/// The first user's first message, delivered at these milliseconds.
fn one_message(delivered_at_ms: &[u64]) -> Setup {
    let said = Said::new(1, 1, 0, Deed::Text);
    schedule(delivered_at_ms.iter().map(|at_ms| Delivery { at_ms: *at_ms, said: said.clone() }).collect())
}

/// The same schedule, in which this side of this call kills its caller.
fn killed_at(point: (u64, bool), setup: &Setup) -> Setup {
    Setup { faults: Some(Faults { crash_at: vec![point], ..Faults::none() }), ..setup.clone() }
}

/// The same, in which the caller falls asleep there for longer than its lease and its successor's.
fn asleep_at(point: (u64, bool), setup: &Setup) -> Setup {
    Setup { faults: Some(Faults { sleep_at: vec![point], ..Faults::none() }), ..setup.clone() }
}

/// Both sides of every call of the schedule's processor.
fn processor_points(setup: &Setup) -> Vec<(u64, bool)> {
    let calls = run(setup).figures.calls;
    (WEBHOOK_CALLS + 1..=calls).flat_map(|call| [(call, false), (call, true)]).collect()
}

/// Its report, in which every promise holds.
fn run(setup: &Setup) -> Report {
    let report = explore(setup);
    assert!(report.violations.is_empty(), "{:?}: {:?}", setup.faults, report.violations);
    report
}

/// What a user was told, without the word that it still works.
fn told(report: &Report, user: u64) -> Vec<&str> {
    let chat = user.to_string();
    let of_user = report.shown.iter().filter(|shown| shown.chat == chat && shown.text != STILL_WORKING);
    of_user.map(|shown| shown.text.as_str()).collect()
}

fn outcome(report: &Report, user: u64, message_id: u64) -> Option<Outcome> {
    report.outcomes.get(&(user, message_id)).copied()
}

/// Elsewhere the request was acknowledged and then stored, and a process that died in between lost the message without
/// a trace. Here the acknowledgement is the last step, so whatever dies before it is delivered again.
#[test]
fn acknowledged_before_persisted() {
    for call in 1..=WEBHOOK_CALLS {
        for after in [false, true] {
            let report = run(&killed_at((call, after), &one_message(&[100])));
            assert_eq!(report.figures.deaths, 1, "call {call}, after {after}");
            assert_eq!(outcome(&report, 1, 1), Some(Outcome::Answered), "call {call}, after {after}");
            assert_eq!(told(&report, 1), [ANSWER], "call {call}, after {after}");
            assert_eq!(report.figures.model_requests, 1, "call {call}, after {after}");
        }
    }
}

/// Elsewhere the mark "seen" was written before the work, so that the redelivery after a dead worker was dropped as a
/// duplicate and the user never heard anything. Here "seen" and "settled" are two things, and only the second ends it.
#[test]
fn dedup_written_before_a_worker_died() {
    let setup = one_message(&[100, 61_000, 400_000, 3_600_000]);
    let points = processor_points(&one_message(&[100]));
    let mut ended = [0, 0];
    for point in &points {
        let report = run(&killed_at(*point, &setup));
        let (outcome, told) = (outcome(&report, 1, 1), told(&report, 1));
        let was_shown_twice = report.figures.shown_twice == 1;
        match (outcome, told.as_slice()) {
            (Some(Outcome::Answered), [ANSWER]) => ended[0] += 1,
            (Some(Outcome::Answered), [ANSWER, ANSWER]) if was_shown_twice => ended[0] += 1,
            (Some(Outcome::Lost), [LOST]) => ended[1] += 1,
            other => panic!("killed at {point:?}: {other:?}"),
        }
    }
    println!("{} deaths: answered {}, lost and told so {}", points.len(), ended[0], ended[1]);
    assert!(ended[0] > 0 && ended[1] > 0);
}

/// The same where the turn failed and its worker lived: the redelivery finds the failure, which was told once.
#[test]
fn dedup_written_before_a_turn_failed() {
    for seed in 0..20 {
        let faults = Some(Faults { model_failure: 1_000, ..Faults::none() });
        let setup = Setup { seed, faults, ..one_message(&[100, 61_000, 400_000, 3_600_000]) };
        let report = run(&setup);
        assert_eq!(outcome(&report, 1, 1), Some(Outcome::Failed), "seed {seed}");
        let told = told(&report, 1);
        assert!(told == [FAILED] || told == [BUSY], "seed {seed}: {told:?}");
    }
}

/// Elsewhere a follow-up that arrived just as a worker gave its lock back waited for ever, or until the user wrote
/// again. Here every message has a doorbell of its own, which finds what waits whenever it comes.
#[test]
fn stranded_at_release() {
    let mut slowest_ms = 0;
    for strategy in ["burst", "queue", "collect"] {
        let alone = run(&Setup { strategy, ..one_message(&[100]) });
        let end_ms = alone.shown.first().and_then(|shown| u64::try_from(shown.at_ms).ok()).unwrap_or(0);
        for at_ms in end_ms - 100..end_ms + 150 {
            let follow_up = Delivery { at_ms, said: Said::new(1, 2, at_ms, Deed::Text) };
            let mut setup = Setup { seed: at_ms, strategy, ..one_message(&[100]) };
            setup.script.get_or_insert_default().push(follow_up);
            let report = run(&setup);
            assert_eq!(told(&report, 1), [ANSWER, "answer 0 to u1m2"], "{strategy}, {at_ms} ms");
            let answered_ms = report.shown.last().map_or(i64::MAX, |shown| shown.at_ms);
            slowest_ms = slowest_ms.max(answered_ms.saturating_sub_unsigned(at_ms));
        }
    }
    println!("a follow-up waits {slowest_ms} ms at most, the model's {CALL_MS} included");
    assert!(slowest_ms < 6_000);
}

/// Elsewhere a lock ended while its holder was still at work: two workers asked the model, and the user had two
/// answers. Here a lease outlives its holder, and one that wakes later finds the turn taken over.
#[test]
fn lock_expired_during_the_work() {
    let setup = one_message(&[100]);
    let (mut answered, mut timed_out, mut lost, mut twice) = (0, 0, 0, 0);
    for point in processor_points(&setup) {
        let report = run(&asleep_at(point, &setup));
        assert!(report.figures.model_requests <= 1, "asleep at {point:?}");
        assert_eq!(report.figures.outcomes, 1, "asleep at {point:?}");
        twice += report.figures.shown_twice;
        match (outcome(&report, 1, 1), told(&report, 1).as_slice()) {
            (Some(Outcome::Answered), [ANSWER] | [ANSWER, ANSWER]) => answered += 1,
            (Some(Outcome::TimedOut), [TOOK_TOO_LONG] | [TOOK_TOO_LONG, TOOK_TOO_LONG]) => timed_out += 1,
            (Some(Outcome::Lost), [LOST]) => lost += 1,
            other => panic!("asleep at {point:?}: {other:?}"),
        }
    }
    println!(
        "asleep past its lease: answered {answered}, timed out {timed_out}, lost {lost}, each told; twice {twice}"
    );
    assert!(answered > 0 && lost > 0);
    assert!(
        twice <= 4,
        "only asleep after the gate, before or after the part, or before its record: {twice}"
    );
}

/// The same with a worker that freezes as a whole, again and again, wherever chance has it.
#[test]
fn lock_expired_again_and_again() {
    let (mut asked, mut outcomes) = (0, 0);
    for seed in 0..100 {
        let faults = Some(Faults { zombie: 100, ..Faults::none() });
        let report = run(&Setup { seed, faults, ..one_message(&[100]) });
        assert!(report.figures.model_requests <= 1, "seed {seed}");
        asked += report.figures.model_requests;
        outcomes += report.figures.outcomes;
    }
    println!("{outcomes} messages, {asked} model requests");
    assert_eq!(outcomes, 100);
}

/// Elsewhere the platform, having had no answer within its patience, delivered again a minute later and the user was
/// answered twice. Here the second delivery finds the message stored and settled, or still waiting.
#[test]
fn duplicate_sixty_seconds_apart() {
    for call_ms in [CALL_MS, 28_000] {
        let setup = Setup { model_time: ModelTime::Fixed(call_ms), ..one_message(&[100, 60_100, 120_100]) };
        let report = run(&setup);
        assert_eq!(told(&report, 1), [ANSWER]);
        assert_eq!(report.figures.model_requests, 1);
    }
}

/// Elsewhere duplicates were left to the queue, which forgets them after five minutes: whatever the platform delivered
/// later was answered again. Here the table remembers, also when other messages have pushed this one out of the
/// mailbox.
#[test]
fn duplicate_on_the_five_minute_edge() {
    const DAY_S: u64 = 86_400;
    for again_s in [299, 300, 301, 3_600, DAY_S, 7 * DAY_S] {
        let again = one_message(&[100, 100 + again_s * 1_000]);
        let report = run(&again);
        assert_eq!(told(&report, 1), [ANSWER], "{again_s} s");

        let later = (2..=20).map(|number| Delivery::of(Said::new(1, number, number * 10_000, Deed::Text)));
        let mut pushed_out = again.clone();
        pushed_out.script.get_or_insert_default().extend(later);
        let report = run(&pushed_out);
        assert_eq!(told(&report, 1).len(), 20, "{again_s} s");
        assert_eq!(report.figures.model_requests, 20, "{again_s} s");
        assert!(report.outcomes.values().all(|outcome| *outcome == Outcome::Answered), "{again_s} s");
    }
}

/// Elsewhere a restarted worker sent again what it had sent before. Here that can happen only when it dies between the
/// platform's acceptance and the record of it: one window, between two neighbouring calls.
#[test]
fn duplicate_reply_after_a_restart() {
    let setup = one_message(&[100]);
    let points = processor_points(&setup);
    let shown_twice = |point: &(u64, bool)| run(&killed_at(*point, &setup)).figures.shown_twice == 1;
    let window: Vec<(u64, bool)> = points.iter().copied().filter(shown_twice).collect();
    let [sent, (record, false)] = window.as_slice() else { panic!("not one window: {window:?}") };
    assert_eq!(*sent, (record - 1, true));
    let recorded = run(&killed_at((*record, true), &setup));
    assert_eq!((recorded.figures.deaths, told(&recorded, 1)), (1, vec![ANSWER]));
    let before = run(&killed_at((record - 1, false), &setup));
    assert_eq!((before.figures.deaths, told(&before, 1)), (1, vec![ANSWER]));
}

/// Elsewhere a worker that died during a model request was followed by one that sent the same request, and both were
/// paid for. Here the second one says that the answer was lost.
#[test]
fn double_billed_retry() {
    let setup = one_message(&[100]);
    let mut paid_and_lost = 0;
    for point in processor_points(&setup) {
        let report = run(&killed_at(point, &setup));
        assert!(report.figures.model_requests <= 1, "killed at {point:?}");
        if report.figures.model_requests == 1 && outcome(&report, 1, 1) == Some(Outcome::Lost) {
            assert_eq!(told(&report, 1), [LOST], "killed at {point:?}");
            let told_ms = report.shown.last().map_or(0, |shown| shown.at_ms);
            assert!((VISIBILITY_MS..2 * VISIBILITY_MS).contains(&told_ms), "told after {told_ms} ms");
            paid_and_lost += 1;
        }
    }
    println!("{paid_and_lost} deaths between the request and its answer");
    assert!(paid_and_lost >= 14, "the request, each look at the mailbox meanwhile, and the answer's write");
}

/// Elsewhere a slow webhook was delivered again and again, in parallel, and each delivery became a turn. Here all of
/// them admit one message.
#[test]
fn retry_storm() {
    for seed in 0..20 {
        let report = run(&Setup { seed, ..one_message(&[100; 20]) });
        assert_eq!((report.figures.acknowledged, report.figures.outcomes), (1, 1), "seed {seed}");
        assert_eq!(report.figures.model_requests, 1, "seed {seed}");
        assert_eq!(told(&report, 1), [ANSWER], "seed {seed}");
    }
}

/// Elsewhere two users shared a buffer, a cache key or an id, and one was shown the other's words. Here everything has
/// the conversation in its key: two who write the same at the same millisecond, under the same ids, never meet.
#[test]
fn messages_of_two_users_mixed() {
    for seed in 0..20 {
        let report = run(&Setup { seed, ..schedule(twins()) });
        assert_eq!(report.outcomes.len(), 8, "seed {seed}");
        assert!(report.outcomes.values().all(|outcome| *outcome == Outcome::Answered), "seed {seed}");
        for (user, other) in [(1, "u2"), (2, "u1")] {
            let told = told(&report, user).join(" ");
            assert_eq!(told.matches("hello").count(), 1, "seed {seed}: {told}");
            assert!(told.contains(&format!("u{user}m4")) && !told.contains(other), "seed {seed}: {told}");
        }
        for prompt in &report.asked {
            let other = if prompt.chat == "1" { "u2" } else { "u1" };
            assert!(!prompt.lines.iter().any(|line| line.contains(other)), "seed {seed}: {prompt:?}");
        }
    }
}

/// Two users, each first with the very same word, then with words that name them.
fn twins() -> Vec<Delivery> {
    let mut script = Vec::new();
    for (message_id, at_ms) in [(1, 0), (2, 20_000), (3, 20_000), (4, 22_000)] {
        for user in [1, 2] {
            let mut said = Said::new(user, message_id, at_ms, Deed::Text);
            if message_id == 1 {
                "hello".clone_into(&mut said.text);
            }
            script.push(Delivery::of(said));
        }
    }
    script
}

/// Elsewhere "stop" was a flag without an address: delivered again, it stopped whatever was running then. Here a cancel
/// covers what was admitted before it, and a repeated one only says again what the first one did.
#[test]
fn a_cancel_redelivered_an_hour_later() {
    const HOUR_MS: u64 = 3_600_000;
    let cancel = Said::new(1, 2, 2_000, Deed::Cancel);
    for into_the_turn_ms in (0..CALL_MS + 1_000).step_by(100) {
        let newer = Delivery { at_ms: HOUR_MS, said: Said::new(1, 3, HOUR_MS, Deed::Text) };
        let mut setup = one_message(&[100]);
        setup.script.get_or_insert_default().extend([
            Delivery { at_ms: 2_100, said: cancel.clone() },
            newer,
            Delivery { at_ms: HOUR_MS + into_the_turn_ms, said: cancel.clone() },
        ]);
        let report = run(&setup);
        assert_eq!(outcome(&report, 1, 1), Some(Outcome::Cancelled), "{into_the_turn_ms} ms");
        assert_eq!(outcome(&report, 1, 3), Some(Outcome::Answered), "{into_the_turn_ms} ms");
        let mut told = told(&report, 1);
        told.sort_unstable();
        assert_eq!(told, ["Stopped (1).", "Stopped (1).", "answer 0 to u1m3"], "{into_the_turn_ms} ms");
    }
}

/// Elsewhere a backlog was worked off after an outage, and users had answers to what they had long given up on. Here a
/// message older than five minutes is not put to the model, and its author is told.
#[test]
fn a_message_that_arrives_too_late_for_an_answer() {
    let in_time = run(&one_message(&[290_000]));
    assert_eq!((outcome(&in_time, 1, 1), told(&in_time, 1)), (Some(Outcome::Answered), vec![ANSWER]));
    let late = run(&one_message(&[301_000]));
    assert_eq!((outcome(&late, 1, 1), told(&late, 1)), (Some(Outcome::TimedOut), vec![BUSY]));
    assert_eq!(late.figures.model_requests, 0);
}

/// A message was refused, and its webhook died before it could say so; delivered again it found room, and its author
/// took it back before any turn. No turn would have told the refusal: it is told before the message leaves.
#[test]
fn refused_untold_then_admitted_then_taken_back() {
    let full = (1..=10).map(|id| Delivery { at_ms: 100, said: Said::new(1, id, 0, Deed::Text) });
    let refused = [1_000, 8_000].map(|at_ms| Delivery { at_ms, said: Said::new(1, 11, 0, Deed::Text) });
    let unsend = Delivery { at_ms: 9_000, said: Said::new(1, 12, 9_000, Deed::Unsend(11)) };
    let setup = Setup { strategy: "queue", ..schedule(full.chain(refused).chain([unsend]).collect()) };
    let mut told_on_leaving = 0;
    // The refusing webhook's calls are among these.
    for call in 30..60 {
        for seed in 0..3 {
            let report = run(&Setup { seed, ..killed_at((call, false), &setup) });
            let told = told(&report, 1);
            let is_late = !told.contains(&TOO_MANY_PENDING) && told.contains(&PLEASE_RESEND);
            told_on_leaving += u64::from(is_late && outcome(&report, 1, 11) == Some(Outcome::Refused));
        }
    }
    println!("{told_on_leaving} times told on leaving");
    assert!(told_on_leaving > 0);
}
