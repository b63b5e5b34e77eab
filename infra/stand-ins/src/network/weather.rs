//! What becomes of a request, drawn by chance from a seed.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use bytes::Bytes;
use fastrand::Rng;
use std::time::Duration;

/// How the network behaves. Shares are of 1; what is left arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weather {
    /// Every request takes so many microseconds longer: from, to.
    pub delay_us: (u64, u64),
    /// The connection ends before the request arrives.
    pub lost_before: f64,
    /// The request has its effect, and the connection ends without the answer.
    pub lost_after: f64,
    /// An error of the service's own: half of them after the effect.
    pub fails: f64,
    /// Refused as too much at a time.
    pub throttles: f64,
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    LostBefore,
    LostAfter,
    FailsBefore,
    FailsAfter,
    Throttled,
}

/// A request that did not simply arrive.
#[derive(Clone, Debug)]
pub struct Damage {
    pub at_ms: u64,
    pub fate: Fate,
    pub body: Bytes,
}

impl Weather {
    /// The delay and the fate of the next request.
    pub(super) fn draw(&self, chance: &mut Rng) -> (Duration, Fate) {
        let (from, to) = self.delay_us;
        let delay = Duration::from_micros(chance.u64(from..=to.max(from)));
        let shares = [
            (self.lost_before, Fate::LostBefore),
            (self.lost_after, Fate::LostAfter),
            (self.fails / 2.0, Fate::FailsBefore),
            (self.fails / 2.0, Fate::FailsAfter),
            (self.throttles, Fate::Throttled),
        ];
        let mut drawn = chance.f64();
        for (share, fate) in shares {
            if drawn < share {
                return (delay, fate);
            }
            drawn -= share;
        }
        (delay, Fate::Arrives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_sky_lets_everything_through_at_once() {
        let mut chance = Rng::with_seed(1);
        for _ in 0..1_000 {
            assert_eq!(Weather::default().draw(&mut chance), (Duration::ZERO, Fate::Arrives));
        }
    }

    #[test]
    fn shares_are_kept_and_a_seed_repeats_them() {
        let weather = Weather { delay_us: (10, 20), lost_before: 0.1, fails: 0.2, ..Weather::default() };
        let fates = |seed| {
            let mut chance = Rng::with_seed(seed);
            (0..10_000).map(|_| weather.draw(&mut chance)).collect::<Vec<_>>()
        };
        let drawn = fates(7);
        let share = |fate| drawn.iter().filter(|(_, drawn)| *drawn == fate).count();
        assert!((900..1_100).contains(&share(Fate::LostBefore)), "{}", share(Fate::LostBefore));
        assert!((900..1_100).contains(&share(Fate::FailsAfter)), "{}", share(Fate::FailsAfter));
        assert_eq!(share(Fate::Throttled), 0);
        assert!(drawn.iter().all(|(delay, _)| (10..=20).contains(&delay.as_micros())));
        assert_eq!(drawn, fates(7));
    }
}
