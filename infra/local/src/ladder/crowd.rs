//! Users who write at once, one message each.

use std::time::{Duration, Instant};

use stand_ins::model::Rule;
use stand_ins::telegram::{Author, Handle};
use tokio::task::JoinSet;

use super::noise::Noise;
use crate::chaos::now_ms;
use crate::chaos::people::{Said, chat, word, write_one};
use crate::cli::Failure;
use crate::stack::Stack;

/// Between two looks at the chats. The platform dates what is seen, so this costs nothing but the looking.
const LOOK: Duration = Duration::from_millis(100);
/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(20);
/// What is not answered so long after the last call could have ended is not waited for; the verdict will name it.
const PATIENCE_MS: u64 = 60_000;

/// Users who write at once.
pub struct Crowd {
    /// From 1. A user who writes again writes the message of that number.
    pub number: u64,
    /// Milliseconds that the model takes, user by user.
    pub calls_ms: Vec<u64>,
    /// Model calls at a time.
    pub cap: usize,
}

/// What became of one message, in milliseconds after the crowd began to write.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// The webhook had acknowledged it.
    pub accepted: u64,
    /// The user saw the answer.
    pub seen: u64,
    /// What the model took for it.
    pub call: u64,
}

/// What a crowd has shown.
pub struct Seen {
    /// How many wrote.
    pub users: usize,
    /// Model calls at a time.
    pub cap: usize,
    /// Those who were answered, in the order of acceptance.
    pub told: Vec<Told>,
    /// The most calls in flight, as the model counts them.
    pub in_flight_max: usize,
    /// What the machine did besides.
    pub noise: Noise,
}

impl Crowd {
    /// All write; returns when all are answered.
    pub async fn write(&self, stack: &Stack, said: &Said) -> Result<Seen, Failure> {
        let platform = stack.engines.telegram.clone().ok_or("there is no platform stand-in")?;
        let model = stack.engines.model.scripted.clone().ok_or("there is no scripted model")?;
        model.set_rules(self.rules());
        let asked_before = model.journal().len();
        let (noise, begin_ms) = (Noise::listen(), now_ms());
        let accepted = self.write_all(&platform, said).await?;
        let seen = self.seen(&platform, &accepted).await;
        let told = self.told(begin_ms, &accepted, &seen);
        let asked = model.journal().into_iter().skip(asked_before);
        Ok(Seen {
            users: self.calls_ms.len(),
            cap: self.cap,
            told,
            in_flight_max: asked.map(|record| record.in_flight).max().unwrap_or(0),
            noise: noise.heard(),
        })
    }

    fn rules(&self) -> Vec<Rule> {
        let rule = |(user, ms): (i64, &u64)| Rule {
            contains: Some(word(user, self.number)),
            delay_ms: Some(*ms),
            ..Rule::default()
        };
        (0..).zip(&self.calls_ms).map(rule).collect()
    }

    /// When each was acknowledged. What was not at the first attempt counts from then as well: its user waits.
    async fn write_all(&self, platform: &Handle, said: &Said) -> Result<Vec<u64>, Failure> {
        eprintln!("{} users write at once", self.calls_ms.len());
        let mut all = JoinSet::new();
        for (user, place) in (0..).zip(0..self.calls_ms.len()) {
            let (platform, said, word) = (platform.clone(), said.clone(), word(user, self.number));
            all.spawn(async move {
                write_one(&platform, &said, chat(user), &word, Some(word.clone())).await;
                (place, now_ms())
            });
        }
        let mut accepted = vec![0; self.calls_ms.len()];
        while let Some(done) = all.join_next().await {
            let (place, at_ms) = done?;
            accepted.get_mut(place).into_iter().for_each(|at| *at = at_ms);
        }
        Ok(accepted)
    }

    /// When each saw the answer, as the platform dates it.
    async fn seen(&self, platform: &Handle, accepted: &[u64]) -> Vec<Option<u64>> {
        let least_ms = super::floor::in_turn(&self.calls_ms, self.cap).into_iter().max().unwrap_or(0);
        let (begin, patience) = (Instant::now(), Duration::from_millis(2 * least_ms + PATIENCE_MS));
        let (mut seen, mut told_at) = (vec![None; accepted.len()], begin);
        while begin.elapsed() < patience && seen.contains(&None) {
            tokio::time::sleep(LOOK).await;
            for (user, seen) in (0..).zip(&mut seen).filter(|(_, seen)| seen.is_none()) {
                *seen = answered_at(platform, user, &word(user, self.number));
            }
            if told_at.elapsed() >= PROGRESS {
                eprintln!("{} of {} answered", seen.iter().flatten().count(), seen.len());
                told_at = Instant::now();
            }
        }
        seen
    }

    fn told(&self, begin_ms: u64, accepted: &[u64], seen: &[Option<u64>]) -> Vec<Told> {
        let all = accepted.iter().zip(seen).zip(&self.calls_ms);
        let answered = all.filter_map(|((accepted, seen), call)| Some((accepted, (*seen)?, call)));
        let mut told: Vec<Told> = answered
            .map(|(accepted, seen, call)| Told {
                accepted: accepted.saturating_sub(begin_ms),
                seen: seen.saturating_sub(begin_ms),
                call: *call,
            })
            .collect();
        told.sort_by_key(|told| told.accepted);
        told
    }
}

fn answered_at(platform: &Handle, user: i64, word: &str) -> Option<u64> {
    let lines = platform.messages(chat(user));
    let answer = lines.iter().rev().find(|line| line.from == Author::Bot && line.text.contains(word));
    answer.map(|line| line.at_ms)
}
