//! The listener, and the waiting of long polls.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::engine::{Engine, Failure};
use super::rules::{Millis, Queues, Receive, Received, SqsError};
use super::snapshot::{Snapshot, snapshot};
use super::wire;
use crate::clock::{Clock, system_clock};
use crate::connection::Connections;
use crate::listening::{serve_until, wait_for_stop};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// How the queues are served.
#[derive(Clone)]
pub struct Options {
    /// The folder to keep the queues in; in memory when absent.
    pub data: Option<PathBuf>,
    pub region: String,
    pub account: String,
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: None,
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            clock: system_clock(),
        }
    }
}

/// The queues, for serving them and for looking at them without the wire.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Mutex<Engine>,
    clock: Clock,
    account: String,
    /// Wakes the long polls of a queue.
    wakers: Mutex<BTreeMap<String, Arc<Notify>>>,
    stopping: watch::Sender<bool>,
    connections: Connections,
}

/// Serves the queues until the shutdown.
///
/// # Errors
/// The folder is in use by another process or cannot be read, or the listener fails: give up.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    Handle::open(options)?.serve(listener, shutdown).await
}

impl Handle {
    /// # Errors
    /// The folder is in use by another process or cannot be read: give up.
    pub fn open(options: Options) -> io::Result<Self> {
        let Options { data, region, account, clock } = options;
        let engine = Mutex::new(Engine::open(data.as_deref(), &region, &account, clock())?);
        let wakers = Mutex::default();
        let ((stopping, _), connections) = (watch::channel(false), Connections::default());
        Ok(Self { shared: Arc::new(Shared { engine, clock, account, wakers, stopping, connections }) })
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let stopping = self.shared.stopping.clone();
        serve_until(listener, wire::router(self.clone()), stopping, self.shared.connections.clone(), shutdown)
            .await
    }

    /// How many connections its clients have opened so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.taken()
    }

    /// All queues with their messages as of now. Empty when the store has failed.
    pub fn snapshot(&self) -> Snapshot {
        let taken = self.act(|queues, now| Ok(snapshot(queues, now)));
        taken.unwrap_or_else(|_| Snapshot { at: (self.shared.clock)(), queues: Vec::new() })
    }

    /// The clock has moved by itself: whoever waits looks again.
    pub fn clock_moved(&self) {
        locked(&self.shared.wakers).values().for_each(|waker| waker.notify_waiters());
    }

    pub(super) fn account(&self) -> &str {
        &self.shared.account
    }

    /// Runs one action and keeps its changes. The write to the log file takes some tens of microseconds, so
    /// it happens here and not on another thread.
    pub(super) fn act<T>(
        &self,
        action: impl FnOnce(&mut Queues, Millis) -> Result<T, SqsError>,
    ) -> Result<T, Failure> {
        let done = {
            let mut engine = locked(&self.shared.engine);
            let now = (self.shared.clock)();
            engine.act(|queues| action(queues, now))?
        };
        let wakers = locked(&self.shared.wakers);
        for waker in done.changed.iter().filter_map(|queue| wakers.get(queue)) {
            waker.notify_one();
        }
        Ok(done.answer)
    }

    /// Receives, and waits for up to `wait_s` (the queue's default when absent) while there is nothing.
    /// It looks again when an action left something to receive, and when a hold ends. An action wakes one that waits,
    /// and whoever leaves wakes the next: a crowd of pollers is not woken for one message.
    pub(super) async fn receive(
        &self,
        queue: &str,
        request: Receive,
        wait_s: Option<u32>,
    ) -> Result<Vec<Received>, Failure> {
        let waker = self.waker(queue);
        let _passed_on = PassedOn(&waker);
        let mut stopping = self.shared.stopping.subscribe();
        let mut deadline = None;
        loop {
            let mut woken = pin!(waker.notified());
            woken.as_mut().enable();
            let (received, now, next) = self.act(|queues, now| {
                let wait = wait_s.map_or_else(|| queues.wait_default_s(queue), Ok)?;
                deadline.get_or_insert(now + Millis::from(wait) * 1000);
                Ok((queues.receive(queue, &request, now)?, now, queues.next_change(queue, now)))
            })?;
            let until = deadline.unwrap_or(now);
            if !received.is_empty() || now >= until || *stopping.borrow() {
                return Ok(received);
            }
            let sleep_ms = next.map_or(until, |next| next.min(until)).saturating_sub(now).max(1);
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(Duration::from_millis(sleep_ms)) => {}
                () = wait_for_stop(&mut stopping) => {}
            }
        }
    }

    fn waker(&self, queue: &str) -> Arc<Notify> {
        Arc::clone(locked(&self.shared.wakers).entry(queue.to_owned()).or_default())
    }
}

/// Wakes the next that waits when this one ends, also by a connection that is cut: there may be more to receive, or
/// the one that was told of it is gone.
struct PassedOn<'w>(&'w Notify);

impl Drop for PassedOn<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A panic under the lock leaves whole actions behind, so the state can still be used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
