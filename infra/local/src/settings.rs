//! `--set NAME=VALUE`: the limits of the bot, and those that in a deployment are the template's.

use domain::{LimitError, Limits, limits::nearest};

use crate::cli::Failure;

/// Timings of the stack itself. Defaults as in `template.yaml`.
#[derive(Debug, Clone)]
pub struct StackSettings {
    /// Seconds until a processor or dead-letter sandbox is killed.
    pub processor_timeout_s: u64,
    /// Seconds until a webhook sandbox is killed.
    pub webhook_timeout_s: u64,
    /// Seconds a received doorbell stays hidden: just above the processor's timeout.
    pub visibility_timeout_s: u64,
    /// Receives after which a doorbell is dead.
    pub max_receive_count: u64,
    /// Seconds until a notify sandbox is killed.
    pub notify_timeout_s: u64,
    /// Seconds a received notice stays hidden.
    pub notices_visibility_timeout_s: u64,
    /// Turns of urgent messages with a lane of their own, inside `--model-concurrency`; 0: no such lane.
    pub urgent_concurrency: u64,
    /// 1: the functions read their secrets from the stand-in of Parameter Store, as in a deployment; 0: from variables.
    pub secrets_in_store: u64,
    /// Milliseconds that a minute of the alarms lasts.
    pub alarm_minute_ms: u64,
    /// Milliseconds the scripted model takes.
    pub model_delay_ms: u64,
    /// What the functions are told in `TURNWISE_SET`.
    pub limits: String,
}

const STACK: [&str; 10] = [
    "processor_timeout_s",
    "webhook_timeout_s",
    "visibility_timeout_s",
    "max_receive_count",
    "notify_timeout_s",
    "notices_visibility_timeout_s",
    "urgent_concurrency",
    "secrets_in_store",
    "alarm_minute_ms",
    "model_delay_ms",
];

impl StackSettings {
    /// Reads the settings; a bot's own limits are checked along.
    pub fn read(given: &[String], mut limits: Limits) -> Result<StackSettings, Failure> {
        let mut settings = StackSettings {
            processor_timeout_s: 60,
            webhook_timeout_s: 5,
            visibility_timeout_s: 75,
            max_receive_count: 10,
            notify_timeout_s: 30,
            notices_visibility_timeout_s: 60,
            urgent_concurrency: 0,
            secrets_in_store: 0,
            alarm_minute_ms: 60_000,
            model_delay_ms: 800,
            limits: String::new(),
        };
        let mut passed_on = Vec::new();
        for setting in given {
            let (name, value) = setting
                .split_once('=')
                .and_then(|(name, value)| Some((name.trim(), value.trim().parse::<u64>().ok()?)))
                .ok_or_else(|| format!("--set {setting}: give NAME=NUMBER"))?;
            if let Some(place) = settings.place(name) {
                *place = if may_be_zero(name) { value } else { value.max(1) };
            } else {
                limits.set(name, value).map_err(|error| explained(name, &error))?;
                passed_on.push(format!("{name}={value}"));
            }
        }
        settings.limits = passed_on.join(",");
        settings.check(&limits)?;
        Ok(settings)
    }

    /// Timings that contradict one another would time every answer out, or hand a running turn to a second worker.
    fn check(&self, limits: &Limits) -> Result<(), Failure> {
        let timeout_ms = self.processor_timeout_s * 1_000;
        if limits.deadline_reserve_ms >= timeout_ms {
            let reserve_ms = limits.deadline_reserve_ms;
            return Err(format!(
                "--set: deadline_reserve_ms ({reserve_ms}) leaves nothing of processor_timeout_s ({} s) for an answer; \
                 set it lower",
                self.processor_timeout_s
            )
            .into());
        }
        if self.visibility_timeout_s <= self.processor_timeout_s {
            return Err(format!(
                "--set: visibility_timeout_s ({}) must be above processor_timeout_s ({})",
                self.visibility_timeout_s, self.processor_timeout_s
            )
            .into());
        }
        if self.notices_visibility_timeout_s < self.notify_timeout_s {
            return Err(format!(
                "--set: notices_visibility_timeout_s ({}) must not be below notify_timeout_s ({})",
                self.notices_visibility_timeout_s, self.notify_timeout_s
            )
            .into());
        }
        Ok(())
    }

    fn place(&mut self, name: &str) -> Option<&mut u64> {
        match name {
            "processor_timeout_s" => Some(&mut self.processor_timeout_s),
            "webhook_timeout_s" => Some(&mut self.webhook_timeout_s),
            "visibility_timeout_s" => Some(&mut self.visibility_timeout_s),
            "max_receive_count" => Some(&mut self.max_receive_count),
            "notify_timeout_s" => Some(&mut self.notify_timeout_s),
            "notices_visibility_timeout_s" => Some(&mut self.notices_visibility_timeout_s),
            "urgent_concurrency" => Some(&mut self.urgent_concurrency),
            "secrets_in_store" => Some(&mut self.secrets_in_store),
            "alarm_minute_ms" => Some(&mut self.alarm_minute_ms),
            "model_delay_ms" => Some(&mut self.model_delay_ms),
            _ => None,
        }
    }
}

fn may_be_zero(name: &str) -> bool {
    matches!(name, "urgent_concurrency" | "secrets_in_store")
}

fn explained(name: &str, error: &LimitError) -> String {
    match (error, nearest(name, &STACK)) {
        (LimitError::Unknown { .. }, Some(near)) => {
            format!("--set: unknown setting `{name}`; did you mean `{near}`?")
        }
        (LimitError::Unknown { nearest: None, .. }, None) => {
            format!("--set: {error}; and the stack's: {}", STACK.join(", "))
        }
        _ => format!("--set: {error}"),
    }
}
