//! Many users, each writing twelve messages at random within seconds.

use std::time::Duration;

use domain::turn::Strategy;
use fastrand::Rng;
use stand_ins::model::{self, Rule};
use stand_ins::network::Weather;
use stand_ins::telegram::Handle;
use tokio::task::JoinSet;

use super::Row;
use crate::chaos::evidence::Evidence;
use crate::chaos::harm::Kills;
use crate::chaos::people::{Said, chat, word, write_one};
use crate::chaos::{self, QUICK, Way, bot, quiet};
use crate::cli::Failure;
use crate::stack::Stack;

const MESSAGES: u64 = 12;
const GAP_MS: std::ops::RangeInclusive<u64> = 0..=400;
/// Milliseconds that a turn may take in the model, in steps that a rule can name.
const TURN_MS: [u64; 6] = [125, 175, 225, 275, 325, 375];
/// Microseconds of each request to the table.
const LATENCY_US: (u64, u64) = (0, 6_000);
/// Turns at a time: the users of a crowd do not wait for one another much.
const MODEL_CONCURRENCY: u16 = 24;
/// Percent of the messages that come once more after they were acknowledged, when there is trouble.
const REDELIVERED: u8 = 10;

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// One turn in ten fails, and one webhook in ten is not acknowledged.
    Failures,
    /// The same, and processors are killed.
    Kills,
}

/// A crowd.
pub struct Crowd {
    /// The bot's.
    pub strategy: Strategy,
    /// What goes wrong.
    pub trouble: Trouble,
    /// How many.
    pub users: u32,
    /// Of everything random.
    pub seed: u64,
}

impl Crowd {
    /// Measures.
    pub async fn run(&self) -> Result<Row, Failure> {
        eprintln!("{}", self.name());
        let bot = bot::folder(self.strategy)?;
        let settings = [QUICK, &["debounce_ms=400", "max_wait_ms=2000"]].concat();
        let (stack, deaths) =
            chaos::start(bot.path(), &settings, 250, MODEL_CONCURRENCY, Way::Breakable(self.seed)).await?;
        chaos::warm(&stack, MODEL_CONCURRENCY).await;
        self.prepare(&stack);
        let said = Said::default();
        let (writing, killing) = (self.write(&stack, &said), self.kill(&stack, &said));
        let ((), processor) = tokio::join!(writing, killing);
        if let Some(network) = &stack.network {
            network.set_weather(Weather::default());
        }
        let is_quiet = quiet::wait(&stack).await;
        let kills = Kills { processor, ..Kills::default() };
        let (said, deaths) = (said.all(), chaos::taken(&deaths));
        let evidence = Evidence { stack: &stack, said: &said, deaths: &deaths, kills, is_quiet };
        let verdict = evidence.judge().await?;
        stack.lambda.shut_down();
        let outcomes: Vec<_> =
            verdict.by_outcome.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let note = format!(
            "{}; {}; {processor} kills, {} parts shown twice",
            outcomes.join(", "),
            failed_turns(&stack),
            verdict.parts_shown_twice
        );
        Ok(Row { name: self.name(), verdict, stranded: 0, note })
    }

    fn name(&self) -> String {
        let trouble = match self.trouble {
            Trouble::None => "",
            Trouble::Failures => ", turns and webhooks fail",
            Trouble::Kills => ", and workers are killed",
        };
        let strategy = if self.strategy == Strategy::Queue { "queue" } else { "burst" };
        format!("{} x {MESSAGES}, {strategy}{trouble}", self.users)
    }

    fn prepare(&self, stack: &Stack) {
        let rule = |word: String| Rule { contains: Some(word), ..Rule::default() };
        let breaks = Rule { status: Some(500), delay_ms: Some(200), ..rule("breaks".to_owned()) };
        let takes = TURN_MS.map(|ms| Rule { delay_ms: Some(ms), ..rule(format!("t{ms}")) });
        if let Some(model) = &stack.engines.model.scripted {
            model.set_rules([breaks].into_iter().chain(takes).collect());
        }
        if let Some(network) = &stack.network {
            network.dynamodb.set_weather(Weather { delay_us: LATENCY_US, ..Weather::default() });
            if self.trouble != Trouble::None {
                let lossy =
                    Weather { lost_before: 0.03, lost_after: 0.04, fails: 0.03, ..Weather::default() };
                network.webhook.set_weather(lossy);
            }
        }
    }

    async fn write(&self, stack: &Stack, said: &Said) {
        let Some(platform) = &stack.engines.telegram else { return };
        let mut all = JoinSet::new();
        for user in 0..i64::from(self.users) {
            let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(user.unsigned_abs());
            let breaks = if self.trouble == Trouble::None { 0 } else { self.percent_broken() };
            all.spawn(write_twelve(platform.clone(), said.clone(), user, Rng::with_seed(seed), breaks));
        }
        while all.join_next().await.is_some() {}
    }

    /// A turn of a burst has several messages, and fails with one of them.
    fn percent_broken(&self) -> u8 {
        if self.strategy == Strategy::Queue { 10 } else { 4 }
    }

    /// Kills processors at random while anything is written, and for as long again.
    async fn kill(&self, stack: &Stack, said: &Said) -> u64 {
        if self.trouble != Trouble::Kills {
            return 0;
        }
        let mut chance = Rng::with_seed(self.seed);
        let (mut killed, mut last_said, mut quiet_for) = (0, 0, 0);
        while quiet_for < 20 {
            tokio::time::sleep(Duration::from_millis(chance.u64(50..600))).await;
            killed += stack.lambda.kill_busy("processor", chance.usize(..1_000)) as u64;
            let count = said.count();
            quiet_for = if count == last_said { quiet_for + 1 } else { 0 };
            last_said = count;
        }
        killed
    }
}

/// How many of the model's requests it failed.
fn failed_turns(stack: &Stack) -> String {
    let journal = stack.engines.model.scripted.as_ref().map(model::Handle::journal).unwrap_or_default();
    let failed = journal.iter().filter(|record| record.outcome == model::Outcome::Refused).count();
    format!("{failed} of {} turns failed", journal.len())
}

async fn write_twelve(platform: Handle, said: Said, user: i64, mut chance: Rng, breaks: u8) {
    for number in 1..=MESSAGES {
        tokio::time::sleep(Duration::from_millis(chance.u64(GAP_MS))).await;
        let takes = chance.choice(TURN_MS).unwrap_or(250);
        let manner = if chance.u8(..100) < breaks { " breaks" } else { "" };
        let word = word(user, number);
        let text = format!("{word} t{takes}{manner}");
        let delivered = write_one(&platform, &said, chat(user), &text, Some(word)).await;
        if breaks > 0 && chance.u8(..100) < REDELIVERED {
            let platform = platform.clone();
            tokio::spawn(async move { platform.redeliver(delivered.update_id).await });
        }
    }
}
