//! Points in time, always passed in.

use std::ops::{Add, Sub};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// Reads a time as `2026-12-01T08:00:00Z`, fractions of a second left out: RFC 3339, in UTC alone.
    pub fn parse_utc(text: &str) -> Option<Millis> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let numbers = |text: &str, separator| -> Option<Vec<i64>> {
            text.split(separator).map(|digits| digits.parse().ok()).collect()
        };
        let (date, time) = (numbers(date, '-')?, numbers(time.split('.').next()?, ':')?);
        let (&[year, month, day], &[hour, minute, second]) = (date.as_slice(), time.as_slice()) else {
            return None;
        };
        let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
        let is_date = (1970..=2286).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
        (is_time && is_date).then_some(Millis(seconds * 1_000))
    }

    /// The time as `2026-12-01T08:00:00.125Z`: RFC 3339, in UTC.
    pub fn to_utc(self) -> String {
        let (days, of_day) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = date(days);
        let (seconds, millis) = (of_day / 1_000, of_day % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }

    /// The same point in whole seconds, rounded down: what DynamoDB's TTL counts in.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds from `earlier` to here; zero when `earlier` is later (clocks differ between machines).
    pub fn since(self, earlier: Millis) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

impl Add<u64> for Millis {
    type Output = Millis;
    fn add(self, milliseconds: u64) -> Millis {
        Millis(self.0.saturating_add(i64::try_from(milliseconds).unwrap_or(i64::MAX)))
    }
}

impl Sub<u64> for Millis {
    type Output = Millis;
    fn sub(self, milliseconds: u64) -> Millis {
        Millis(self.0.saturating_sub(i64::try_from(milliseconds).unwrap_or(i64::MAX)))
    }
}

/// Days of the Gregorian calendar. The year is counted from March, so that a leap day ends it.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_month = (153 * month + 2) / 5;
    365 * year + year / 4 - year / 100 + year / 400 + before_month + day - 1 - 719_468
}

/// The other way round: year, month and day of a day since 1970. An era has 400 years of 146,097 days in all.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_utc_is_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2022-03-22T18:59:43Z", 1_647_975_583),
            ("2024-02-29T23:59:59.125Z", 1_709_251_199),
            ("2026-12-01T08:00:00Z", 1_796_112_000),
        ] {
            let time = Millis(seconds * 1_000);
            assert_eq!(Millis::parse_utc(text), Some(time), "{text}");
            assert_eq!(time.to_utc().get(..19), text.get(..19));
        }
        for text in
            ["", "Z", "2026-12-01", "2026-13-01T08:00:00Z", "2026-12-01T08:00:00+01:00", "2026-12-01T8Z"]
        {
            assert_eq!(Millis::parse_utc(text), None, "{text}");
        }
    }
}
