//! Every alarm of `template.yaml` is fired by what it is made for, and those that say so are over when that is.
//!
//! A minute of the alarms lasts half a second here, or a second; all else is as fast as ever.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::appointments::{bot_with, falls_due, some_day};
use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, root, until};

const OF_DEATHS: &[&str] =
    &["WebhookErrorsAlarm", "Api5xxAlarm", "ApiErrorsAlarm", "NotifyErrorsAlarm", "ProcessorErrorsAlarm"];
const OF_DEAD_LETTERS: &[&str] = &["DeadLetterArrivedAlarm", "DeadLetterErrorsAlarm", "DeadLetterDepthAlarm"];
const OF_WAITING: &[&str] = &["RefusedAlarm", "DoorbellAgeAlarm", "NoticesAgeAlarm", "ConcurrencyAlarm"];
const OF_OTHERS: &[&str] = &["SendFailuresAlarm", "UnansweredAlarm", "CircuitOpenedAlarm"];
const OF_STRANGERS: &[&str] = &["ForgedRequestsAlarm", "ItemFailuresAlarm", "SchedulesFailingAlarm"];
const OF_LIMITS: &[&str] = &["ThrottlesAlarm", "TableThrottlesAlarm", "WebhookP99Alarm"];

/// A new alarm needs a fault in one of the stories below, which end with a look at their list.
#[test]
fn every_alarm_has_a_fault() {
    let fired = [OF_DEATHS, OF_DEAD_LETTERS, OF_WAITING, OF_OTHERS, OF_STRANGERS, OF_LIMITS];
    let fired: BTreeSet<&str> = fired.into_iter().flatten().copied().collect();
    let template = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let lines: Vec<&str> = template.lines().collect();
    let alarms = lines.windows(2).filter(|pair| pair[1].trim() == "Type: AWS::CloudWatch::Alarm");
    let alarms: BTreeSet<&str> = alarms.map(|pair| pair[0].trim().trim_end_matches(':')).collect();
    assert_eq!(fired, alarms);
}

#[tokio::test]
async fn functions_that_die_are_alarms() {
    if foreign_engines() {
        return;
    }
    let quick =
        ["alarm_minute_ms=500", "watch_after_s=1", "notify_timeout_s=2", "notices_visibility_timeout_s=2"];
    let stack = quick.into_iter().fold(Setup::quick(), Setup::set).up().await;
    let says = async || _ = stack.person().tries_to_say("is anybody there?").await;
    stack.kill_next("webhook", 1_000).await;
    fires(&stack, &["WebhookErrorsAlarm", "Api5xxAlarm"], 1, says).await;
    stack.kill_next("webhook", 0).await;
    let asks = async || _ = stack.http().get(stack.url("/health")).send().await;
    stack.kill_next("api", 1_000).await;
    fires(&stack, &["ApiErrorsAlarm"], 5, asks).await;
    stack.kill_next("api", 0).await;
    for (function, alarm) in [("notify", "NotifyErrorsAlarm"), ("processor", "ProcessorErrorsAlarm")] {
        stack.kill_next(function, 1_000).await;
        fires(&stack, &[alarm], 1, says).await;
        stack.kill_next(function, 0).await;
    }
    have_fired(&stack, OF_DEATHS).await;
}

#[tokio::test]
async fn dead_letters_are_alarms_until_they_are_settled() {
    if foreign_engines() {
        return;
    }
    let quick =
        ["alarm_minute_ms=500", "max_receive_count=2", "processor_timeout_s=2", "visibility_timeout_s=3"];
    let quick = quick.into_iter().fold(Setup::mortal(), Setup::set).set("answer_timeout_ms=1000");
    let stack = quick.up().await;
    let says = async || _ = stack.person().tries_to_say("this one is never answered").await;
    stack.kill_next("dead-letter", 1_000).await;
    stack.kill_next("processor", 1_000).await;
    fires(&stack, &["DeadLetterArrivedAlarm", "DeadLetterErrorsAlarm"], 1, says).await;
    stack.switch_mappings("dead-letter", false).await;
    fires(&stack, &["DeadLetterDepthAlarm"], 1, says).await;
    stack.kill_next("processor", 0).await;
    stack.kill_next("dead-letter", 0).await;
    stack.switch_mappings("dead-letter", true).await;
    is_over(&stack, "DeadLetterDepthAlarm").await;
    have_fired(&stack, OF_DEAD_LETTERS).await;
}

#[tokio::test]
async fn those_who_wait_are_alarms_until_they_are_served() {
    if foreign_engines() {
        return;
    }
    let setup = Setup::patient().model_concurrency(2);
    let stack = setup.set("alarm_minute_ms=1000").set("watch_after_s=1").up().await;
    stack.model_rules(json!([{ "contains": "for ever", "hang": true }])).await;
    let slow = [stack.person(), stack.person()];
    for person in &slow {
        person.says("think about it for ever").await;
    }
    stack.switch_mappings("notify", false).await;
    let ann = stack.person();
    let asks = async || _ = ann.tries_to_say("and what about me?").await;
    fires(&stack, &["RefusedAlarm"], 25, asks).await;
    fires(&stack, &["DoorbellAgeAlarm", "NoticesAgeAlarm", "ConcurrencyAlarm"], 0, asks).await;
    for person in slow.iter().chain([&ann]) {
        person.says("cancel").await;
    }
    stack.switch_mappings("notify", true).await;
    for alarm in ["DoorbellAgeAlarm", "ConcurrencyAlarm", "NoticesAgeAlarm"] {
        is_over(&stack, alarm).await;
    }
    have_fired(&stack, OF_WAITING).await;
}

