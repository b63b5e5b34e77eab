//! One user sends, and a follow-up is aimed at the end of that turn: its admission at a uniformly random moment within
//! the 40 ms around the commit. When that will be is learned from the pairs before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::turn::Strategy;
use domain::{Address, Channel, ConversationKey, MessageHash};
use fastrand::Rng;
use stand_ins::network::Weather;
use stand_ins::telegram::{Author, Handle};
use tokio::task::JoinSet;

use super::Row;
use crate::audit::Table;
use crate::chaos::evidence::Evidence;
use crate::chaos::harm::Kills;
use crate::chaos::people::{Said, chat, word, write_one};
use crate::chaos::{self, QUICK, Way, bot, now_ms, quiet};
use crate::cli::Failure;
use crate::stack::Stack;

/// Users at a time.
const USERS: u32 = 6;
/// Pairs of each user that only teach.
const LESSONS: u32 = 4;
/// Milliseconds that the model takes.
const TURN_MS: u64 = 150;
/// Half of the window around the commit.
const HALF_WINDOW_MS: i64 = 20;
/// A follow-up that is not answered by then counts as stranded.
const SETTLE: Duration = Duration::from_secs(4);

/// Measures at a latency of the table.
pub async fn run(latency_ms: u64, pairs: u32, seed: u64) -> Result<Row, Failure> {
    let name = format!("follow-up at the end of a turn, table {latency_ms} ms");
    eprintln!("{name}");
    let bot = bot::folder(Strategy::Queue)?;
    let (stack, deaths) = chaos::start(bot.path(), QUICK, TURN_MS, 12, Way::Breakable(seed)).await?;
    if let Some(network) = &stack.network {
        let delay_us = (latency_ms * 500, latency_ms * 1_500);
        network.dynamodb.set_weather(Weather { delay_us, ..Weather::default() });
    }
    let (said, seen) = (Said::default(), Arc::new(Mutex::new(Seen::default())));
    pairs_of_all(&stack, &said, &seen, pairs, seed).await?;
    let is_quiet = quiet::wait(&stack).await;
    let (said, deaths) = (said.all(), chaos::taken(&deaths));
    let kills = Kills::default();
    let evidence = Evidence { stack: &stack, said: &said, deaths: &deaths, kills, is_quiet };
    let verdict = evidence.judge().await?;
    stack.lambda.shut_down();
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let note = format!(
        "{} pairs, {} admitted within {HALF_WINDOW_MS} ms of the commit, {} before it; slowest answer {} ms",
        seen.pairs, seen.hits, seen.before, seen.slowest_ms
    );
    Ok(Row { name, verdict, stranded: seen.stranded, note })
}

/// What the pairs have shown.
#[derive(Default)]
struct Seen {
    pairs: u32,
    stranded: u64,
    hits: u32,
    before: u32,
    slowest_ms: u128,
    /// Milliseconds from writing the first message to its commit.
    commits: VecDeque<i64>,
    /// Milliseconds from writing the follow-up to its admission.
    admissions: VecDeque<i64>,
}

impl Seen {
    /// Milliseconds after the first message at which a follow-up has to be written, to be admitted at the commit.
    fn aim(&self) -> i64 {
        middle(&self.commits).unwrap_or(400) - middle(&self.admissions).unwrap_or(20)
    }

    fn learn(&mut self, commit_ms: i64, admission_ms: i64) {
        for (known, new) in [(&mut self.commits, commit_ms), (&mut self.admissions, admission_ms)] {
            known.push_back(new);
            if known.len() > 15 {
                known.pop_front();
            }
        }
    }

    fn count(&mut self, offset_ms: Option<i64>) {
        let Some(offset_ms) = offset_ms else { return };
        self.hits += u32::from(offset_ms.abs() <= HALF_WINDOW_MS);
        self.before += u32::from(offset_ms <= 0);
    }
}

