//! `[[schedules]]`: what is said ahead of time, and when.

use std::collections::BTreeMap;

use crate::spanned::Spanned;
use domain::Content;

use crate::file::ScheduleFile;
use crate::sections::{Complaint, is_name};

/// A schedule that users subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// `cron(...)`, `rate(...)` or `at(...)`, as EventBridge Scheduler reads them.
    pub at: String,
    /// The time zone that this is read in, an IANA name as `Asia/Taipei`.
    pub timezone: String,
    /// What the subscribers are told.
    pub words: ScheduledWords,
}

/// What a schedule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduledWords {
    /// What the model makes of this.
    Prompt(String),
    /// This, as it is.
    Says(String),
}

impl Schedule {
    /// What its messages are made of.
    pub fn content(&self) -> Content<'_> {
        match &self.words {
            ScheduledWords::Prompt(text) => Content::Prompt(text),
            ScheduledWords::Says(text) => Content::Says(text),
        }
    }
}

/// Most schedules of a bot: each is a line of the state of whoever subscribes to it.
const SCHEDULES_MAX: usize = 20;

/// Longest IANA name of a time zone, in bytes (EventBridge Scheduler API, `ScheduleExpressionTimezone`: 50).
const TIMEZONE_BYTES_MAX: usize = 50;

/// Checks the schedules' form. Whether a time zone exists and when an expression is next due, `turnwise check` says.
pub(crate) fn schedules(
    written: Vec<ScheduleFile>,
    timezone: &str,
) -> Result<BTreeMap<String, Schedule>, Complaint> {
    let mut schedules = BTreeMap::new();
    for schedule in written {
        let (at, name) = (schedule.name.span().start, schedule.name.get_ref().clone());
        let wrong = |what: String| Err((at, what));
        if !is_name(&name) {
            return wrong(format!("schedule `{name}` must be 1 to 40 lower-case letters, digits and dashes"));
        }
        if schedules.len() == SCHEDULES_MAX {
            return wrong(format!("a bot has at most {SCHEDULES_MAX} schedules"));
        }
        check_to(&schedule)?;
        let checked = checked(schedule, timezone)?;
        if schedules.insert(name.clone(), checked).is_some() {
            return wrong(format!("there are two schedules `{name}`"));
        }
    }
    Ok(schedules)
}

fn checked(written: ScheduleFile, timezone: &str) -> Result<Schedule, Complaint> {
    let ScheduleFile { name, at, timezone: own, prompt, says, .. } = written;
    let words = match (prompt, says) {
        (Some(prompt), None) => ScheduledWords::Prompt(prompt),
        (None, Some(says)) => ScheduledWords::Says(says),
        _ => {
            let what = format!("schedule `{}` must have either `prompt` or `says`", name.get_ref());
            return Err((name.span().start, what));
        }
    };
    check_expression(&at)?;
    if let Some(own) = &own {
        check_timezone(own)?;
    }
    let timezone = own.map_or_else(|| timezone.to_owned(), Spanned::into_inner);
    Ok(Schedule { at: at.into_inner(), timezone, words })
}

fn check_to(schedule: &ScheduleFile) -> Result<(), Complaint> {
    match &schedule.to {
        Some(to) if to.get_ref() != "subscribers" => {
            Err((to.span().start, format!("`to` is `{}`; it must be subscribers", to.get_ref())))
        }
        _ => Ok(()),
    }
}

/// The forms of EventBridge Scheduler (user guide, "Schedule types").
fn check_expression(at: &Spanned<String>) -> Result<(), Complaint> {
    let inside = |start| at.get_ref().strip_prefix(start).and_then(|rest| rest.strip_suffix(')'));
    let cron = inside("cron(").is_some_and(|fields| fields.split_whitespace().count() == 6);
    let rate = inside("rate(").is_some_and(is_rate);
    let once = inside("at(").is_some_and(|time| domain::Millis::parse_utc(&format!("{time}Z")).is_some());
    if cron || rate || once {
        return Ok(());
    }
    let forms = "`cron(0 8 * * ? *)` (six fields), `rate(1 day)` or `at(2026-12-01T08:00:00)`";
    Err((at.span().start, format!("`at` is `{}`; it must be like {forms}", at.get_ref())))
}

fn is_rate(text: &str) -> bool {
    let units = ["minute", "minutes", "hour", "hours", "day", "days"];
    let Some((count, unit)) = text.split_once(' ') else { return false };
    count.parse::<u32>().is_ok_and(|count| count > 0) && units.contains(&unit)
}

/// An IANA name, by its form.
pub(crate) fn check_timezone(timezone: &Spanned<String>) -> Result<(), Complaint> {
    let name = timezone.get_ref();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    if (1..=TIMEZONE_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err((timezone.span().start, format!("`{name}` is not the name of a time zone, as `Asia/Taipei`")))
}
