//! The CloudWatch stand-in: it keeps what AWS would measure of this stack, and looks every minute whether an alarm of
//! `template.yaml` is one. A minute of its may be a short one, so that an alarm of five minutes is seen in seconds.
//!
//! Nobody is mailed: what the topic would be told is shown by `/local/state`, and a line says it where the stack runs.

mod alarm;
mod embedded;
mod evaluation;
mod math;
mod metrics;
mod sampling;
mod statistic;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::cli::Failure;
use crate::clock::StackClock;
use crate::template::{self, Parameters, Template};
use alarm::Alarm;
use metrics::Metrics;

pub use embedded::measured;
pub use evaluation::AlarmState;
pub use metrics::Metric;
pub use sampling::Sampler;

/// Milliseconds of a minute elsewhere.
const MINUTE_MS: u64 = 60_000;

/// The stand-in. Clones are the same one.
#[derive(Clone)]
pub struct CloudWatch(Arc<Shared>);

struct Shared {
    stack: String,
    minute_ms: u64,
    clock: StackClock,
    state: Mutex<State>,
}

struct State {
    metrics: Metrics,
    alarms: Vec<Watched>,
}

struct Watched {
    alarm: Alarm,
    state: AlarmState,
    fired: u32,
}

/// An alarm as it is now.
#[derive(Debug, Clone, Serialize)]
pub struct AlarmView {
    /// Its logical id in the template.
    pub name: String,
    /// What it says to people.
    pub description: String,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub state: AlarmState,
    /// How often it has become one.
    pub fired: u32,
    /// Whether the topic is told when it is over.
    pub tells_when_over: bool,
}

impl CloudWatch {
    /// With the alarms that the project's template has for such a stack. `minute_ms`: how long a minute lasts here.
    pub fn new(
        parameters: &Parameters,
        stack: &str,
        minute_ms: u64,
        clock: StackClock,
    ) -> Result<CloudWatch, Failure> {
        let template = Template::read(template::TEXT, parameters)?;
        let alarms = template.resources_of("AWS::CloudWatch::Alarm").map(|(name, properties)| {
            let alarm = Alarm::read(name, properties)?;
            Ok(Watched { alarm, state: AlarmState::InsufficientData, fired: 0 })
        });
        let alarms = alarms.collect::<Result<_, Failure>>()?;
        let state = Mutex::new(State { metrics: Metrics::default(), alarms });
        Ok(CloudWatch(Arc::new(Shared { stack: stack.to_owned(), minute_ms, clock, state })))
    }

    /// Takes up a value, in the minute that runs.
    pub fn put(&self, metric: Metric, value: f64) {
        let minute = self.minute();
        self.state().metrics.put(metric, minute, value);
    }

    /// Takes up a value of one of AWS's own metrics of a function.
    pub fn of_function(&self, function: &str, name: &str, value: f64) {
        let whose = format!("{}-{function}", self.0.stack);
        self.put(Metric::of("AWS/Lambda", name, "FunctionName", &whose), value);
    }

    /// Takes up a value of one of AWS's own metrics of the HTTP API.
    pub fn of_api(&self, name: &str, value: f64) {
        let whose = format!("{}-HttpApi", self.0.stack);
        self.put(Metric::of("AWS/ApiGateway", name, "ApiId", &whose), value);
    }

    /// Takes up that a queue's messages were received.
    pub fn of_receives(&self, queue: &str, messages: usize) {
        let received = f64::from(u32::try_from(messages).unwrap_or(u32::MAX));
        self.put(Metric::of("AWS/SQS", "NumberOfMessagesReceived", "QueueName", queue), received);
    }

    /// Takes up what a function logs, when it is a line of metrics.
    pub fn read(&self, line: &str) {
        for (metric, value) in embedded::measured(line) {
            self.put(metric, value);
        }
    }

    /// All alarms.
    pub fn alarms(&self) -> Vec<AlarmView> {
        let state = self.state();
        let view = |watched: &Watched| AlarmView {
            name: watched.alarm.name.clone(),
            description: watched.alarm.description.clone(),
            state: watched.state,
            fired: watched.fired,
            tells_when_over: watched.alarm.tells_when_over,
        };
        state.alarms.iter().map(view).collect()
    }

    /// Looks at the end of every minute, for as long as the stack runs. `measure`: what is measured once a minute.
    pub async fn watch(self, mut sampler: Sampler, told: impl Fn(&AlarmView)) {
        loop {
            let into_ms = self.0.clock.now_ms() % self.0.minute_ms;
            tokio::time::sleep(Duration::from_millis(self.0.minute_ms - into_ms)).await;
            sampler.sample(&self);
            self.look().iter().for_each(&told);
        }
    }

    /// Evaluates every alarm at the minutes that are over. Answers with those that have become one or are over.
    fn look(&self) -> Vec<AlarmView> {
        let minute = self.minute();
        let mut changed = Vec::new();
        {
            let State { metrics, alarms } = &mut *self.state();
            for watched in alarms {
                let before = watched.state;
                watched.state = watched.alarm.state(metrics, minute, before);
                if watched.state == AlarmState::Alarm && before != AlarmState::Alarm {
                    watched.fired += 1;
                }
                if watched.state != before {
                    changed.push(watched.alarm.name.clone());
                }
            }
        }
        self.alarms().into_iter().filter(|view| changed.contains(&view.name)).collect()
    }

    /// What waits, waits by the minutes as they go here: in one of a second, two seconds are two minutes.
    fn as_minutes_go_ms(&self, time_ms: u64) -> u64 {
        time_ms * MINUTE_MS / self.0.minute_ms
    }

    fn minute(&self) -> u64 {
        self.0.clock.now_ms() / self.0.minute_ms
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
