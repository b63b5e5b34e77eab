//! EventBridge Scheduler's stand-in: when schedules are due, and what it answers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use stand_ins::scheduler::expression::{Expression, as_scheduled_time};
use stand_ins::scheduler::rules::{Refusal, Schedules};

/// 2026-11-20T09:00:00Z, a Friday.
const NOW: u64 = 1_795_165_200_000;

fn next(expression: &str, timezone: &str) -> String {
    let expression = Expression::parse(expression, timezone).unwrap();
    expression.next(NOW, NOW).map(as_scheduled_time).unwrap_or_default()
}

#[test]
fn expressions_are_read_in_their_time_zone() {
    for (expression, timezone, due) in [
        ("cron(0 8 * * ? *)", "UTC", "2026-11-21T08:00:00Z"),
        ("cron(0 8 * * ? *)", "Asia/Taipei", "2026-11-21T00:00:00Z"),
        ("cron(15 10 ? * 6L 2026)", "UTC", "2026-11-27T10:15:00Z"),
        ("cron(0 9 ? * MON-FRI *)", "UTC", "2026-11-23T09:00:00Z"),
        ("cron(0 12 1 * ? *)", "America/New_York", "2026-12-01T17:00:00Z"),
        ("rate(5 minutes)", "UTC", "2026-11-20T09:05:00Z"),
        ("rate(1 day)", "UTC", "2026-11-21T09:00:00Z"),
        ("at(2026-12-01T08:00:00)", "Asia/Tokyo", "2026-11-30T23:00:00Z"),
        ("at(2020-12-01T08:00:00)", "UTC", ""),
    ] {
        assert_eq!(next(expression, timezone), due, "{expression} {timezone}");
    }
    let wrong = [
        ("cron(0 8 * * *)", "UTC"),
        ("rate(0 days)", "UTC"),
        ("rate(1 week)", "UTC"),
        ("at(tomorrow)", "UTC"),
        ("rate(1 day)", "Mars/Olympus"),
        ("", "UTC"),
    ];
    for (expression, timezone) in wrong {
        assert!(Expression::parse(expression, timezone).is_none(), "{expression} {timezone}");
    }
}

fn asked(name: &str, expression: &str) -> Value {
    json!({
        "Name": name, "GroupName": "default", "ClientToken": "t", "ActionAfterCompletion": "DELETE",
        "ScheduleExpression": expression, "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": {
            "Arn": "arn:aws:sqs:us-east-1:000000000000:notices", "RoleArn": "arn:aws:iam::000000000000:role/r",
            "Input": "due <aws.scheduler.scheduled-time>, attempt <aws.scheduler.attempt-number>",
        },
    })
}

#[test]
fn one_that_is_over_goes_when_it_was_delivered_and_not_before() {
    let mut schedules = Schedules::default();
    schedules.put(asked("once", "at(2026-11-20T09:01:00)"), true, NOW).unwrap();
    assert_eq!(schedules.due(NOW), []);
    let due = schedules.due(NOW + 60_000);
    assert_eq!(
        due.iter().map(|due| due.body.as_str()).collect::<Vec<_>>(),
        ["due 2026-11-20T09:01:00Z, attempt 1"]
    );
    let again = schedules.due(NOW + 61_000);
    assert_eq!(again.first().map(|due| due.body.as_str()), Some("due 2026-11-20T09:01:00Z, attempt 2"));
    schedules.delivered(due.first().unwrap(), NOW + 61_000);
    assert!(matches!(schedules.get("default", "once"), Err(Refusal::NotFound(_))));
}

#[test]
fn one_that_repeats_goes_on_from_its_own_time() {
    let mut schedules = Schedules::default();
    schedules.put(asked("often", "rate(1 minute)"), true, NOW).unwrap();
    let first = schedules.due(NOW + 10);
    assert_eq!(first.first().map(|due| due.at), Some(NOW), "at once");
    schedules.delivered(first.first().unwrap(), NOW + 10);
    assert_eq!(schedules.next_at(), Some(NOW + 60_000));
    schedules.delivered(first.first().unwrap(), NOW + 20);
    assert_eq!(schedules.next_at(), Some(NOW + 60_000), "a late report changes nothing");
}

#[test]
fn a_name_is_taken_once_and_a_repeated_request_is_the_same() {
    let mut schedules = Schedules::default();
    schedules.put(asked("a", "rate(1 day)"), true, NOW).unwrap();
    schedules.put(asked("a", "rate(1 day)"), true, NOW).unwrap();
    let mut other = asked("a", "rate(1 day)");
    other["ClientToken"] = "u".into();
    assert_eq!(schedules.put(other, true, NOW), Err(Refusal::Conflict("Schedule a already exists.".into())));
    for (name, expression) in [("no spaces", "rate(1 day)"), ("b", "rate(1 moon)")] {
        assert!(matches!(schedules.put(asked(name, expression), true, NOW), Err(Refusal::Validation(_))));
    }
    assert!(matches!(schedules.put(asked("c", "rate(1 day)"), false, NOW), Err(Refusal::NotFound(_))));
    assert!(matches!(schedules.list("elsewhere", ""), Err(Refusal::NotFound(_))));
    assert_eq!(schedules.list("default", "a").unwrap().len(), 1);
}
