//! Updates on their way to the webhook.
//!
//! As on the real server (tdlib/telegram-bot-api, `WebhookActor.cpp`): any 2xx is success. Everything else is
//! tried again, at once, then after doubling delays, or when a Retry-After header says. Updates of one lane
//! keep their order: the next waits for the one before. An update is given up when it is too old.
use super::platform::Webhook;
use crate::listening::wait_for_stop;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

/// The real server closes an idle connection after this.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// The longest that a Retry-After is honoured.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// The real server takes a random cap between 60 and 120 s; a fixed one keeps runs alike.
const BACKOFF_MAX: Duration = Duration::from_mins(1);
pub(super) const MESSAGE_LIFE: Duration = Duration::from_hours(24);
pub(super) const QUERY_LIFE: Duration = Duration::from_secs(150);

/// New and edited messages of a chat share a lane; button presses have one for each user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    Messages(i64),
    Queries(i64),
}

#[derive(Clone)]
pub(super) struct Post {
    http: reqwest::Client,
    backoff: Duration,
    lanes: Arc<Mutex<BTreeMap<Lane, Waiting>>>,
    webhook: watch::Sender<Option<Webhook>>,
    stopping: watch::Sender<bool>,
    on_error: Arc<dyn Fn(String) + Send + Sync>,
}

/// A lane exists for as long as a task empties it.
#[derive(Default)]
struct Waiting {
    letters: VecDeque<Letter>,
    /// One more letter is with the task.
    delivering: bool,
}

struct Letter {
    body: String,
    give_up_at: Instant,
    /// Told the status of the first attempt; `None` when there was no answer.
    first_status: Option<oneshot::Sender<Option<u16>>>,
}

/// How one attempt ended.
struct Attempt {
    status: Option<u16>,
    retry_after: Option<Duration>,
}

impl Post {
    pub(super) fn new(
        http: reqwest::Client,
        backoff: Duration,
        stopping: watch::Sender<bool>,
        on_error: Arc<dyn Fn(String) + Send + Sync>,
    ) -> Self {
        let (webhook, _) = watch::channel(None);
        Self { http, backoff, lanes: Arc::default(), webhook, stopping, on_error }
    }

    pub(super) fn set_webhook(&self, webhook: Option<Webhook>) {
        self.webhook.send_replace(webhook);
    }

    pub(super) fn webhook(&self) -> Option<Webhook> {
        self.webhook.borrow().clone()
    }

    pub(super) fn pending(&self) -> usize {
        self.lanes().values().map(|lane| lane.letters.len() + usize::from(lane.delivering)).sum()
    }

    /// Puts an update into its lane. The receiver learns the status of the first attempt.
    pub(super) fn enqueue(
        &self,
        lane: Lane,
        update: &Value,
        life: Duration,
    ) -> oneshot::Receiver<Option<u16>> {
        let (first_status, first) = oneshot::channel();
        let give_up_at = Instant::now() + life;
        let letter = Letter { body: update.to_string(), give_up_at, first_status: Some(first_status) };
        let mut lanes = self.lanes();
        let idle = !lanes.contains_key(&lane);
        lanes.entry(lane).or_default().letters.push_back(letter);
        if idle {
            let post = self.clone();
            tokio::spawn(async move {
                let mut stopping = post.stopping.subscribe();
                tokio::select! {
                    () = post.empty(lane) => {}
                    () = wait_for_stop(&mut stopping) => {}
                }
            });
        }
        first
    }

    /// One attempt outside of all lanes. `None` without a webhook, or without an answer.
    pub(super) async fn once(&self, update: &Value) -> Option<u16> {
        let webhook = self.webhook()?;
        self.attempt(&webhook, update.to_string()).await.status
    }

    async fn empty(&self, lane: Lane) {
        while let Some(letter) = self.take(lane) {
            self.deliver(letter).await;
        }
    }

    /// The lane's next letter; a lane without one goes away.
    fn take(&self, lane: Lane) -> Option<Letter> {
        let mut lanes = self.lanes();
        let waiting = lanes.get_mut(&lane)?;
        let letter = waiting.letters.pop_front();
        waiting.delivering = letter.is_some();
        if letter.is_none() {
            lanes.remove(&lane);
        }
        letter
    }

    async fn deliver(&self, mut letter: Letter) {
        let mut webhook = self.webhook.subscribe();
        let mut failures: u32 = 0;
        loop {
            let Ok(Some(target)) = webhook.wait_for(Option::is_some).await.map(|target| target.clone())
            else {
                return;
            };
            if Instant::now() >= letter.give_up_at {
                return;
            }
            let attempt = self.attempt(&target, letter.body.clone()).await;
            if let Some(first) = letter.first_status.take() {
                // Whoever asked may no longer wait.
                let _ = first.send(attempt.status);
            }
            if attempt.status.is_some_and(|status| (200..300).contains(&status)) {
                return;
            }
            failures += 1;
            let pause = attempt.retry_after.unwrap_or_else(|| backoff(failures, self.backoff));
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, webhook: &Webhook, body: String) -> Attempt {
        let mut request = self.http.post(&webhook.url).timeout(ANSWER_WITHIN).body(body);
        request = request.header(CONTENT_TYPE, "application/json");
        if let Some(secret) = &webhook.secret_token {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        match request.send().await {
            Ok(answer) => {
                let status = answer.status();
                if !status.is_success() {
                    (self.on_error)(format!("Wrong response from the webhook: {status}"));
                }
                let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
                let retry_after = retry_after.map(|wait| wait.min(RETRY_AFTER_MAX));
                Attempt { status: Some(status.as_u16()), retry_after }
            }
            Err(error) => {
                (self.on_error)(format!("Connection failed: {error}"));
                Attempt { status: None, retry_after: None }
            }
        }
    }

    fn lanes(&self) -> MutexGuard<'_, BTreeMap<Lane, Waiting>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first retry is made at once, the second after the base, then the pauses double.
fn backoff(failures: u32, base: Duration) -> Duration {
    match failures {
        0 | 1 => Duration::ZERO,
        more => base.saturating_mul(2_u32.saturating_pow(more - 2)).min(BACKOFF_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_retry_is_made_at_once_and_the_pauses_after_it_double() {
        let base = Duration::from_millis(40);
        let pauses = [1, 2, 3, 4].map(|failures| backoff(failures, base).as_millis());
        assert_eq!(pauses, [0, 40, 80, 160]);
        assert_eq!(backoff(99, base), BACKOFF_MAX);
    }
}
