//! The writing: each message at its time, whatever became of those before.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use stand_ins::telegram::{Author, Handle};
use tokio::task::JoinSet;

use super::arrivals::Arrival;
use crate::chaos::now_ms;
use crate::chaos::people::{Said, Written, chat, word, words, write_one};

/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);

/// Who writes, and where.
pub struct Press<'p> {
    /// The platform.
    pub platform: &'p Handle,
    /// What was written.
    pub said: &'p Said,
    /// Whether to tell how it goes.
    pub progress: bool,
}

/// What became of the first delivery of a message.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its word.
    pub word: String,
    /// When it was due, in milliseconds since 1970.
    pub due_ms: u64,
    /// When the generator came round to it.
    pub begun_ms: u64,
    /// When the first delivery had ended.
    pub ended_ms: u64,
    /// Whether the webhook had acknowledged it by then.
    pub is_acknowledged: bool,
}

impl Press<'_> {
    /// Writes all; returns when the first delivery of each has ended.
    pub async fn all(&self, arrivals: &[Arrival]) -> Vec<Sent> {
        let (begin, begin_ms) = (Instant::now(), now_ms());
        let (mut writing, mut sent) = (JoinSet::new(), Vec::with_capacity(arrivals.len()));
        let mut told_at = begin;
        for arrival in arrivals {
            tokio::time::sleep_until((begin + arrival.at).into()).await;
            let due_ms = begin_ms + u64::try_from(arrival.at.as_millis()).unwrap_or(u64::MAX);
            writing.spawn(write(self.platform.clone(), self.said.clone(), *arrival, due_ms));
            while let Some(done) = writing.try_join_next() {
                sent.extend(done);
            }
            if self.progress && told_at.elapsed() >= PROGRESS {
                told_at = Instant::now();
                eprintln!(
                    "{} s: {} of {} written, {} deliveries under way",
                    begin.elapsed().as_secs(),
                    sent.len() + writing.len(),
                    arrivals.len(),
                    writing.len()
                );
            }
        }
        while let Some(done) = writing.join_next().await {
            sent.extend(done);
        }
        sent
    }

    /// When each word was first seen in an answer, in milliseconds since 1970, as the platform dates it.
    pub fn seen(&self, said: &[Written]) -> HashMap<String, u64> {
        let mut chats: Vec<i64> = said.iter().map(|written| written.chat).collect();
        chats.sort_unstable();
        chats.dedup();
        let mut seen = HashMap::new();
        for chat in chats {
            for line in self.platform.messages(chat).into_iter().filter(|line| line.from == Author::Bot) {
                for word in words(&line.text) {
                    seen.entry(word.to_owned()).or_insert(line.at_ms);
                }
            }
        }
        seen
    }
}

async fn write(platform: Handle, said: Said, arrival: Arrival, due_ms: u64) -> Sent {
    let (begun_ms, user) = (now_ms(), i64::from(arrival.user));
    let word = word(user, arrival.number);
    let delivered = write_one(&platform, &said, chat(user), &word, Some(word.clone())).await;
    let is_acknowledged = delivered.status.is_some_and(|status| (200..300).contains(&status));
    Sent { word, due_ms, begun_ms, ended_ms: now_ms(), is_acknowledged }
}
