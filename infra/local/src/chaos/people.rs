//! The users: each writes at random, in bursts and alone, long and short, cancels, and has updates delivered again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use stand_ins::model::Rule;
use stand_ins::telegram::{Delivered, Handle, Say};
use tokio::task::JoinSet;

/// The chat of the first user; the others follow.
const FIRST_CHAT: i64 = 2_000_000;
/// A part of Telegram has 4,096 units: the answer to a long message has two.
const LONG_WORDS: usize = 700;

/// A message as a user wrote it.
#[derive(Debug, Clone)]
pub struct Written {
    /// In which chat.
    pub chat: i64,
    /// The word that stands in no other message; `None` for a cancel.
    pub word: Option<String>,
    /// The platform's number of it.
    pub message_id: u64,
    /// The number of its update.
    pub update_id: i64,
}

/// What has been written so far.
#[derive(Clone, Default)]
pub struct Said(Arc<Mutex<Vec<Written>>>);

impl Said {
    /// Everything.
    pub fn all(&self) -> Vec<Written> {
        self.written().clone()
    }

    /// How much.
    pub fn count(&self) -> usize {
        self.written().len()
    }

    fn written(&self) -> MutexGuard<'_, Vec<Written>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes the model slow, or never answer.
pub fn rules() -> Vec<Rule> {
    let rule = |word: &str| Rule { contains: Some(word.to_owned()), ..Rule::default() };
    vec![Rule { hang: true, ..rule("never") }, Rule { delay_ms: Some(1_500), ..rule("slowly") }]
}

/// The word of a user's message: no other message contains it.
pub fn word(user: i64, number: u64) -> String {
    format!("u{user:03}m{number:05}")
}

/// The words of that form in a text.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_one =
        |word: &&str| word.len() == 10 && word.starts_with('u') && word.as_bytes().get(4) == Some(&b'm');
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_one)
}

/// The chat of a user.
pub fn chat(user: i64) -> i64 {
    FIRST_CHAT + user
}

/// All users write until the end. Returns when the first delivery of everything has been tried.
pub async fn write(platform: &Handle, said: &Said, users: u32, seed: u64, end: Instant) {
    let mut all = JoinSet::new();
    for user in 0..i64::from(users) {
        let chance = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(user.unsigned_abs()));
        let person = Person { platform: platform.clone(), said: said.clone(), user, chance, number: 0, end };
        all.spawn(person.live());
    }
    while all.join_next().await.is_some() {}
}

/// One message. Returns when its first delivery has been tried.
pub async fn write_one(
    platform: &Handle,
    said: &Said,
    chat: i64,
    text: &str,
    word: Option<String>,
) -> Delivered {
    let delivered = platform.say(chat, Say { text: text.to_owned(), ..Say::default() }).await;
    let message_id = delivered.message_id.unwrap_or_default().unsigned_abs();
    said.written().push(Written { chat, word, message_id, update_id: delivered.update_id });
    delivered
}

struct Person {
    platform: Handle,
    said: Said,
    user: i64,
    chance: Rng,
    number: u64,
    end: Instant,
}

impl Person {
    async fn live(mut self) {
        self.pause(0..4_000).await;
        while Instant::now() < self.end {
            match self.chance.u8(..100) {
                0..55 => self.says("").await,
                55..70 => self.bursts().await,
                70..76 => self.says("slowly").await,
                76..78 => self.says("never").await,
                78..82 => self.says_much().await,
                82..92 => self.cancels().await,
                _ => self.is_delivered_again(),
            }
            self.pause(500..6_000).await;
        }
    }

    async fn pause(&mut self, range_ms: std::ops::Range<u64>) {
        tokio::time::sleep(Duration::from_millis(self.chance.u64(range_ms))).await;
    }

    async fn bursts(&mut self) {
        for _ in 0..self.chance.u8(2..=5) {
            self.says("").await;
            self.pause(0..200).await;
        }
    }

    async fn says(&mut self, manner: &str) {
        let word = self.next_word();
        let text = format!("{word} {manner}");
        self.writes(text.trim(), Some(word)).await;
    }

    async fn says_much(&mut self) {
        let word = self.next_word();
        self.writes(&vec![word.as_str(); LONG_WORDS].join(" "), Some(word)).await;
    }

    async fn cancels(&mut self) {
        self.writes("cancel", None).await;
    }

    fn next_word(&mut self) -> String {
        self.number += 1;
        word(self.user, self.number)
    }

    async fn writes(&self, text: &str, word: Option<String>) {
        write_one(&self.platform, &self.said, chat(self.user), text, word).await;
    }

    /// An earlier update of anybody's comes once more, out of turn, whether or not it was acknowledged.
    fn is_delivered_again(&mut self) {
        let update_id = self.chance.choice(self.said.written().iter()).map(|written| written.update_id);
        let platform = self.platform.clone();
        if let Some(update_id) = update_id {
            tokio::spawn(async move { platform.redeliver(update_id).await });
        }
    }
}