#[tokio::test]
async fn a_platform_and_a_model_that_fail_are_alarms() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().set("alarm_minute_ms=1000").up().await;
    let says = async || _ = stack.person().tries_to_say("can you hear me?").await;
    // Five parts each, and none of them is taken.
    stack.model_rules(json!([{ "reply": format!("{} ", "x".repeat(4_000)).repeat(5) }])).await;
    stack.telegram_faults(json!([{ "method": "sendMessage", "status": 403, "times": 100_000 }])).await;
    fires(&stack, &["SendFailuresAlarm"], 8, says).await;
    stack.telegram_faults(json!([])).await;
    stack.model_rules(json!([{ "status": 401 }])).await;
    fires(&stack, &["UnansweredAlarm"], 8, says).await;
    stack.model_rules(json!([{ "status": 500 }])).await;
    fires(&stack, &["CircuitOpenedAlarm"], 1, says).await;
    have_fired(&stack, OF_OTHERS).await;
}

#[tokio::test]
async fn strangers_in_the_queue_at_the_door_and_at_the_clock_are_alarms() {
    if foreign_engines() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let tea = format!("[[schedules]]\nname = \"tea\"\nat = \"{}\"\nsays = \"Tea is ready.\"", some_day());
    bot_with(folder.path(), &tea);
    let stack = Setup::quick().set("alarm_minute_ms=1000").bot(folder.path()).up().await;
    let fails = json!({ "fail": 1_000 });
    stack.post(format!("{}/control/faults", stack.platform("scheduler")), &fails).await;
    falls_due(&stack, "tea").await;

    let forges = async || _ = stack.http().post(stack.url("/webhook/telegram")).body("{}").send().await;
    fires(&stack, &["ForgedRequestsAlarm"], 25, forges).await;
    // A doorbell of no conversation, as another stack's would be.
    let rings = async || rung_by_a_stranger(&stack).await;
    fires(&stack, &["ItemFailuresAlarm"], 12, rings).await;
    fires(&stack, &["SchedulesFailingAlarm"], 0, rings).await;
    have_fired(&stack, OF_STRANGERS).await;
}

#[tokio::test]
async fn limits_that_are_reached_are_alarms() {
    if foreign_engines() {
        return;
    }
    let setup = Setup::quick().breakable().set("alarm_minute_ms=500").set("webhook_timeout_s=20");
    let stack = setup.up().await;
    let says = async || _ = stack.person().tries_to_say("is there room for me?").await;
    let account = stack.url("/local/account");
    stack.post(account.clone(), &json!({ "concurrency": 0 })).await;
    fires(&stack, &["ThrottlesAlarm"], 1, says).await;
    stack.post(account, &json!({ "concurrency": null })).await;

    let weather = stack.url("/local/weather");
    stack.post(weather.clone(), &json!({ "throttles": 1.0 })).await;
    fires(&stack, &["TableThrottlesAlarm"], 1, says).await;
    stack.post(weather, &json!({ "delay_ms": 800 })).await;
    fires(&stack, &["WebhookP99Alarm"], 1, says).await;
    have_fired(&stack, OF_LIMITS).await;
}

/// Between two tries of a fault.
const PAUSE: Duration = Duration::from_millis(150);

/// Does it so many times at once, again and again, until each of these has become an alarm.
async fn fires(stack: &Stack, names: &[&str], times: usize, fault: impl AsyncFn()) {
    until(&format!("{names:?} are alarms"), || async {
        join_all((0..times).map(|_| fault())).await;
        let alarms = stack.alarms().await;
        let have_fired = names.iter().all(|name| alarm(&alarms, name)["fired"].as_u64() > Some(0));
        if !have_fired {
            tokio::time::sleep(PAUSE).await;
        }
        have_fired.then_some(())
    })
    .await;
}

/// All that a story is there for.
async fn have_fired(stack: &Stack, names: &[&str]) {
    let alarms = stack.alarms().await;
    for name in names {
        assert!(alarm(&alarms, name)["fired"].as_u64() > Some(0), "{name} was not an alarm");
    }
}

/// Waits until it says that it is over.
async fn is_over(stack: &Stack, name: &str) {
    assert_eq!(alarm(&stack.alarms().await, name)["tells_when_over"], true, "{name}");
    until(&format!("{name} is over"), || async {
        (alarm(&stack.alarms().await, name)["state"] == "OK").then_some(())
    })
    .await;
}

fn alarm<'a>(alarms: &'a [Value], name: &str) -> &'a Value {
    alarms.iter().find(|alarm| alarm["name"] == name).expect(name)
}

async fn rung_by_a_stranger(stack: &Stack) {
    let (sqs, number) = (stack.platform("sqs"), crate::stack::number());
    let queue = format!("{sqs}/000000000000/turnwise-doorbell.fifo");
    let message = json!({
        "QueueUrl": queue, "MessageBody": "ding", "MessageGroupId": format!("x{number}"),
        "MessageDeduplicationId": format!("x{number}"),
    });
    let send = stack.http().post(sqs).header("x-amz-target", "AmazonSQS.SendMessage");
    let send = send.header("content-type", "application/x-amz-json-1.0").body(message.to_string());
    assert_eq!(send.send().await.unwrap().status(), 200);
}
