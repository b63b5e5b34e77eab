//! What is said ahead of time: through the scheduler's wire, the notices queue, and the path of every message.

use std::path::Path;

use serde_json::{Value, json};
use stand_ins::scheduler::expression::as_scheduled_time;

use crate::audit::audit;
use crate::conversations::copy_bot;
use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, until};

/// A time of UTC, as `at(...)` has it.
fn in_seconds(seconds: u64) -> String {
    let at = startup::now() + seconds * 1_000;
    let at = as_scheduled_time(u64::try_from(at.0).unwrap());
    format!("at({})", at.trim_end_matches('Z'))
}

/// One that does not come by itself while a story is told.
pub fn some_day() -> String {
    in_seconds(86_400)
}

/// A schedule falls due: when everybody is there, however long that took.
pub async fn falls_due(stack: &Stack, name: &str) {
    let (scheduler, group) = (stack.platform("scheduler"), group(stack).await);
    let url = format!("{scheduler}/schedules/owner.{name}?groupName={group}");
    let mut schedule = stack.get(url.clone()).await;
    schedule["ScheduleExpression"] = in_seconds(2).into();
    assert_eq!(stack.http().put(url).json(&schedule).send().await.unwrap().status(), 200, "{schedule}");
}

/// The stack's group at the scheduler.
async fn group(stack: &Stack) -> String {
    stack.state().await["table"].as_str().unwrap_or("turnwise").to_owned()
}

/// The example bot with these schedules besides.
pub fn bot_with(folder: &Path, schedules: &str) {
    copy_bot(folder, "timezone = \"UTC\"");
    let toml = std::fs::read_to_string(folder.join("bot.toml")).unwrap();
    std::fs::write(folder.join("bot.toml"), format!("{toml}\n{schedules}")).unwrap();
}

fn count(heard: &[String], text: &str) -> usize {
    heard.iter().filter(|line| line.contains(text)).count()
}

#[tokio::test]
async fn subscribers_are_told_once_though_the_clock_rings_twice_and_the_audit_counts_it() {
    let (folder, some_day) = (tempfile::tempdir().unwrap(), some_day());
    let schedules = format!(
        "[[schedules]]\nname = \"tea\"\nat = \"{some_day}\"\nsays = \"Tea is ready.\"\nto = \"subscribers\"\n\
         [[schedules]]\nname = \"news\"\nat = \"{some_day}\"\nprompt = \"Today's news.\"\n"
    );
    bot_with(folder.path(), &schedules);
    let stack = Setup::quick().bot(folder.path()).up().await;
    let twice = json!({ "deliver_twice": 100 });
    stack.post(format!("{}/control/faults", stack.platform("scheduler")), &twice).await;
    let (ann, ben, eve) = (stack.person(), stack.person(), stack.person());
    for name in ["tea", "news"] {
        ann.says(&format!("/subscribe {name}")).await;
    }
    ben.says("/subscribe tea").await;
    eve.says("/subscribe tea").await;
    eve.hears("You are subscribed.").await;
    eve.says("/unsubscribe tea").await;
    eve.hears("You are no longer subscribed.").await;
    until("ann is subscribed to both", || async {
        (count(&ann.heard().await, "You are subscribed.") == 2).then_some(())
    })
    .await;
    stack.settles().await;
    for name in ["tea", "news"] {
        falls_due(&stack, name).await;
    }

    ann.hears("Tea is ready.").await;
    ann.hears("[scripted model] You said: Today's news.").await;
    ben.hears("Tea is ready.").await;
    // What comes after is answered with what was said before, and nothing comes twice.
    ben.says("thank you").await;
    ben.hears("You said: thank you").await;
    let (code, found) = audit(&stack).await;
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(
        found["outcomes"],
        json!({ "answered": 9 }),
        "five choices, three schedules' messages, a thank you"
    );
    assert_eq!(count(&ann.heard().await, "Tea is ready."), 1);
    assert_eq!(count(&ben.heard().await, "Tea is ready."), 1);
    assert_eq!(count(&eve.heard().await, "Tea is ready."), 0);
    let requests = stack.model_requests().await;
    assert_eq!(requests.len(), 2, "one for the news, one for the thanks: {requests:?}");
}

#[tokio::test]
async fn a_reminder_is_set_at_the_scheduler_without_a_word_of_it() {
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    ann.says("/remind 1h the oven").await;
    ann.hears("I will remind you:").await;
    ann.says("/remind").await;
    ann.hears("the oven").await;
    let (group, scheduler) = (group(&stack).await, stack.platform("scheduler"));
    let listed = stack.get(format!("{scheduler}/schedules?ScheduleGroup={group}&NamePrefix=r.")).await;
    let name = listed["Schedules"][0]["Name"].as_str().expect("an alarm");
    let alarm = stack.get(format!("{scheduler}/schedules/{name}?groupName={group}")).await;
    assert_eq!(alarm["ActionAfterCompletion"], "DELETE");
    assert!(!alarm.to_string().contains("oven"), "{alarm}");
}

#[tokio::test]
async fn a_schedule_is_kept_over_a_restart_and_rings_after_it() {
    if foreign_engines() {
        return;
    }
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tea = format!("[[schedules]]\nname = \"tea\"\nat = \"{}\"\nsays = \"Tea is ready.\"", some_day());
    bot_with(folder.path(), &tea);
    let start = || Setup::mortal().bot(folder.path()).data(data.path()).up();
    let stack = start().await;
    let ask = json!({ "message": "/subscribe tea" });
    stack.canaries().heard(&ask);
    let chat = stack.http().post(stack.url("/api/chat")).json(&ask).send().await.unwrap();
    let said: Value = chat.json().await.unwrap();
    assert_eq!(said["response"], "You are subscribed.");
    stack.kill().await;

    let stack = start().await;
    falls_due(&stack, "tea").await;
    // A page asks for what is said there: the occurrence stands in the conversation's history.
    let session = said["session_id"].as_str().unwrap();
    until("the occurrence is a message of the session's", || async {
        let (_, found) = audit(&stack).await;
        (found["outcomes"]["answered"] == 2).then_some(())
    })
    .await;
    let ask = json!({ "message": "hello", "session_id": session });
    stack.canaries().heard(&ask);
    let chat = stack.http().post(stack.url("/api/chat")).json(&ask).send().await.unwrap();
    assert_eq!(chat.status(), 200);
    let requests = stack.model_requests().await;
    assert_eq!(
        requests[0]["messages"], 6,
        "prompt, subscription and answer, occurrence, question: {requests:?}"
    );
}
