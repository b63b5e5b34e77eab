//! When an alarm is one. Source: Amazon CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms
//! treat missing data", whose tables the tests are.

use serde::{Deserialize, Serialize};

/// What an alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmState {
    /// Nothing has been measured yet.
    InsufficientData,
    /// All is well.
    Ok,
    /// It is not.
    Alarm,
}

/// What a missing value counts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// A bad one.
    Breaching,
    /// A good one.
    NotBreaching,
    /// The state stays.
    Ignore,
    /// Nothing, as long as there is any.
    #[default]
    #[serde(rename = "missing")]
    Nothing,
}

/// M out of N.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// N: how many periods are looked at.
    pub periods: usize,
    /// M: how many of them must be bad.
    pub bad_min: usize,
    /// What a missing one counts as.
    pub missing: Missing,
}

/// Periods that are fetched beyond N, so that late values fill gaps: as many as in the guide's tables.
const BEYOND: usize = 2;

impl Rule {
    /// How many periods back are fetched.
    pub fn range(&self) -> usize {
        self.periods + BEYOND
    }

    /// The state after this period. `bad`: whether each period was, the latest first; `None`: nothing was measured.
    pub fn state(&self, bad: &[Option<bool>], before: AlarmState) -> AlarmState {
        let real: Vec<bool> = bad.iter().flatten().copied().take(self.periods).collect();
        let bad_ones = real.iter().filter(|is_bad| **is_bad).count();
        let filled = self.periods - real.len();
        let is_alarm = match self.missing {
            Missing::Ignore if real.is_empty() => return before,
            Missing::Nothing if real.is_empty() => return AlarmState::InsufficientData,
            Missing::Ignore if bad_ones < self.bad_min && self.may_be_one(bad) => return before,
            Missing::NotBreaching | Missing::Ignore => bad_ones >= self.bad_min,
            Missing::Breaching => bad_ones + filled >= self.bad_min,
            Missing::Nothing => bad_ones >= self.bad_min || self.may_be_one(bad),
        };
        if is_alarm { AlarmState::Alarm } else { AlarmState::Ok }
    }

    /// Whatever is missing would decide it: all that there is is bad, and for long enough.
    fn may_be_one(&self, bad: &[Option<bool>]) -> bool {
        let oldest_bad = bad.iter().rposition(|is_bad| *is_bad == Some(true));
        oldest_bad.is_some_and(|at| at + 1 >= self.bad_min) && !bad.contains(&Some(false))
    }
}

#[cfg(test)]
mod tests {
    use AlarmState::{Alarm, InsufficientData, Ok as Fine};

    use super::*;

    /// The guide's notation: the latest last, `X` bad, `0` good, `-` missing.
    fn read(points: &str) -> Vec<Option<bool>> {
        let read = |point: char| match point {
            'X' => Some(true),
            '0' => Some(false),
            _ => None,
        };
        points.chars().filter(|point| *point != ' ').rev().map(read).collect()
    }

    /// By treatment: missing, ignore (`InsufficientData`, where it stays as it was), breaching, not breaching.
    fn states(periods: usize, bad_min: usize, points: &str) -> [AlarmState; 4] {
        let treatments = [Missing::Nothing, Missing::Ignore, Missing::Breaching, Missing::NotBreaching];
        treatments.map(|missing| Rule { periods, bad_min, missing }.state(&read(points), InsufficientData))
    }

    #[test]
    fn three_of_three_as_in_the_guide() {
        assert_eq!(states(3, 3, "0 - X - X"), [Fine; 4]);
        assert_eq!(states(3, 3, "- - - - 0"), [Fine; 4]);
        assert_eq!(states(3, 3, "- - - - -"), [InsufficientData, InsufficientData, Alarm, Fine]);
        assert_eq!(states(3, 3, "0 X X - X"), [Alarm; 4]);
        assert_eq!(states(3, 3, "- - X - -"), [Alarm, InsufficientData, Alarm, Fine]);
    }

    #[test]
    fn two_of_three_as_in_the_guide() {
        assert_eq!(states(3, 2, "0 - X - X"), [Alarm; 4]);
        assert_eq!(states(3, 2, "0 0 X 0 X"), [Alarm; 4]);
        assert_eq!(states(3, 2, "0 - X - -"), [Fine, Fine, Alarm, Fine]);
        assert_eq!(states(3, 2, "- - - - 0"), [Fine, Fine, Alarm, Fine]);
        assert_eq!(states(3, 2, "- - - X -"), [Alarm, InsufficientData, Alarm, Fine]);
    }
}
