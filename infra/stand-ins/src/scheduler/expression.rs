//! When a schedule is due. Source: EventBridge Scheduler user guide, "Schedule types".
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// Milliseconds since the Unix epoch.
pub type Millis = u64;

/// A schedule expression in its time zone.
#[derive(Clone, Debug)]
pub enum Expression {
    /// Six fields: minutes, hours, day of month, month, day of week (1 is Sunday), year.
    Cron(Box<Cron>, TimeZone),
    /// Every so many milliseconds since it was made, the first time at once.
    Rate(u64),
    /// Once.
    At(Millis),
}

impl Expression {
    /// Reads an expression. `None`: AWS refuses it as well.
    pub fn parse(text: &str, timezone: &str) -> Option<Self> {
        let zone = TimeZone::get(timezone).ok()?;
        let inside = |start| text.strip_prefix(start).and_then(|rest| rest.strip_suffix(')'));
        if let Some(fields) = inside("cron(") {
            let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Required);
            let parser = parser.alternative_weekdays(true).build();
            return Some(Self::Cron(Box::new(parser.parse(&format!("0 {fields}")).ok()?), zone));
        }
        if let Some(rate) = inside("rate(") {
            return rate_ms(rate).map(Self::Rate);
        }
        let once: DateTime = inside("at(")?.parse().ok()?;
        millis(&once.to_zoned(zone).ok()?).map(Self::At)
    }

    /// The next time after `now` of a schedule made at `made_at`. `None`: there is none any more.
    pub fn next(&self, made_at: Millis, now: Millis) -> Option<Millis> {
        match self {
            Self::Cron(cron, zone) => {
                let start = Timestamp::from_millisecond(i64::try_from(now).ok()?).ok()?;
                millis(&cron.find_next_occurrence(&start.to_zoned(zone.clone()), false).ok()?)
            }
            Self::Rate(every) => Some(made_at + (now.saturating_sub(made_at) / every + 1) * every),
            Self::At(at) => Some(*at).filter(|at| *at > now),
        }
    }

    /// The first time of a schedule made now.
    pub fn first(&self, now: Millis) -> Option<Millis> {
        match self {
            Self::Rate(_) => Some(now),
            // One that is over already is due at once.
            Self::At(at) => Some((*at).max(now)),
            Self::Cron(..) => self.next(now, now),
        }
    }

    /// Whether it is over after one time.
    pub fn is_once(&self) -> bool {
        matches!(self, Self::At(_))
    }
}

fn rate_ms(text: &str) -> Option<u64> {
    let (count, unit) = text.split_once(' ')?;
    let minutes = match unit {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        "day" | "days" => 1_440,
        _ => return None,
    };
    count.parse::<u64>().ok().filter(|count| *count > 0)?.checked_mul(minutes * 60_000)
}

fn millis(time: &Zoned) -> Option<Millis> {
    u64::try_from(time.timestamp().as_millisecond()).ok()
}

/// The time as `<aws.scheduler.scheduled-time>` has it: whole seconds, in UTC.
pub fn as_scheduled_time(at: Millis) -> String {
    let since = SignedDuration::from_secs(i64::try_from(at / 1_000).unwrap_or(i64::MAX));
    Timestamp::UNIX_EPOCH.checked_add(since).map(|time| time.to_string()).unwrap_or_default()
}
