//! What is asked of the system: known crowds, and whatever else is wanted of them.

use std::time::Duration;

use clap::ValueEnum;
use domain::turn::Strategy;
use stand_ins::model::Rule;

use crate::chaos::people::word;
use crate::cli::{Failure, Load};

/// Users have words of three digits.
const USERS_MAX: u32 = 1_000;
/// Messages of a user have words of five digits.
const MESSAGES_MAX: u32 = 99_999;

/// A known crowd.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Scenario {
    /// One user writes ten messages within a second; each has an answer of its own.
    Ten,
    /// 50 users, four messages each, with a model of 2.5 s and eight slots: three quarters of what the slots can do.
    Fifty,
    /// 100 users, five messages each, ten a second.
    Hundred,
    /// 500 users, two messages each; of a hundred messages one takes the model 20 s.
    Slow,
    /// 1,000 users, 1,000 messages a second for five minutes; the model takes no time and has 64 slots.
    Thousand,
}

/// A crowd in numbers.
#[derive(Debug, Clone)]
pub struct Plan {
    /// As its scenario is called.
    pub name: String,
    /// How many write.
    pub users: u32,
    /// Messages a second, of all users together.
    pub rate: f64,
    /// For so long the rate grows from nothing to its height.
    pub ramp: Duration,
    /// For so long it stays there.
    pub soak: Duration,
    /// Model calls at a time.
    pub cap: u16,
    /// Milliseconds that the model takes.
    pub call_ms: u64,
    /// Of so many messages one takes longer, and how many milliseconds.
    pub slow: Option<(u32, u64)>,
    /// What becomes of messages that overlap.
    pub strategy: Strategy,
    /// A processor is killed so often.
    pub kill_every: Option<Duration>,
    /// Limits and timings, as `NAME=VALUE`.
    pub settings: Vec<String>,
    /// Of everything drawn.
    pub seed: u64,
    /// Nobody reads the progress.
    pub is_quiet: bool,
}

impl Scenario {
    /// Users, messages a second, seconds, slots, milliseconds of the model.
    fn numbers(self) -> (u32, f64, f64, u16, u64) {
        match self {
            Scenario::Ten => (1, 10.0, 1.0, 8, 500),
            Scenario::Fifty => (50, 2.4, 83.4, 8, 2_500),
            Scenario::Hundred => (100, 10.0, 50.0, 8, 500),
            Scenario::Slow => (500, 10.0, 100.0, 8, 300),
            Scenario::Thousand => (1_000, 1_000.0, 300.0, 64, 0),
        }
    }
}

impl Plan {
    /// The scenario with what the command line says of it.
    ///
    /// # Errors
    /// A number that makes no crowd, in a sentence.
    pub fn of(options: &Load) -> Result<Plan, Failure> {
        let (users, rate, seconds, cap, call_ms) = options.scenario.numbers();
        let seconds_wanted = |seconds: f64| Duration::try_from_secs_f64(seconds);
        let plan = Plan {
            name: options
                .scenario
                .to_possible_value()
                .map(|value| value.get_name().to_owned())
                .unwrap_or_default(),
            users: options.users.unwrap_or(users),
            rate: options.rate.unwrap_or(rate),
            ramp: seconds_wanted(options.ramp)?,
            soak: seconds_wanted(options.seconds.unwrap_or(seconds))?,
            cap: options.cap.unwrap_or(cap),
            call_ms: options.call_ms.unwrap_or(call_ms),
            slow: matches!(options.scenario, Scenario::Slow).then_some((100, 20_000)),
            strategy: if matches!(options.scenario, Scenario::Ten) {
                Strategy::Queue
            } else {
                Strategy::Collect
            },
            kill_every: options.kill_every.map(seconds_wanted).transpose()?,
            settings: options.settings.clone(),
            seed: options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000)),
            is_quiet: options.json,
        };
        plan.checked()
    }

    fn checked(self) -> Result<Plan, Failure> {
        if !(1..=USERS_MAX).contains(&self.users) {
            return Err(format!("--users takes a number from 1 to {USERS_MAX}").into());
        }
        if !(self.rate > 0.0 && self.rate <= 100_000.0) {
            return Err("--rate takes messages a second, more than 0 and at most 100,000".into());
        }
        let each = self.rate * (self.ramp / 2 + self.soak).as_secs_f64() / f64::from(self.users);
        if each > f64::from(MESSAGES_MAX) {
            return Err(format!(
                "a user writes at most {MESSAGES_MAX} messages: take more users, or less time"
            )
            .into());
        }
        Ok(self)
    }

    /// What makes the model slow for some messages.
    pub fn rules(&self) -> Vec<Rule> {
        let Some((one_of, ms)) = self.slow else { return Vec::new() };
        let slow = |user: u32| Rule {
            contains: Some(word(i64::from(user), 1)),
            delay_ms: Some(ms),
            ..Rule::default()
        };
        // Two messages each: the first of every fiftieth user is one of a hundred messages.
        (0..self.users).step_by(one_of as usize / 2).map(slow).collect()
    }
}
