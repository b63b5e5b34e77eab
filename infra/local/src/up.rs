//! `up`: the whole system in one process and its sandboxes.

use std::io::Write;
use std::time::Duration;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Failure, Up};
use crate::cloudwatch::{AlarmState, AlarmView};
use crate::lambda::SandboxView;
use crate::stack::Stack;

/// How long the ready line waits for the functions. They are started on demand anyway.
const WARM_UP_MAX: Duration = Duration::from_millis(1_500);

/// Runs the stack until it is told to stop.
pub fn run(up: Up) -> Result<(), Failure> {
    log("warn,dynoxide=error");
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(start(up))
}

async fn start(up: Up) -> Result<(), Failure> {
    let json = up.json;
    let watcher = move |view: &SandboxView| {
        if json {
            let SandboxView { function, pid, state } = view;
            say(&json!({ "event": "sandbox", "function": function, "pid": pid, "state": state }));
        }
    };
    let mut stack = Stack::start(&up, up.breakable.then_some(0), watcher).await?;
    stack.lambda.on_metric_line(|function, line| tracing::debug!(target: "metrics", function, line));
    stack.watch_alarms(move |alarm| report(alarm, json));
    stack.lambda.wait_until_warm(WARM_UP_MAX).await;
    say(&format_args!("ready {}", stack.front));
    if json {
        say(&json!({ "event": "ready", "url": stack.front, "endpoints": stack.endpoints }));
    }
    tokio::select! {
        stopped = stopped() => stopped?,
        () = stack.follower.follow(&up) => {}
    }
    stack.lambda.shut_down();
    Ok(())
}

/// One line for people; with `--json` one for programs.
fn report(alarm: &AlarmView, json: bool) {
    let AlarmView { name, description, .. } = alarm;
    match alarm.state {
        AlarmState::Alarm => eprintln!("alarm {name}: {description}"),
        AlarmState::Ok if alarm.fired > 0 => eprintln!("alarm {name} is over"),
        _ => {}
    }
    if json {
        say(&json!({ "event": "alarm", "name": name, "state": alarm.state }));
    }
}

/// Warnings of the stack itself, on standard error: standard output belongs to the ready line. The table's engine
/// warns of every failed condition, which here is everyday life.
pub fn log(usual: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// A line on standard output. That nobody reads it any more is no reason to stop.
pub fn say(line: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Returns when the process is asked to stop.
async fn stopped() -> Result<(), Failure> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
