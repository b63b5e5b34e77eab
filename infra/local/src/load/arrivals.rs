//! When who writes: fixed before the first message is written.

use std::time::Duration;

use fastrand::Rng;

use super::scenario::Plan;

/// One message that will be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrival {
    /// So long after the begin.
    pub at: Duration,
    /// By whom, from 0.
    pub user: u32,
    /// The user's messages are counted from 1.
    pub number: u64,
}

/// All of them, in the order of time. Users write in rounds, each round in another order, so that each writes as often.
pub fn fixed(plan: &Plan) -> Vec<Arrival> {
    let mut chance = Rng::with_seed(plan.seed);
    let mut order: Vec<u32> = (0..plan.users).collect();
    let mut arrivals = Vec::new();
    for number in 1.. {
        chance.shuffle(&mut order);
        for user in &order {
            let at = time_of(arrivals.len(), plan);
            if at >= plan.ramp + plan.soak {
                return arrivals;
            }
            arrivals.push(Arrival { at, user: *user, number });
        }
    }
    arrivals
}

/// When the message with so many before it is due: in a ramp the rate grows evenly, so that `before` is half of the rate
/// at that time, times the time.
fn time_of(before: usize, plan: &Plan) -> Duration {
    let (before, ramp) = (count(before), plan.ramp.as_secs_f64());
    let in_ramp = plan.rate * ramp / 2.0;
    let seconds = if before < in_ramp {
        (2.0 * before * ramp / plan.rate).sqrt()
    } else {
        ramp + (before - in_ramp) / plan.rate
    };
    Duration::from_secs_f64(seconds)
}

#[expect(clippy::cast_precision_loss, reason = "nobody writes 2^52 messages")]
fn count(messages: usize) -> f64 {
    messages as f64
}

#[cfg(test)]
mod tests {
    use domain::turn::Strategy;

    use super::*;

    fn plan(users: u32, rate: f64, ramp_s: u64, soak_s: u64) -> Plan {
        Plan {
            name: "test".to_owned(),
            users,
            rate,
            ramp: Duration::from_secs(ramp_s),
            soak: Duration::from_secs(soak_s),
            cap: 8,
            call_ms: 0,
            slow: None,
            strategy: Strategy::Queue,
            kill_every: None,
            settings: Vec::new(),
            seed: 7,
            is_quiet: true,
        }
    }

    #[test]
    fn they_come_at_the_rate_and_each_user_as_often() {
        let arrivals = fixed(&plan(5, 10.0, 0, 4));
        assert_eq!(arrivals.len(), 40);
        assert!(
            arrivals
                .iter()
                .zip(arrivals.iter().skip(1))
                .all(|(a, b)| a.at + Duration::from_millis(100) == b.at)
        );
        for user in 0..5 {
            let numbers: Vec<u64> = arrivals.iter().filter(|a| a.user == user).map(|a| a.number).collect();
            assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8], "{user}");
        }
    }

    #[test]
    fn in_a_ramp_half_as_many_come() {
        let arrivals = fixed(&plan(1, 100.0, 10, 10));
        assert_eq!(arrivals.iter().filter(|a| a.at < Duration::from_secs(10)).count(), 500);
        assert_eq!(arrivals.len(), 1_500);
    }

    #[test]
    fn the_same_seed_is_the_same_crowd() {
        assert_eq!(fixed(&plan(50, 10.0, 1, 20)), fixed(&plan(50, 10.0, 1, 20)));
    }
}
