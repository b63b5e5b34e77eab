//! The rules as a state machine; the time is an argument. Source: EventBridge Scheduler API reference, 2021-06-30.
use super::expression::{Expression, Millis, as_scheduled_time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Longest name of a schedule or group: 64 of `0-9a-zA-Z-_.`.
const NAME_MAX: usize = 64;

/// Why a call was refused: `__type` and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400.
    Validation(String),
    /// 404.
    NotFound(String),
    /// 409.
    Conflict(String),
}

/// A schedule as it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Schedule {
    /// The request, with its name and group.
    pub asked: Value,
    made_at: Millis,
    next_at: Option<Millis>,
    /// Set while an occurrence waits for the queue: how often it was tried.
    attempts: u32,
}

/// Something to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Group and name.
    pub of: (String, String),
    /// When it was due.
    pub at: Millis,
    /// The queue's ARN.
    pub queue_arn: String,
    /// The role that it is sent as.
    pub role_arn: String,
    /// The message.
    pub body: String,
}

/// All schedules of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Schedules {
    groups: BTreeSet<String>,
    #[serde(with = "as_list")]
    schedules: BTreeMap<(String, String), Schedule>,
}

impl Schedules {
    /// `CreateScheduleGroup`.
    ///
    /// # Errors
    /// The name is none, or taken.
    pub fn create_group(&mut self, name: &str) -> Result<(), Refusal> {
        check_name(name)?;
        if !self.groups.insert(name.to_owned()) {
            return Err(Refusal::Conflict(format!("Schedule group {name} already exists.")));
        }
        Ok(())
    }

    /// `CreateSchedule`, or `UpdateSchedule`, which replaces the whole.
    ///
    /// # Errors
    /// As the API's.
    pub fn put(&mut self, asked: Value, is_new: bool, now: Millis) -> Result<(), Refusal> {
        let of = (text(&asked, "GroupName").to_owned(), text(&asked, "Name").to_owned());
        check_name(&of.1)?;
        self.check_group(&of.0)?;
        let standing = self.schedules.get(&of);
        if is_new && let Some(standing) = standing {
            let token = text(&asked, "ClientToken");
            let is_repeated = !token.is_empty() && token == text(&standing.asked, "ClientToken");
            let taken = Refusal::Conflict(format!("Schedule {} already exists.", of.1));
            return if is_repeated { Ok(()) } else { Err(taken) };
        }
        if !is_new && standing.is_none() {
            return Err(absent(&of.1));
        }
        let expression = expression(&asked)?;
        check_target(&asked)?;
        let schedule = Schedule { asked, made_at: now, next_at: expression.first(now), attempts: 0 };
        self.schedules.insert(of, schedule);
        Ok(())
    }

    /// `GetSchedule`.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, group: &str, name: &str) -> Result<&Value, Refusal> {
        let found = self.schedules.get(&(group.to_owned(), name.to_owned()));
        found.map(|schedule| &schedule.asked).ok_or_else(|| absent(name))
    }

    /// `DeleteSchedule`.
    ///
    /// # Errors
    /// There is none.
    pub fn delete(&mut self, group: &str, name: &str) -> Result<(), Refusal> {
        let removed = self.schedules.remove(&(group.to_owned(), name.to_owned()));
        removed.map(drop).ok_or_else(|| absent(name))
    }

    /// `ListSchedules`: those of a group whose names begin so.
    ///
    /// # Errors
    /// There is no such group.
    pub fn list(&self, group: &str, prefix: &str) -> Result<Vec<&Value>, Refusal> {
        self.check_group(group)?;
        let wanted = |(of, _): &(&(String, String), &Schedule)| of.0 == group && of.1.starts_with(prefix);
        Ok(self.schedules.iter().filter(wanted).map(|(_, schedule)| &schedule.asked).collect())
    }

    /// When something is next due.
    pub fn next_at(&self) -> Option<Millis> {
        self.schedules.values().filter_map(|schedule| schedule.next_at).min()
    }

    /// When something falls due that is not due yet.
    pub fn next_after(&self, now: Millis) -> Option<Millis> {
        self.schedules.values().filter_map(|schedule| schedule.next_at).filter(|at| *at > now).min()
    }

    /// What is due now. It stays due until [`Schedules::delivered`].
    pub fn due(&mut self, now: Millis) -> Vec<Due> {
        let is_due = |schedule: &&mut Schedule| schedule.next_at.is_some_and(|at| at <= now);
        self.schedules.values_mut().filter(is_due).map(|schedule| schedule.due(now)).collect()
    }

    /// It was delivered: the schedule goes on to its next time, or is over.
    pub fn delivered(&mut self, due: &Due, now: Millis) {
        let Some(schedule) = self.schedules.get_mut(&due.of) else { return };
        if schedule.next_at != Some(due.at) {
            return;
        }
        schedule.attempts = 0;
        let expression = expression(&schedule.asked).ok();
        let is_over = expression.as_ref().is_none_or(Expression::is_once);
        schedule.next_at =
            expression.filter(|_| !is_over).and_then(|e| e.next(schedule.made_at, now.max(due.at)));
        if is_over && text(&schedule.asked, "ActionAfterCompletion") == "DELETE" {
            self.schedules.remove(&due.of);
        }
    }

    fn check_group(&self, name: &str) -> Result<(), Refusal> {
        let found = name == "default" || self.groups.contains(name);
        if found { Ok(()) } else { Err(Refusal::NotFound(format!("Schedule group {name} does not exist."))) }
    }
}

