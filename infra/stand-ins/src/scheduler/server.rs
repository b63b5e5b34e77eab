//! The listener, the clock and the deliveries.
use super::expression::Millis;
use super::rules::{Due, Refusal, Schedules};
use super::wire;
use crate::clock::{Clock, system_clock};
use crate::connection::Connections;
use crate::listening::serve_until;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, io};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// Longest sleep: a clock of a test's own may jump.
const LOOK_EVERY_MS: Millis = 250;

/// Pause after a queue took nothing.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How schedules are kept and delivered.
#[derive(Clone)]
pub struct Options {
    /// The file to keep them in; in memory when absent.
    pub data: Option<PathBuf>,
    /// The SQS that has the queues, as `http://127.0.0.1:9324`.
    pub sqs: String,
    /// The time.
    pub clock: Clock,
}

impl Options {
    /// In memory, on the machine's clock.
    pub fn of(sqs: &str) -> Self {
        Self { data: None, sqs: sqs.to_owned(), clock: system_clock() }
    }
}

/// The schedules, for serving them.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    schedules: Mutex<Schedules>,
    options: Options,
    http: reqwest::Client,
    /// Something may be due earlier than was thought.
    changed: Notify,
    twice: Mutex<u64>,
    /// Deliveries that fail from now on, and those that have.
    failing: Mutex<Failing>,
}

#[derive(Default)]
struct Failing {
    to_come: u64,
    so_far: u64,
}

impl Handle {
    /// # Errors
    /// The file cannot be read: give up.
    pub fn open(options: Options) -> io::Result<Self> {
        let schedules = match options.data.as_deref().map(fs::read) {
            Some(Ok(kept)) => serde_json::from_slice(&kept).map_err(io::Error::other)?,
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => Schedules::default(),
        };
        let shared = Shared {
            schedules: Mutex::new(schedules),
            options,
            http: reqwest::Client::new(),
            changed: Notify::new(),
            twice: Mutex::default(),
            failing: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Serves and delivers until the shutdown.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (stopping, _) = watch::channel(false);
        let serving =
            serve_until(listener, wire::router(self.clone()), stopping, Connections::default(), shutdown);
        tokio::select! {
            ended = serving => ended,
            () = self.deliver_what_is_due() => Ok(()),
        }
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&Schedules) -> T) -> T {
        look(&locked(&self.shared.schedules))
    }

    /// Runs one action; nobody is answered before the change is kept.
    pub(super) fn change<T>(
        &self,
        action: impl FnOnce(&mut Schedules, Millis) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut schedules = locked(&self.shared.schedules);
        let done = action(&mut schedules, (self.shared.options.clock)());
        if let Some(file) = &self.shared.options.data
            && let Err(error) = keep(file, &schedules)
        {
            eprintln!("scheduler: a change could not be written: {error}");
        }
        self.shared.changed.notify_one();
        done
    }

    pub(super) fn deliver_twice(&self, times: u64) {
        *locked(&self.shared.twice) = times;
    }

    pub(super) fn fail(&self, times: u64) {
        locked(&self.shared.failing).to_come = times;
    }

    /// How often a queue did not take what was due: the service's `TargetErrorCount`.
    pub fn failures(&self) -> u64 {
        locked(&self.shared.failing).so_far
    }

    /// When something falls due that is not due yet.
    pub fn next_after(&self, now: Millis) -> Option<Millis> {
        self.look(|schedules| schedules.next_after(now))
    }

    async fn deliver_what_is_due(&self) {
        loop {
            let now = (self.shared.options.clock)();
            let (due, next_at) = {
                let mut schedules = locked(&self.shared.schedules);
                (schedules.due(now), schedules.next_at())
            };
            for due in &due {
                self.deliver(due).await;
            }
            let wait_ms = next_at.map_or(LOOK_EVERY_MS, |at| at.saturating_sub(now).clamp(5, LOOK_EVERY_MS));
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
                () = self.shared.changed.notified() => {}
            }
        }
    }

    /// Sends, and then goes on to the next time: a stop in between delivers again.
    async fn deliver(&self, due: &Due) {
        let is_twice = {
            let mut twice = locked(&self.shared.twice);
            let is_twice = *twice > 0;
            *twice = twice.saturating_sub(1);
            is_twice
        };
        for _ in 0..=u32::from(is_twice) {
            if !self.arrives(due).await {
                tokio::time::sleep(AGAIN_AFTER).await;
                return;
            }
        }
        let _ = self.change(|schedules, now| {
            schedules.delivered(due, now);
            Ok(())
        });
    }

    async fn arrives(&self, due: &Due) -> bool {
        let is_refused = {
            let mut failing = locked(&self.shared.failing);
            let is_refused = failing.to_come > 0;
            failing.to_come = failing.to_come.saturating_sub(1);
            is_refused
        };
        let arrives = !is_refused && self.send(due).await;
        locked(&self.shared.failing).so_far += u64::from(!arrives);
        arrives
    }

    /// `SendMessage`, as AWS JSON 1.0.
    async fn send(&self, due: &Due) -> bool {
        let mut names = due.queue_arn.rsplit(':');
        let (queue, account) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let sqs = self.shared.options.sqs.trim_end_matches('/');
        let body =
            serde_json::json!({ "QueueUrl": format!("{sqs}/{account}/{queue}"), "MessageBody": due.body });
        let send = self.shared.http.post(format!("{sqs}/")).body(body.to_string());
        let send = send
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.SendMessage")
            .header("authorization", signature(&due.role_arn));
        send.send().await.is_ok_and(|answer| answer.status().is_success())
    }
}

/// It acts as the schedule's role, whose name stands where an access key does. Other engines than ours find the service
/// and region by it.
fn signature(role_arn: &str) -> String {
    let role = role_arn.rsplit('/').next().unwrap_or_default();
    let scope = format!("{role}/20260101/us-east-1/sqs/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// All or nothing: a file that is replaced.
fn keep(file: &Path, schedules: &Schedules) -> io::Result<()> {
    let written = file.with_extension("new");
    fs::write(&written, serde_json::to_vec(schedules)?)?;
    fs::rename(written, file)
}

/// A panic under the lock leaves whole actions behind, so the state can still be used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
