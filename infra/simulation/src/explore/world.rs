//! The seam as a process of a run sees it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use domain::history::Speaker;
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::{Millis, Token};
use io::world::{Http, Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use models::{Metered, Model, ModelError, Prompt, Reply, Sound};

use super::shared::Shared;
use super::{Asked, ModelTime};

/// A process's own view; its clock may be off.
#[derive(Clone)]
pub(super) struct View {
    pub shared: Arc<Mutex<Shared>>,
    /// Milliseconds its clock is ahead.
    pub skew_ms: i64,
}

pub(super) fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place where others may run: pending once, then ready.
struct Turn<'s> {
    shared: &'s Mutex<Shared>,
    waited: bool,
}

impl Future for Turn<'_> {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.waited {
            return Poll::Ready(());
        }
        self.waited = true;
        locked(self.shared).step.ready = true;
        Poll::Pending
    }
}

/// A process that has died goes no further.
struct Dead<'s>(&'s Mutex<Shared>);

impl Future for Dead<'_> {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        locked(self.0).step.died = true;
        Poll::Pending
    }
}

struct Sleep<'s> {
    shared: &'s Mutex<Shared>,
    until: i64,
    /// Past the deadline of the process.
    overlong: bool,
}

impl Future for Sleep<'_> {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut shared = locked(self.shared);
        if shared.now_ms >= self.until {
            return Poll::Ready(());
        }
        let earliest = shared.step.wake_at.map_or(self.until, |at| at.min(self.until));
        shared.step.wake_at = Some(earliest);
        shared.step.sleeps |= self.overlong;
        Poll::Pending
    }
}

impl View {
    pub(super) async fn call<T>(&self, effect: impl FnOnce(&mut Shared) -> T) -> T {
        Turn { shared: &self.shared, waited: false }.await;
        self.falls(false).await;
        let result = effect(&mut locked(&self.shared));
        self.falls(true).await;
        result
    }

    /// A model's result with what it took, which the ledger counts as well.
    fn counted<T>(&self, result: T, tokens: (u64, u64)) -> Metered<T> {
        locked(&self.shared).ledger.figures.tokens += tokens.0 + tokens.1;
        Metered { result, tokens, is_estimated: false }
    }

    /// The process dies or falls asleep here, when this call was chosen for it.
    async fn falls(&self, after: bool) {
        let (dies, sleeps, now_ms) = {
            let mut shared = locked(&self.shared);
            (shared.kills(after), shared.puts_to_sleep(after), shared.now_ms)
        };
        if dies {
            Dead(&self.shared).await;
        }
        if sleeps {
            Sleep { shared: &self.shared, until: now_ms + super::scheduler::ASLEEP_MS, overlong: true }.await;
        }
    }
}

impl World for View {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(self.call(|shared| shared.table(request)))
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        Box::pin(self.call(|shared| shared.queue(request)))
    }

    fn now(&self) -> Millis {
        Millis(locked(&self.shared).now_ms + self.skew_ms)
    }

    fn sleep(&self, milliseconds: u64) -> Pending<'_, ()> {
        let until = locked(&self.shared).now_ms + i64::try_from(milliseconds).unwrap_or(i64::MAX / 2);
        Box::pin(Sleep { shared: &self.shared, until, overlong: false })
    }

    fn token(&self) -> Token {
        let mut shared = locked(&self.shared);
        shared.tokens += 1;
        Token(format!("t{:010}", shared.tokens))
    }
}

impl Http for View {
    /// The platform.
    fn send(&self, request: HttpRequest) -> Pending<'_, Result<HttpResponse, HttpError>> {
        // A sign that somebody is at work leaves nothing behind: to die around it is to die at the call before.
        if !request.url.ends_with("/sendMessage") {
            let shown = HttpResponse { status: 200, headers: Vec::new(), body: b"{}".to_vec() };
            return Box::pin(std::future::ready(Ok(shown)));
        }
        Box::pin(self.call(move |shared| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let text = body.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
            let chat = body.get("chat_id").and_then(|chat| chat.as_str()).unwrap_or_default().to_owned();
            let status = |status| Ok(HttpResponse { status, headers: Vec::new(), body: b"{}".to_vec() });
            if shared.fails(shared.faults.refused_send) {
                return status(429);
            }
            if shared.mutant.is_some_and(|mutant| mutant.keeps_to_itself(shared.at_work())) {
                shared.at_work().unsaid.push((chat, text));
                return status(200);
            }
            shared.shows(&chat, &text);
            if shared.fails(shared.faults.unknown_send) {
                return Err(HttpError::NoAnswer("as told".to_owned()));
            }
            status(200)
        }))
    }
}

