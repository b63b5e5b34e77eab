//! The stack's clock: the machine's, and so far ahead of it as it was advanced. It goes forward only, also over a restart:
//! what is kept in the data folder has times that would else lie in the future.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::Millis;
use io::clock::Clock;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::cli::Failure;

/// Where it stands how far ahead it is, in the data folder.
pub const FILE: &str = "clock.json";

/// How long the stack may take with what has come due at once.
const CATCHES_UP: Duration = Duration::from_mins(2);

/// The clock. Clones are the same one.
#[derive(Clone)]
pub struct StackClock(Arc<Shared>);

struct Shared {
    /// None: it is forgotten with the process.
    file: Option<PathBuf>,
    ahead_ms: AtomicU64,
    /// When it was advanced, and by how much: those that may still be felt.
    jumps: Mutex<Vec<(Instant, u64)>>,
    /// Whoever advances it to a moment.
    alone: Mutex<()>,
    /// Wakes who waits for a time.
    moved: watch::Sender<()>,
}

impl StackClock {
    /// As far ahead as it was in this data folder.
    ///
    /// # Errors
    /// The folder does not say how far: the owner starts afresh.
    pub fn open(data: Option<&Path>) -> Result<StackClock, Failure> {
        let file = data.map(|folder| folder.join(FILE));
        let ahead_ms = file.as_deref().map_or(Ok(0), kept)?;
        let shared = Shared {
            file,
            ahead_ms: AtomicU64::new(ahead_ms),
            jumps: Mutex::default(),
            alone: Mutex::default(),
            moved: watch::Sender::default(),
        };
        Ok(StackClock(Arc::new(shared)))
    }

    /// That of a running stack, by what it says of itself, for a command that works on it from outside.
    pub fn told(state: &Value) -> Clock {
        Clock::ahead(state.pointer("/clock/ahead_ms").and_then(Value::as_u64).unwrap_or(0))
    }

    /// The time.
    pub fn now(&self) -> Millis {
        Clock::ahead(self.ahead_ms()).now()
    }

    /// The time, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.now().0).unwrap_or(0)
    }

    /// Waits until it is so late, also when it is advanced meanwhile.
    pub async fn reaches(&self, at: Millis) {
        let mut moved = self.0.moved.subscribe();
        loop {
            let rest_ms = at.since(self.now());
            if rest_ms == 0 {
                return;
            }
            let _ = tokio::time::timeout(Duration::from_millis(rest_ms), moved.changed()).await;
        }
    }

    /// How far it is ahead of the machine's.
    pub fn ahead_ms(&self) -> u64 {
        self.0.ahead_ms.load(Ordering::Acquire)
    }

    /// The same for stand-ins.
    pub fn of_stand_ins(&self) -> stand_ins::Clock {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }

    /// How much was jumped over just now: what came due meanwhile is not late yet.
    pub fn jumped_ms(&self) -> u64 {
        let mut jumps = self.0.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        jumps.retain(|(at, _)| at.elapsed() < CATCHES_UP);
        jumps.iter().map(|(_, by_ms)| by_ms).sum()
    }

    /// Whoever holds this reads the time and advances it to a moment, and nobody does the same in between.
    pub fn alone(&self) -> MutexGuard<'_, ()> {
        self.0.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Advances it. The data folder knows before anybody sees the time.
    ///
    /// # Errors
    /// It cannot be written down, or nobody counts so far: it stays where it is.
    pub fn advance(&self, by_ms: u64) -> Result<(), Failure> {
        let mut jumps = self.0.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead_ms = self.ahead_ms().checked_add(by_ms).filter(|ahead_ms| i64::try_from(*ahead_ms).is_ok());
        let ahead_ms = ahead_ms.ok_or("the clock goes no further")?;
        if let Some(file) = &self.0.file {
            keep(file, ahead_ms).map_err(|error| {
                format!("the clock stays where it is: {} cannot be written: {error}", file.display())
            })?;
        }
        self.0.ahead_ms.store(ahead_ms, Ordering::Release);
        jumps.push((Instant::now(), by_ms));
        self.0.moved.send_replace(());
        Ok(())
    }
}

fn kept(file: &Path) -> Result<u64, Failure> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        read => read?,
    };
    let kept: Value = serde_json::from_str(&text).unwrap_or_default();
    let ahead_ms = kept.get("ahead_ms").and_then(Value::as_u64);
    ahead_ms.ok_or_else(|| format!("the data folder's {FILE} is damaged; start once with --fresh").into())
}

/// As a whole or not at all.
fn keep(file: &Path, ahead_ms: u64) -> std::io::Result<()> {
    let new = file.with_extension("json.new");
    std::fs::write(&new, json!({ "ahead_ms": ahead_ms }).to_string())?;
    std::fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_forward_and_a_restart_does_not_set_it_back() {
        let data = tempfile::tempdir().unwrap();
        let clock = StackClock::open(Some(data.path())).unwrap();
        let (before, of_stand_ins) = (clock.now(), clock.of_stand_ins());
        clock.advance(3_600_000).unwrap();
        clock.advance(60_000).unwrap();
        assert!(clock.now().since(before) >= 3_660_000);
        assert!(of_stand_ins() >= u64::try_from(before.0).unwrap() + 3_660_000);
        assert_eq!(clock.jumped_ms(), 3_660_000);

        let again = StackClock::open(Some(data.path())).unwrap();
        assert_eq!((again.ahead_ms(), again.jumped_ms()), (3_660_000, 0));
        assert!(clock.advance(u64::MAX).is_err());
        assert_eq!(clock.ahead_ms(), 3_660_000);
        std::fs::write(data.path().join(FILE), "an hour").unwrap();
        assert!(StackClock::open(Some(data.path())).is_err());
    }

    #[tokio::test]
    async fn who_waits_for_a_time_waits_no_longer_when_it_is_advanced_past_it() {
        let clock = StackClock::open(None).unwrap();
        let late = clock.now() + 3_600_000;
        let waits = async {
            clock.reaches(late).await;
            clock.now()
        };
        let advances = async { clock.advance(3_600_001).unwrap() };
        let (reached, ()) = tokio::join!(waits, advances);
        assert!(reached >= late);
    }

    #[test]
    fn a_time_that_cannot_be_kept_does_not_come() {
        let data = tempfile::tempdir().unwrap();
        let clock = StackClock::open(Some(&data.path().join("gone"))).unwrap();
        assert!(clock.advance(1).is_err());
        assert_eq!(clock.ahead_ms(), 0);
    }
}
