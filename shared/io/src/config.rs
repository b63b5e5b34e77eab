//! What the environment tells a function. A missing name is an error at start, not at the first message.

use std::collections::BTreeMap;
use std::env;

use domain::{LimitError, Limits};

use crate::clock::Clock;

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// Values without names.
    #[error("{0} must be NAME=value,NAME=value; one of its values has no name")]
    Unnamed(&'static str),
    /// A clock that is ahead by no number.
    #[error("CLOCK_AHEAD_MS: `{0}` is no number of milliseconds; leave it out for the machine's time")]
    Ahead(String),
    /// A setting in `TURNWISE_SET` is wrong.
    #[error("TURNWISE_SET: {0}")]
    Setting(String),
    /// A limit in `TURNWISE_SET` is wrong.
    #[error("TURNWISE_SET: {0}")]
    Limit(#[from] LimitError),
}

/// The resources of a stack, by the names of the template's variables.
#[derive(Debug, Clone)]
pub struct Resources {
    /// `STACK_NAME`: what its metrics are kept under; `local` where it is not set.
    pub stack: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    pub function: String,
    /// `TABLE_NAME`.
    pub table: String,
    /// `DOORBELL_QUEUE_URL`.
    pub doorbells_url: String,
    /// `URGENT_QUEUE_URL`; empty where urgent messages have no lane of their own.
    pub urgent_url: String,
    /// `NOTICES_QUEUE_URL`.
    pub notices_url: String,
    /// `DEAD_LETTER_QUEUE_URL`; only the dead-letter function has it.
    pub dead_letters_url: String,
    /// The time it goes by: on a local stack whose clock was advanced, `CLOCK_AHEAD_MS` later than the machine's.
    pub clock: Clock,
}

impl Resources {
    /// Reads the names from the environment.
    pub fn from_env() -> Result<Resources, ConfigError> {
        Ok(Resources {
            stack: optional("STACK_NAME").unwrap_or_else(|| "local".to_owned()),
            function: optional("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            table: required("TABLE_NAME")?,
            doorbells_url: required("DOORBELL_QUEUE_URL")?,
            urgent_url: optional("URGENT_QUEUE_URL").unwrap_or_default(),
            notices_url: required("NOTICES_QUEUE_URL")?,
            dead_letters_url: env::var("DEAD_LETTER_QUEUE_URL").unwrap_or_default(),
            clock: Clock::from_env()?,
        })
    }
}

/// A variable that must be there.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    optional(name).ok_or(ConfigError::Missing(name))
}

/// A variable that may be missing; an empty one counts as missing.
pub fn optional(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The values of a secret that stands in a variable, current first.
pub fn secrets(name: &str) -> Vec<String> {
    values(&optional(name).unwrap_or_default())
}

/// The values of a secret, current first: `new,old` while it is being rotated.
pub fn values(written: &str) -> Vec<String> {
    written.split(',').map(str::trim).filter(|secret| !secret.is_empty()).map(ToOwned::to_owned).collect()
}

/// Values by name: `NAME=value,OTHER=value`. A value holds no comma.
///
/// # Errors
/// Something between two commas has no name. What is said of it holds no value: they are secrets.
pub fn named_values(variable: &'static str, written: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let named = written.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').ok_or(ConfigError::Unnamed(variable))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    });
    named.collect()
}

/// Applies `TURNWISE_SET` (`name=value,name=value`) to a bot's limits.
pub fn apply_settings(limits: &mut Limits) -> Result<(), ConfigError> {
    let settings = optional("TURNWISE_SET").unwrap_or_default();
    for setting in settings.split(',').filter(|setting| !setting.trim().is_empty()) {
        let (name, value) = parse_setting(setting)?;
        limits.set(name, value)?;
    }
    Ok(())
}

/// Reads `name=value`, the value a whole number.
pub fn parse_setting(setting: &str) -> Result<(&str, u64), ConfigError> {
    let wrong = || ConfigError::Setting(format!("`{setting}` is not NAME=NUMBER"));
    let (name, value) = setting.split_once('=').ok_or_else(wrong)?;
    Ok((name.trim(), value.trim().parse().map_err(|_| wrong())?))
}