impl Model for View {
    fn transcribe(&self, _: Sound) -> models::Pending<'_, Result<Metered<String>, ModelError>> {
        Box::pin(async move { Ok(self.counted("spoken words".to_owned(), (8, 2))) })
    }

    fn embed(&self, texts: Vec<String>) -> models::Pending<'_, Result<Metered<Vec<Vec<f32>>>, ModelError>> {
        Box::pin(async move {
            let vectors = texts.iter().map(|text| stand_ins::model::embedded(text)).collect();
            let read = texts.iter().map(|text| text.len() as u64 / 4 + 1).sum();
            Ok(self.counted(vectors, (read, 0)))
        })
    }

    /// Takes its time, and answers with the words it was asked about, sometimes in several parts.
    fn answer(&self, prompt: Prompt) -> models::Pending<'_, Result<Reply, ModelError>> {
        Box::pin(async move {
            let asked = prompt.lines.iter().rev().take_while(|(speaker, _)| *speaker == Speaker::User);
            let mut asked: Vec<String> = asked.map(|(_, text)| text.clone()).collect();
            asked.reverse();
            let read = prompt.system.len() + prompt.lines.iter().map(|(_, text)| text.len()).sum::<usize>();
            let lines = prompt.lines.into_iter().map(|(_, text)| text).collect();
            let taken = self.call(|shared| Taken::by(shared, &asked, lines, read)).await;
            if taken.mood == Mood::Busy {
                return Err(ModelError::NotTaken { why: "busy".to_owned(), retry_after_ms: Some(700) });
            }
            self.sleep(taken.took_ms).await;
            match taken.mood {
                Mood::Fails => return Err(ModelError::NoAnswer("as told".to_owned())),
                Mood::Panics => std::panic::resume_unwind(Box::new("as told")),
                Mood::Busy | Mood::Answers => {}
            }
            Ok(Reply { text: taken.text, tokens: taken.tokens, ..Reply::default() })
        })
    }
}

/// What the model makes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Answers,
    Busy,
    Fails,
    Panics,
}

struct Taken {
    mood: Mood,
    took_ms: u64,
    text: String,
    /// A token for four bytes, as English has it.
    tokens: (u64, u64),
}

impl Taken {
    fn by(shared: &mut Shared, asked: &[String], lines: Vec<String>, read: usize) -> Taken {
        let at_ms = shared.now_ms - super::START.0;
        if u64::try_from(at_ms).is_ok_and(|at_ms| shared.model_down_ms.contains(&at_ms)) {
            shared.ledger.turned_away.push(at_ms);
            return Taken::busy();
        }
        let failed = shared.faults.model_failure;
        let mood = if shared.fails(failed) {
            shared.rng.choice([Mood::Busy, Mood::Fails, Mood::Panics]).unwrap_or(Mood::Fails)
        } else {
            Mood::Answers
        };
        if mood == Mood::Busy {
            return Taken::busy();
        }
        shared.note(&asked);
        shared.tell(|| format!("the model is asked {asked:?}"));
        let (at_ms, chat) = (shared.now_ms - super::START.0, shared.at_work().chat.clone());
        shared.ledger.asked(&chat, asked);
        shared.ledger.prompts.push(Asked { at_ms, chat, lines });
        let is_of = |user: u64| asked.iter().any(|text| text.starts_with(&format!("u{user}m")));
        let took_ms = match shared.model_time {
            ModelTime::Drawn => shared.rng.choice([300, 3_000, 12_000, 28_000, 45_000]).unwrap_or(300),
            ModelTime::Fixed(ms) => ms,
            ModelTime::Between(from_ms, to_ms) => shared.rng.u64(from_ms..=to_ms),
            ModelTime::SlowUser { user, slow_ms, .. } if is_of(user) => slow_ms,
            ModelTime::SlowUser { others_ms, .. } => others_ms,
        };
        let parts = if matches!(shared.model_time, ModelTime::Drawn) { [1, 1, 2, 3] } else { [1; 4] };
        let parts = shared.rng.choice(parts).unwrap_or(1);
        let words = asked.join(" ");
        let text = (0..parts).map(|part| paragraph(&words, part, parts)).collect::<Vec<_>>().join("\n\n");
        let tokens = (read as u64 / 4 + 1, text.len() as u64 / 4 + 1);
        shared.ledger.figures.tokens += tokens.0 + tokens.1;
        shared.ledger.calls_in_flight.push((at_ms, at_ms + i64::try_from(took_ms).unwrap_or(0)));
        Taken { mood, took_ms, text, tokens }
    }

    fn busy() -> Taken {
        Taken { mood: Mood::Busy, took_ms: 0, text: String::new(), tokens: (0, 0) }
    }
}

/// A part that fills a message of the platform when there are several.
fn paragraph(words: &str, part: usize, parts: usize) -> String {
    let head = format!("answer {part} to {words}");
    if parts == 1 { head } else { head.clone() + &".".repeat(4_000_usize.saturating_sub(head.len())) }
}
