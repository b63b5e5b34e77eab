//! What is done to the stack: processes killed all the time, and one more kind of harm after the other.

use std::time::{Duration, Instant};

use fastrand::Rng;
use stand_ins::network::Weather;

use super::people::Said;
use crate::stack::Stack;

/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(5);
/// Bytes that a squeezed process may still grow by, at the most.
const SPARE_BYTES_MAX: u64 = 1024 * 1024;

/// Nothing comes through: half of it never arrives, a quarter has its effect.
const OUT: Weather =
    Weather { delay_us: (0, 50_000), lost_before: 0.5, lost_after: 0.0, fails: 0.5, throttles: 0.0 };

/// Processes that were killed, by function.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kills {
    /// Processors.
    pub processor: u64,
    /// Webhooks.
    pub webhook: u64,
    /// Notifies.
    pub notify: u64,
}

impl Kills {
    /// All of them.
    pub fn all(self) -> u64 {
        self.processor + self.webhook + self.notify
    }
}

/// The kinds of harm besides killed processors, each for a fifth of the time.
#[derive(Debug, Clone, Copy)]
enum Phase {
    Nothing,
    Cuts,
    Errors,
    Memory,
    Everything,
}

impl Phase {
    const ALL: [Phase; 5] = [Phase::Nothing, Phase::Cuts, Phase::Errors, Phase::Memory, Phase::Everything];

    fn name(self) -> &'static str {
        match self {
            Phase::Nothing => "kills",
            Phase::Cuts => "kills, cut connections",
            Phase::Errors => "kills, delays, errors and outages",
            Phase::Memory => "kills, no memory",
            Phase::Everything => "everything at once",
        }
    }

    /// Functions to queues and to the table, where one turn makes a dozen requests.
    fn inside(self) -> Weather {
        let delay_us = (0, 20_000);
        match self {
            Phase::Nothing | Phase::Memory => Weather::default(),
            Phase::Cuts => Weather { lost_before: 0.02, lost_after: 0.02, ..Weather::default() },
            Phase::Errors => Weather { delay_us, fails: 0.04, throttles: 0.04, ..Weather::default() },
            Phase::Everything => {
                Weather { delay_us, lost_before: 0.02, lost_after: 0.02, fails: 0.02, throttles: 0.02 }
            }
        }
    }

    /// Between the platform, the model and us.
    fn outside(self) -> Weather {
        let delay_us = (0, 300_000);
        match self {
            Phase::Nothing | Phase::Memory => Weather::default(),
            Phase::Cuts => Weather { lost_before: 0.08, lost_after: 0.08, ..Weather::default() },
            Phase::Errors => Weather { delay_us, fails: 0.08, throttles: 0.08, ..Weather::default() },
            Phase::Everything => {
                Weather { delay_us, lost_before: 0.05, lost_after: 0.05, fails: 0.05, throttles: 0.05 }
            }
        }
    }

    fn has_outages(self) -> bool {
        matches!(self, Phase::Errors | Phase::Everything)
    }

    fn squeezes(self) -> bool {
        matches!(self, Phase::Memory | Phase::Everything)
    }
}

/// Does harm until the end, then stops at once: nothing of it lasts.
pub async fn until(end: Instant, stack: &Stack, seed: u64, said: &Said) -> Kills {
    let harm = Harm { stack, said, begin: Instant::now(), end };
    let chance = |which: u64| Rng::with_seed(seed.wrapping_mul(7_919).wrapping_add(which));
    let (processor, webhook, notify, (), ()) = tokio::join!(
        harm.kill("processor", 500..5_000, chance(1)),
        harm.kill("webhook", 1_500..8_000, chance(2)),
        harm.kill("notify", 2_000..10_000, chance(3)),
        harm.squeeze(chance(4)),
        harm.change_weather(chance(5)),
    );
    Kills { processor, webhook, notify }
}

struct Harm<'h> {
    stack: &'h Stack,
    said: &'h Said,
    begin: Instant,
    end: Instant,
}

impl Harm<'_> {
    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    fn phase(&self) -> Phase {
        let (past, whole) = (self.begin.elapsed().as_millis(), (self.end - self.begin).as_millis().max(1));
        let at = usize::try_from(past * 5 / whole).unwrap_or(0);
        Phase::ALL.get(at).copied().unwrap_or(Phase::Everything)
    }

    /// Kills one that is at work, again and again.
    async fn kill(&self, function: &str, pause_ms: std::ops::Range<u64>, mut chance: Rng) -> u64 {
        let mut killed = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(chance.u64(pause_ms.clone()))).await;
            while !self.is_over() {
                let now = self.stack.lambda.kill_busy(function, chance.usize(..1_000));
                if now > 0 {
                    killed += 1;
                    break;
                }
                tokio::time::sleep(Duration::from_millis(chance.u64(1..20))).await;
            }
            if self.is_over() {
                return killed;
            }
        }
    }

    async fn squeeze(&self, mut chance: Rng) {
        while !self.is_over() {
            if self.phase().squeezes() {
                self.stack.lambda.squeeze("processor", chance.u64(..SPARE_BYTES_MAX));
                self.stack.lambda.squeeze("webhook", chance.u64(..SPARE_BYTES_MAX));
            }
            tokio::time::sleep(Duration::from_millis(chance.u64(500..3_000))).await;
        }
    }

    async fn change_weather(&self, chance: Rng) {
        let Some(network) = &self.stack.network else { return };
        let mut outages = Outages { chance, of: 0, from: self.begin, until: self.begin };
        let mut told_at = Instant::now();
        while !self.is_over() {
            let phase = self.phase();
            let out = outages.now().filter(|_| phase.has_outages());
            for (number, stretch) in [&network.dynamodb, &network.sqs].into_iter().enumerate() {
                stretch.set_weather(if out == Some(number) { OUT } else { phase.inside() });
            }
            for stretch in [&network.model, &network.telegram, &network.webhook] {
                stretch.set_weather(phase.outside());
            }
            if told_at.elapsed() >= PROGRESS {
                self.tell(phase);
                told_at = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        network.set_weather(Weather::default());
    }

    fn tell(&self, phase: Phase) {
        let left = self.end.saturating_duration_since(Instant::now()).as_secs();
        let pending = self.stack.engines.telegram.as_ref().map_or(0, stand_ins::telegram::Handle::pending);
        eprintln!(
            "{} messages written, {pending} on their way; {}; {left} s left",
            self.said.count(),
            phase.name()
        );
    }
}

/// Times in which the table or the queues cannot be used at all: longer than anybody tries again.
struct Outages {
    chance: Rng,
    of: usize,
    from: Instant,
    until: Instant,
}

impl Outages {
    /// Which of the two is out.
    fn now(&mut self) -> Option<usize> {
        let now = Instant::now();
        if now >= self.until {
            self.of = self.chance.usize(..2);
            self.from = now + Duration::from_millis(self.chance.u64(1_000..8_000));
            self.until = self.from + Duration::from_millis(self.chance.u64(300..7_000));
        }
        (now >= self.from).then_some(self.of)
    }
}
