//! The seam as a process of a run sees it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::turn::Speaker;
use domain::{Millis, Token};
use io::world::{Http, Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use models::{Model, ModelError, Prompt, Reply};

use super::shared::Shared;

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
        Poll::Pending
    }
}

impl View {
    async fn call<T>(&self, effect: impl FnOnce(&mut Shared) -> T) -> T {
        Turn { shared: &self.shared, waited: false }.await;
        if locked(&self.shared).kills(false) {
            Dead(&self.shared).await;
        }
        let result = effect(&mut locked(&self.shared));
        if locked(&self.shared).kills(true) {
            Dead(&self.shared).await;
        }
        result
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
        Box::pin(Sleep { shared: &self.shared, until })
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
        Box::pin(self.call(move |shared| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let text = body.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
            let chat = body.get("chat_id").and_then(|chat| chat.as_str()).unwrap_or_default().to_owned();
            let status = |status| Ok(HttpResponse { status, headers: Vec::new(), body: b"{}".to_vec() });
            if shared.fails(shared.faults.refused_send) {
                return status(429);
            }
            shared.note(&text);
            let process = shared.step.process;
            shared.ledger.heard(&chat, &text, process);
            if shared.fails(shared.faults.unknown_send) {
                return Err(HttpError::NoAnswer("as told".to_owned()));
            }
            status(200)
        }))
    }
}

impl Model for View {
    /// Takes its time, and answers with the words it was asked about, sometimes in several parts.
    fn answer(&self, prompt: Prompt) -> models::Pending<'_, Result<Reply, ModelError>> {
        Box::pin(async move {
            let asked = prompt.lines.iter().rev().take_while(|(speaker, _)| *speaker == Speaker::User);
            let mut asked: Vec<String> = asked.map(|(_, text)| text.clone()).collect();
            asked.reverse();
            let (took_ms, parts) = self
                .call(|shared| {
                    shared.note(&asked);
                    shared.ledger.asked(&asked);
                    let took = shared.rng.choice([300, 3_000, 12_000, 28_000, 45_000]).unwrap_or(300);
                    (took, shared.rng.choice([1, 1, 2, 3]).unwrap_or(1))
                })
                .await;
            self.sleep(took_ms).await;
            let words = asked.join(" ");
            let paragraphs: Vec<String> = (0..parts).map(|part| paragraph(&words, part, parts)).collect();
            Ok(Reply { text: paragraphs.join("\n\n"), tokens: (1, 1) })
        })
    }
}

/// A part that fills a message of the platform when there are several.
fn paragraph(words: &str, part: usize, parts: usize) -> String {
    let head = format!("answer {part} to {words}");
    if parts == 1 { head } else { head.clone() + &".".repeat(4_000_usize.saturating_sub(head.len())) }
}
