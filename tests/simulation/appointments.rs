//! What was asked for ahead of time: said to each subscriber once, whatever dies in between, in order with their own
//! messages, and not after they wanted it no more.

use domain::Outcome;
use simulation::explore::{Deed, Delivery, Report, Said, explore};

use crate::SHAPES;
use crate::crashes::{all_hold, calm, crashing, sleeping};

/// A user who subscribes to both schedules, and writes about when they are due. The clock rings up to three times, and
/// once out of order.
fn a_subscriber(user: u64) -> Vec<Delivery> {
    let once = |id, at_ms, deed| Delivery::of(Said::new(user, id, at_ms, deed));
    let news = Said::new(user, 5, 30_000, Deed::Due("news"));
    let tea = Said::new(user, 6, 31_000, Deed::Due("tea"));
    let ring = |said: &Said, at_ms| Delivery { at_ms, said: said.clone() };
    vec![
        once(1, 0, Deed::Subscribe("news")),
        once(2, 1_000, Deed::Subscribe("tea")),
        once(3, 29_500, Deed::Text),
        ring(&tea, 31_100),
        ring(&news, 31_200),
        once(4, 32_000, Deed::Text),
        ring(&news, 33_000),
        ring(&tea, 95_000),
        ring(&news, 400_000),
    ]
}

fn says(report: &Report, user: u64, text: &str) -> usize {
    let chat = user.to_string();
    report.shown.iter().filter(|shown| shown.chat == chat && shown.text.contains(text)).count()
}

#[test]
fn each_subscriber_is_told_once_beside_their_own_messages() {
    for shape in SHAPES {
        let mut script = a_subscriber(1);
        script.extend(a_subscriber(2));
        let report = explore(&calm(shape, script));
        assert!(report.violations.is_empty(), "{shape:?}: {:?}", report.violations);
        for user in [1, 2] {
            // Where the oldest makes room for the newest, a schedule's does as well.
            let dropped = report.figures.by_outcome.get("dropped").copied().unwrap_or(0) > 0;
            let tea = says(&report, user, "Tea!");
            assert!(tea == 1 || (tea == 0 && dropped), "{shape:?}, user {user}: {:?}", report.shown);
            let news = says(&report, user, "the news of the day");
            // A message of the user's own interrupts what nobody asked for just now.
            assert!(news == 1 || (news == 0 && shape.0 == "interrupt"), "{shape:?}, user {user}: {news}");
        }
    }
}

#[test]
fn a_schedule_takes_no_messages_place() {
    for shape in SHAPES {
        let mut script = a_subscriber(1);
        script.retain(|delivery| delivery.said.message_id != 4);
        let report = explore(&calm(shape, script));
        assert!(report.violations.is_empty(), "{shape:?}: {:?}", report.violations);
        assert_eq!(report.outcomes.get(&(1, 3)), Some(&Outcome::Answered), "{shape:?}: {:?}", report.shown);
    }
}

/// What is said once is said twice only by a death between the platform's acceptance and its record.
#[test]
fn a_crash_at_any_point_of_an_occurrence_loses_nothing() {
    for shape in SHAPES.into_iter().filter(|shape| shape.1 != "drop_oldest") {
        let story = calm(shape, a_subscriber(1));
        let until_subscribed = explore(&calm(shape, a_subscriber(1)[..2].to_vec())).figures.calls;
        let setups = crashing(&story);
        println!("{} single crashes, {shape:?}", setups.len());
        for setup in &setups {
            let crash_at = setup.faults.clone().unwrap_or_default().crash_at;
            // A subscription holds from its commit: one whose worker died before it comes with the next worker.
            let is_subscribed = crash_at.iter().all(|(call, _)| *call > until_subscribed);
            let tea = says(&explore(setup), 1, "Tea!");
            let expected = if is_subscribed { 1..=2 } else { 0..=2 };
            assert!(expected.contains(&tea), "{shape:?}, {crash_at:?}: said {tea} times");
        }
        all_hold(&setups);
    }
}

#[test]
fn a_worker_asleep_at_any_point_of_an_occurrence_does_no_harm() {
    let stories = SHAPES.into_iter().map(|shape| calm(shape, a_subscriber(1)));
    all_hold(&stories.flat_map(|story| sleeping(&story)).collect::<Vec<_>>());
}

/// A script of one subscriber, to whom something happens before the tea is due.
fn before_tea(deed: Deed) -> Report {
    let of = |id, at_ms, deed| Delivery::of(Said::new(1, id, at_ms, deed));
    let script = vec![
        of(1, 0, Deed::Text),
        of(2, 5_000, Deed::Subscribe("tea")),
        of(3, 20_000, deed),
        of(4, 40_000, Deed::Due("tea")),
    ];
    let report = explore(&calm(("burst", "reject_newest"), script));
    assert!(report.violations.is_empty(), "{deed:?}: {:?}", report.violations);
    report
}

#[test]
fn who_unsubscribed_or_was_erased_is_told_nothing_any_more() {
    assert_eq!(says(&before_tea(Deed::Text), 1, "Tea!"), 1);
    assert_eq!(says(&before_tea(Deed::Unsubscribe("tea")), 1, "Tea!"), 0);
    assert_eq!(says(&before_tea(Deed::Erase), 1, "Tea!"), 0);
}

