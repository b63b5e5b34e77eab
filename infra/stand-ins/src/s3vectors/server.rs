//! The listener, what was written, and what goes wrong.
use super::rules::{Account, Refusal};
use super::wire;
use crate::connection::Connections;
use crate::listening::serve_until;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How vectors are kept.
#[derive(Clone, Default)]
pub struct Options {
    /// The file to keep them in, one change a line; in memory when absent.
    pub data: Option<PathBuf>,
    /// Vector buckets that are there from the start.
    pub buckets: Vec<String>,
}

/// What goes wrong with the next requests, one of each after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// So many are throttled (429).
    pub throttled: u32,
    /// So many find the service unavailable (503).
    pub unavailable: u32,
    /// So many lack the right (403).
    pub denied: u32,
    /// Each is answered so much later, until other faults are set.
    pub slow_ms: u64,
}

/// The service, for serving it and for controlling it without the wire.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    account: Mutex<Account>,
    faults: Mutex<Faults>,
    journal: Mutex<Vec<(String, usize)>>,
    file: Option<Mutex<File>>,
}

impl Handle {
    /// # Errors
    /// The file cannot be read or written: give up.
    pub fn open(options: &Options) -> io::Result<Self> {
        let mut account = Account::default();
        for bucket in &options.buckets {
            let _ = account.call("CreateVectorBucket", &json!({ "vectorBucketName": bucket }));
        }
        if let Some(file) = options.data.as_ref().filter(|file| file.exists()) {
            replay(&mut account, File::open(file)?)?;
        }
        let file = options.data.as_ref().map(|file| OpenOptions::new().create(true).append(true).open(file));
        let shared = Shared {
            account: Mutex::new(account),
            faults: Mutex::default(),
            journal: Mutex::default(),
            file: file.transpose()?.map(Mutex::new),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// # Errors
    /// The listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (stopping, _) = watch::channel(false);
        serve_until(listener, wire::router(self.clone()), stopping, Connections::default(), shutdown).await
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        *locked(&self.shared.faults) = faults;
    }

    /// How many vectors or keys the requests of each operation had that were obeyed; one for a request without any.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (operation, count) in locked(&self.shared.journal).iter() {
            *counts.entry(operation.clone()).or_insert(0) += count;
        }
        counts
    }

    /// One request. Nobody is answered before the change is kept.
    pub(super) async fn call(&self, operation: &str, asked: &Value) -> Result<Value, Refusal> {
        let (fault, slow_ms) = self.fault();
        if slow_ms > 0 {
            tokio::time::sleep(Duration::from_millis(slow_ms)).await;
        }
        if let Some(refusal) = fault {
            return Err(refusal);
        }
        let done = locked(&self.shared.account).call(operation, asked)?;
        self.note(operation, asked);
        Ok(done)
    }

    fn fault(&self) -> (Option<Refusal>, u64) {
        let mut faults = locked(&self.shared.faults);
        let Faults { throttled, unavailable, denied, slow_ms } = &mut *faults;
        let next =
            [(throttled, Refusal::Throttled), (unavailable, Refusal::Unavailable), (denied, Refusal::Denied)];
        let due = next.into_iter().find(|(left, _)| **left > 0);
        let refusal = due.map(|(left, refusal)| {
            *left -= 1;
            refusal
        });
        (refusal, *slow_ms)
    }

    fn note(&self, operation: &str, asked: &Value) {
        let items = ["vectors", "keys"].into_iter().find_map(|field| asked.get(field)?.as_array());
        locked(&self.shared.journal).push((operation.to_owned(), items.map_or(1, Vec::len)));
        if let Some(file) = self.shared.file.as_ref().filter(|_| Account::changes(operation)) {
            let line = format!("{}\n", json!([operation, asked]));
            if let Err(error) = locked(file).write_all(line.as_bytes()) {
                eprintln!("s3vectors: a change could not be written: {error}");
            }
        }
    }
}

/// Obeys again what was obeyed. A last line may be cut off.
fn replay(account: &mut Account, file: File) -> io::Result<()> {
    for line in BufReader::new(file).lines() {
        if let Ok((operation, asked)) = serde_json::from_str::<(String, Value)>(&line?) {
            let _ = account.call(&operation, &asked);
        }
    }
    Ok(())
}

/// A panic under the lock leaves whole actions behind, so the state can still be used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
