//! What else the machine does: how late a short sleep ends, all the while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::floor::percentile;

/// Slept again and again.
const NAP: Duration = Duration::from_millis(10);

/// How late naps of 10 ms ended.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// One in a hundred was later, in milliseconds.
    pub p99_ms: u64,
    /// The latest.
    pub most_ms: u64,
}

/// An ear that is open.
pub struct Ear {
    late_ms: Arc<Mutex<Vec<u64>>>,
    napping: tokio::task::JoinHandle<()>,
}

impl Noise {
    /// Listens from now on.
    pub fn listen() -> Ear {
        let late_ms = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&late_ms);
        let napping = tokio::spawn(async move {
            loop {
                let begin = Instant::now();
                tokio::time::sleep(NAP).await;
                let late = begin.elapsed().saturating_sub(NAP).as_millis();
                let late = u64::try_from(late).unwrap_or(u64::MAX);
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(late);
            }
        });
        Ear { late_ms, napping }
    }
}

impl Ear {
    /// What it has heard.
    pub fn heard(self) -> Noise {
        self.napping.abort();
        let late_ms = self.late_ms.lock().unwrap_or_else(PoisonError::into_inner);
        Noise { p99_ms: percentile(&late_ms, 99), most_ms: percentile(&late_ms, 100) }
    }
}