#[test]
fn while_a_person_answers_a_schedule_is_silent_and_its_message_recorded() {
    let report = before_tea(Deed::Hold);
    assert_eq!(says(&report, 1, "Tea!"), 0);
    assert_eq!(report.figures.by_outcome.get("handed-over"), Some(&1));
}

#[test]
fn in_a_full_mailbox_a_schedule_takes_nobodys_place_and_comes_when_there_is_room() {
    let of = |id, at_ms, deed| Delivery::of(Said::new(1, id, at_ms, deed));
    let mut script = vec![of(1, 0, Deed::Subscribe("tea"))];
    // Of four, three may wait: the fourth is refused, and told so. The tea is not.
    script.extend((2..=5).map(|id| of(id, 20_000, Deed::Text)));
    script.push(of(6, 20_000, Deed::Due("tea")));
    for shape in [("queue", "reject_newest"), ("queue", "drop_oldest")] {
        let report = explore(&calm(shape, script.clone()));
        assert!(report.violations.is_empty(), "{shape:?}: {:?}", report.violations);
        assert_eq!(says(&report, 1, "Tea!"), 1, "{shape:?}: {:?}", report.shown);
    }
}

/// A user who wants to be reminded, and writes about when it is due.
fn a_reminded(also: &[(u64, Deed)]) -> Vec<Delivery> {
    let deeds = [(0, Deed::Asks("/remind 5m the oven")), (299_000, Deed::Text), (301_500, Deed::Text)];
    let deeds = deeds.into_iter().chain(also.iter().copied());
    (1..).zip(deeds).map(|(id, (at_ms, deed))| Delivery::of(Said::new(1, id, at_ms, deed))).collect()
}

#[test]
fn a_reminder_is_said_once_at_its_time_though_its_alarm_rings_twice() {
    for shape in SHAPES {
        let report = explore(&calm(shape, a_reminded(&[])));
        assert!(report.violations.is_empty(), "{shape:?}: {:?}", report.violations);
        let said = report.shown.iter().filter(|shown| shown.text == "⏰ the oven");
        let said: Vec<i64> = said.map(|shown| shown.at_ms).collect();
        assert!(matches!(said[..], [300_000..400_000]), "{shape:?}: {said:?}");
    }
}

#[test]
fn a_crash_at_any_point_of_a_reminder_neither_loses_nor_forgets_it() {
    for shape in SHAPES.into_iter().filter(|shape| shape.1 != "drop_oldest") {
        let setups = crashing(&calm(shape, a_reminded(&[])));
        println!("{} single crashes, {shape:?}", setups.len());
        for setup in &setups {
            let report = explore(setup);
            let promised = says(&report, 1, "I will remind you");
            let kept = says(&report, 1, "⏰ the oven");
            let crash_at = setup.faults.clone().unwrap_or_default().crash_at;
            // Not promised, the user was asked to write it again.
            assert_eq!(promised > 0, kept > 0, "{shape:?}, {crash_at:?}: {:?}", report.shown);
            assert!(kept <= 2, "{shape:?}, {crash_at:?}: said {kept} times");
        }
        all_hold(&setups);
    }
}

#[test]
fn a_worker_asleep_at_any_point_of_a_reminder_does_no_harm() {
    let stories = SHAPES.into_iter().map(|shape| calm(shape, a_reminded(&[])));
    all_hold(&stories.flat_map(|story| sleeping(&story)).collect::<Vec<_>>());
}

#[test]
fn a_reminder_that_was_cancelled_or_erased_is_not_said() {
    for also in [(100_000, Deed::Asks("/remind cancel 1")), (100_000, Deed::Erase)] {
        let report = explore(&calm(("burst", "reject_newest"), a_reminded(&[also])));
        assert!(report.violations.is_empty(), "{also:?}: {:?}", report.violations);
        assert_eq!(says(&report, 1, "⏰"), 0, "{also:?}: {:?}", report.shown);
    }
}

#[test]
fn reminders_are_listed_numbered_and_bounded() {
    let asked = [
        "/remind",
        "/remind 18:30 the train",
        "/remind 2h the oven",
        "/remind list",
        "/remind cancel 2",
        "/remind cancel 7",
        "/remind list",
        "/remind soon the end",
        "/remind 400d the moon",
    ];
    let script = (1_u64..)
        .zip(asked)
        .map(|(id, words)| Delivery::of(Said::new(1, id, id * 10_000, Deed::Asks(words))));
    let report = explore(&calm(("queue", "reject_newest"), script.collect()));
    let shown: Vec<&str> = report.shown.iter().map(|shown| shown.text.as_str()).collect();
    let unclear = "Please write it like this: /remind 30m TEXT, or /remind 18:30 TEXT";
    let wanted = [
        "You have no reminders.",
        "I will remind you: 2026-11-20 18:30 (the train)",
        "I will remind you: 2026-11-20 11:00 (the oven)",
        "1. 2026-11-20 11:00 the oven\n2. 2026-11-20 18:30 the train",
        "The reminder is cancelled.",
        "There is no reminder of that number.",
        "1. 2026-11-20 11:00 the oven",
        unclear,
        unclear,
    ];
    assert_eq!(shown[..wanted.len()], wanted);
}