impl Schedule {
    fn due(&mut self, now: Millis) -> Due {
        self.attempts += 1;
        let at = self.next_at.unwrap_or(now);
        let (group, name) = (text(&self.asked, "GroupName"), text(&self.asked, "Name"));
        let target = self.asked.get("Target").cloned().unwrap_or_default();
        // Source: user guide, "Adding context attributes".
        let body = text(&target, "Input")
            .replace("<aws.scheduler.scheduled-time>", &as_scheduled_time(at))
            .replace("<aws.scheduler.schedule-arn>", &arn(group, name))
            .replace("<aws.scheduler.attempt-number>", &self.attempts.to_string());
        let (queue_arn, role_arn) = (text(&target, "Arn").to_owned(), text(&target, "RoleArn").to_owned());
        Due { of: (group.to_owned(), name.to_owned()), at, queue_arn, role_arn, body }
    }
}

/// The ARN of a schedule.
pub fn arn(group: &str, name: &str) -> String {
    format!("arn:aws:scheduler:us-east-1:000000000000:schedule/{group}/{name}")
}

/// A field of a request; empty when there is none.
pub(super) fn text<'a>(json: &'a Value, field: &str) -> &'a str {
    crate::json::text(json, field)
}

fn absent(name: &str) -> Refusal {
    Refusal::NotFound(format!("Schedule {name} does not exist."))
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    let rule = "Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$, length at most 64";
    Err(Refusal::Validation(format!("Value '{name}' at 'name' failed to satisfy constraint: {rule}")))
}

fn expression(asked: &Value) -> Result<Expression, Refusal> {
    let written = text(asked, "ScheduleExpression");
    let zone = Some(text(asked, "ScheduleExpressionTimezone")).filter(|zone| !zone.is_empty());
    let read = Expression::parse(written, zone.unwrap_or("UTC"));
    read.ok_or_else(|| Refusal::Validation(format!("Invalid Schedule Expression {written}.")))
}

fn check_target(asked: &Value) -> Result<(), Refusal> {
    let mode = crate::json::deep(asked, "/FlexibleTimeWindow", "Mode");
    let (arn, role) =
        (crate::json::deep(asked, "/Target", "Arn"), crate::json::deep(asked, "/Target", "RoleArn"));
    let is_queue = arn.starts_with("arn:aws:sqs:") && arn.strip_suffix(".fifo").is_none();
    if mode == "OFF" && is_queue && role.starts_with("arn:aws:iam:") {
        return Ok(());
    }
    Err(Refusal::Validation("The stand-in knows FlexibleTimeWindow OFF and standard SQS queues.".to_owned()))
}

/// A map with keys of two parts, kept as a list.
mod as_list {
    use super::{BTreeMap, Schedule};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Map = BTreeMap<(String, String), Schedule>;

    pub(super) fn serialize<S: Serializer>(map: &Map, serializer: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