fn middle(values: &VecDeque<i64>) -> Option<i64> {
    let mut sorted: Vec<i64> = values.iter().copied().collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

async fn pairs_of_all(
    stack: &Stack,
    said: &Said,
    seen: &Arc<Mutex<Seen>>,
    pairs: u32,
    seed: u64,
) -> Result<(), Failure> {
    let platform = stack.engines.telegram.clone().ok_or("there is no platform stand-in")?;
    let table = Arc::new(Table::at(&stack.engines.places.dynamodb, "chaos").await);
    let mut all = JoinSet::new();
    for user in 0..USERS {
        let id = i64::from(user);
        let address = Address { channel: Channel::of("telegram"), chat: chat(id).to_string(), thread: None };
        let person = Person {
            platform: platform.clone(),
            table: Arc::clone(&table),
            said: said.clone(),
            seen: Arc::clone(seen),
            conversation: ConversationKey::of(&stack.bot.name, &address),
            user: id,
            chance: Rng::with_seed(seed.wrapping_add(u64::from(user))),
        };
        let share = pairs / USERS + u32::from(user < pairs % USERS);
        all.spawn(person.all_pairs(share));
    }
    while let Some(done) = all.join_next().await {
        done??;
    }
    Ok(())
}

struct Person {
    platform: Handle,
    table: Arc<Table>,
    said: Said,
    seen: Arc<Mutex<Seen>>,
    conversation: ConversationKey,
    user: i64,
    chance: Rng,
}

impl Person {
    async fn all_pairs(mut self, pairs: u32) -> Result<(), Failure> {
        for number in 0..pairs + LESSONS {
            let counts = number >= LESSONS;
            self.pair(u64::from(number) * 2 + 1, counts).await?;
            tokio::time::sleep(Duration::from_millis(self.chance.u64(100..200))).await;
            if self.user == 0 && number % 20 == 19 {
                eprintln!("{} pairs", self.seen().pairs);
            }
        }
        Ok(())
    }

    async fn pair(&mut self, number: u64, counts: bool) -> Result<(), Failure> {
        let first_at = now_ms();
        self.writes(number).await;
        let beside = self.chance.i64(-HALF_WINDOW_MS..=HALF_WINDOW_MS);
        let aim = self.seen().aim() + beside;
        let wait_ms = u64::try_from(aim).unwrap_or(0).saturating_sub(now_ms() - first_at);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;

        let (second_at, begin) = (now_ms(), Instant::now());
        let message_id = self.writes(number + 1).await;
        let offset = self.look(first_at, second_at, message_id).await?;
        let is_answered = self.hears(&word(self.user, number + 1), begin + SETTLE).await;
        let mut seen = self.seen();
        if counts {
            seen.pairs += 1;
            seen.count(offset);
            seen.stranded += u64::from(!is_answered);
            seen.slowest_ms = seen.slowest_ms.max(begin.elapsed().as_millis());
        }
        Ok(())
    }

    async fn writes(&self, number: u64) -> u64 {
        let word = word(self.user, number);
        let delivered =
            write_one(&self.platform, &self.said, chat(self.user), &word, Some(word.clone())).await;
        delivered.message_id.unwrap_or_default().unsigned_abs()
    }

    /// How long after the first turn's commit the follow-up was admitted, from the mailbox while it waits.
    async fn look(&self, first_at: u64, second_at: u64, message_id: u64) -> Result<Option<i64>, Failure> {
        let (first_at, second_at) = (i64::try_from(first_at)?, i64::try_from(second_at)?);
        let begin = Instant::now();
        while begin.elapsed() < SETTLE {
            let mailbox = self.table.mailbox(&self.conversation).await?.unwrap_or_default();
            let committed = mailbox.active_at.map(|at| at.0).filter(|at| *at >= first_at);
            let waiting = mailbox.waiting.get(&MessageHash::counted(message_id));
            match (committed, waiting) {
                (Some(committed), Some(waiting)) => {
                    let admitted = waiting.admitted_at.0;
                    self.seen().learn(committed - first_at, admitted - second_at);
                    return Ok(Some(admitted - committed));
                }
                (Some(_), None) => return Ok(None),
                (None, _) => tokio::time::sleep(Duration::from_millis(3)).await,
            }
        }
        Ok(None)
    }

    async fn hears(&self, word: &str, until: Instant) -> bool {
        while Instant::now() < until {
            let lines = self.platform.messages(chat(self.user));
            if lines.iter().rev().any(|line| line.from == Author::Bot && line.text.contains(word)) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
