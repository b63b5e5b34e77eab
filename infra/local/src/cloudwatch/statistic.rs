//! What is made of the values of a period. Source: Amazon CloudWatch user guide, "CloudWatch statistics definitions".

/// A statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// All together.
    Sum,
    /// Their mean.
    Average,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// How many.
    SampleCount,
    /// `p99` is the value that 99 of 100 do not exceed.
    Percentile(f64),
}

impl Statistic {
    /// By its name in a template.
    pub fn named(name: &str) -> Option<Statistic> {
        Some(match name {
            "Sum" => Statistic::Sum,
            "Average" => Statistic::Average,
            "Minimum" => Statistic::Minimum,
            "Maximum" => Statistic::Maximum,
            "SampleCount" => Statistic::SampleCount,
            _ => Statistic::Percentile(name.strip_prefix('p')?.parse().ok()?),
        })
    }

    /// Of these values. `None`: there are none.
    #[expect(clippy::cast_precision_loss, reason = "fewer values than a float counts")]
    pub fn of(self, values: &[f64]) -> Option<f64> {
        let sum = || values.iter().sum::<f64>();
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let (first, last) = (*values.first()?, *values.last()?);
        Some(match self {
            Statistic::Sum => sum(),
            Statistic::Average => sum() / values.len() as f64,
            Statistic::Minimum => first,
            Statistic::Maximum => last,
            Statistic::SampleCount => values.len() as f64,
            Statistic::Percentile(share) => values.get(rank(share, values.len())).copied().unwrap_or(last),
        })
    }

    /// Below so many values a percentile says little. Source: user guide, "Percentile-based CloudWatch alarms and low
    /// data samples": ten values beyond it, for `p99` a thousand in all.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 10 and some thousands"
    )]
    pub fn samples_min(self) -> usize {
        match self {
            Statistic::Percentile(share) => {
                (10.0 / (1.0 - share.max(100.0 - share) / 100.0)).round() as usize
            }
            _ => 1,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a list"
)]
fn rank(share: f64, count: usize) -> usize {
    ((share / 100.0 * count as f64).ceil() as usize).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_what_they_say() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        let of = |name: &str| Statistic::named(name).and_then(|statistic| statistic.of(&values));
        assert_eq!((of("Sum"), of("Average")), (Some(20_100.0), Some(100.5)));
        assert_eq!((of("Minimum"), of("Maximum"), of("SampleCount")), (Some(1.0), Some(200.0), Some(200.0)));
        assert_eq!((of("p50"), of("p99"), of("median")), (Some(100.0), Some(198.0), None));
        assert_eq!(Statistic::Maximum.of(&[]), None);
    }

    #[test]
    fn a_percentile_wants_ten_values_beyond_it() {
        assert_eq!(Statistic::Percentile(99.0).samples_min(), 1_000);
        assert_eq!(Statistic::Percentile(50.0).samples_min(), 20);
    }
}
