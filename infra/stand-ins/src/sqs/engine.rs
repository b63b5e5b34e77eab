//! The rules and their store under one lock: nobody is answered before the change is kept.
use super::rules::{Millis, Queues, SqsError};
use super::store::Store;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

pub(super) struct Engine {
    queues: Queues,
    store: Option<Store>,
    /// Set when a write failed: memory is ahead of the disk then, and only a restart brings them together.
    failed: bool,
}

#[derive(Debug)]
pub(super) enum Failure {
    Refused(SqsError),
    /// The change could not be kept.
    NotKept,
}

/// An answer, and the queues that changed: a long poll looks again, for there may be something to receive, or a
/// delay that ends sooner than what it waits for.
pub(super) struct Done<T> {
    pub(super) answer: T,
    pub(super) changed: BTreeSet<String>,
}

impl Engine {
    pub(super) fn open(data: Option<&Path>, region: &str, account: &str, now: Millis) -> io::Result<Self> {
        let Some(folder) = data else {
            return Ok(Self { queues: Queues::new(region, account, now), store: None, failed: false });
        };
        let store = Store::open(folder, now).map_err(io::Error::other)?;
        let saved = store.load().map_err(io::Error::other)?;
        let queues = Queues::restored(region, account, store.seed(), saved).map_err(io::Error::other)?;
        Ok(Self { queues, store: Some(store), failed: false })
    }

    pub(super) fn act<T>(
        &mut self,
        action: impl FnOnce(&mut Queues) -> Result<T, SqsError>,
    ) -> Result<Done<T>, Failure> {
        if self.failed {
            return Err(Failure::NotKept);
        }
        // A refused action may still have let time pass, so its changes are kept as well.
        let answer = action(&mut self.queues);
        let changed = self.keep()?;
        answer.map(|answer| Done { answer, changed }).map_err(Failure::Refused)
    }

    fn keep(&mut self) -> Result<BTreeSet<String>, Failure> {
        let changes = self.queues.take_changes();
        if let Some(store) = self.store.as_mut().filter(|_| !changes.is_empty())
            && let Err(error) = store.write(&changes, self.queues.sequence())
        {
            eprintln!("sqs: a change could not be written, every call is refused from now on: {error}");
            self.failed = true;
            return Err(Failure::NotKept);
        }
        Ok(changes.iter().map(|change| change.queue().to_owned()).collect())
    }
}
