//! Days and hours where the user is.

use domain::Millis;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// A time that was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclear;

/// The calendar of a time zone. The zones' rules are built in.
#[derive(Debug, Clone)]
pub struct Calendar(TimeZone);

impl Calendar {
    /// Of a zone by its IANA name, as `Asia/Taipei`. `None`: there is none of that name.
    pub fn of(timezone: &str) -> Option<Calendar> {
        TimeZone::get(timezone).ok().map(Calendar)
    }

    /// Of UTC.
    pub fn utc() -> Calendar {
        Calendar(TimeZone::UTC)
    }

    /// When that is: `30m`, `2h`, `3d` from now; `18:30`, the next time it is that late.
    ///
    /// # Errors
    /// It is neither. The user has to write it otherwise.
    pub fn time(&self, written: &str, now: Millis) -> Result<Millis, Unclear> {
        match written.split_once(':') {
            Some((hour, minute)) => self.clock_time(hour, minute, now),
            None => from_now(written, now),
        }
    }

    fn clock_time(&self, hour: &str, minute: &str, now: Millis) -> Result<Millis, Unclear> {
        let number = |digits: &str| digits.parse::<i8>().map_err(|_| Unclear);
        let time = Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| Unclear)?;
        let here = self.here(now).ok_or(Unclear)?;
        let today = here.datetime().date();
        let tomorrow = today.checked_add(1.day()).map_err(|_| Unclear)?;
        let times = [today, tomorrow]
            .into_iter()
            .filter_map(|date| self.0.to_ambiguous_zoned(date.to_datetime(time)).compatible().ok());
        times.map(|time| millis(&time)).find(|at| *at > now).ok_or(Unclear)
    }

    /// For the user to read: `2026-12-01 18:30`.
    pub fn written(&self, at: Millis) -> String {
        self.here(at).map(|here| here.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
    }

    /// The day: `2026-12-01`.
    pub fn day(&self, at: Millis) -> String {
        self.here(at).map(|here| here.date().to_string()).unwrap_or_default()
    }

    fn here(&self, at: Millis) -> Option<Zoned> {
        Timestamp::from_millisecond(at.0).ok().map(|time| time.to_zoned(self.0.clone()))
    }
}

fn from_now(written: &str, now: Millis) -> Result<Millis, Unclear> {
    let unit = written.chars().next_back().ok_or(Unclear)?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 1_440,
        _ => return Err(Unclear),
    };
    let count =
        written.strip_suffix(unit).and_then(|count| count.parse::<u32>().ok()).filter(|count| *count > 0);
    Ok(now + u64::from(count.ok_or(Unclear)?) * minutes * 60_000)
}

fn millis(time: &Zoned) -> Millis {
    Millis(time.timestamp().as_millisecond())
}

/// `at(2026-12-01T18:30:00)`, in UTC: of a time between seconds the second after it.
pub(crate) fn as_at_expression(at: Millis) -> Option<String> {
    let time = Timestamp::from_second((at + 999).seconds()).ok()?;
    Some(format!("at({})", time.strftime("%Y-%m-%dT%H:%M:%S")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T09:00:00Z: five in the afternoon in Taipei.
    const NOW: Millis = Millis(1_795_165_200_000);

    #[test]
    fn times_are_the_users_own() {
        let taipei = Calendar::of("Asia/Taipei").unwrap();
        for (written, read) in [
            ("30m", "2026-11-20 17:30"),
            ("2h", "2026-11-20 19:00"),
            ("3d", "2026-11-23 17:00"),
            ("18:30", "2026-11-20 18:30"),
            ("17:00", "2026-11-21 17:00"),
            ("8:05", "2026-11-21 08:05"),
        ] {
            let at = taipei.time(written, NOW).unwrap();
            assert_eq!(taipei.written(at), read, "{written}");
        }
        for written in ["", "m", "0m", "-5m", "5", "25:00", "12:60", "soon", "１0m", "99999999999d", ":"] {
            assert_eq!(taipei.time(written, NOW), Err(Unclear), "{written}");
        }
        assert!(Calendar::of("Mars/Olympus").is_none());
    }

    #[test]
    fn an_hour_that_a_spring_day_leaves_out_is_taken_as_the_next() {
        // Berlin, 2026-03-29: two o'clock is three.
        let before = Millis::parse_utc("2026-03-29T00:30:00Z").unwrap();
        let berlin = Calendar::of("Europe/Berlin").unwrap();
        assert_eq!(berlin.written(berlin.time("02:15", before).unwrap()), "2026-03-29 03:15");
    }

    #[test]
    fn an_alarm_is_never_early() {
        assert_eq!(as_at_expression(NOW).as_deref(), Some("at(2026-11-20T09:00:00)"));
        assert_eq!(as_at_expression(NOW + 1).as_deref(), Some("at(2026-11-20T09:00:01)"));
    }
}
