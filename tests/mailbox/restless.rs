//! A world whose every request waits a moment first, so that steps of several requests run into one another; and the
//! same world broken in one place, to see that the checker sees it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Millis, Token};
use io::table::expressions as ex;
use io::world::{
    Action, Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World, Write,
};
use simulation::Simulation;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A claim that does not ask whether somebody works.
    Claim,
    /// A takeover that does not ask whether the holder is dead.
    Takeover,
    /// An admission that does not ask whether there is room.
    Admission,
    /// A cancel that does not ask for a newer one.
    Cancel,
    /// A gate that does not ask for a cancel.
    Gate,
    /// A commit by whoever comes.
    Commit,
    /// A commit that does not ask what was settled meanwhile.
    Ring,
    /// A reader who may see what was there before the last write.
    Reads,
}

impl Broken {
    pub const ALL: [Broken; 8] = [
        Broken::Claim,
        Broken::Takeover,
        Broken::Admission,
        Broken::Cancel,
        Broken::Gate,
        Broken::Commit,
        Broken::Ring,
        Broken::Reads,
    ];
}

/// The longest wait before a request.
const WAIT_US_MAX: u64 = 120;

/// The world. Everything but its unrest is the simulation's.
pub struct Restless {
    inner: Simulation,
    broken: Option<Broken>,
    /// What a late reader sees: the reply to the `Get` before.
    late: Mutex<Option<TableReply>>,
}

impl Restless {
    pub fn of(inner: &Simulation, broken: Option<Broken>) -> Restless {
        Restless { inner: inner.clone(), broken, late: Mutex::default() }
    }

    /// The reply, or in a broken world that of an earlier read.
    fn seen(&self, reply: TableReply) -> TableReply {
        if self.broken != Some(Broken::Reads) || !matches!(reply, TableReply::Item(_)) {
            return reply;
        }
        let before = self.late.lock().unwrap_or_else(PoisonError::into_inner).replace(reply.clone());
        before.filter(|_| fastrand::bool()).unwrap_or(reply)
    }
}

impl World for Restless {
    fn table(&self, mut request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(async move {
            rest();
            if let (Some(broken), TableRequest::Write(write)) = (self.broken, &mut request) {
                breaks(broken, write);
            }
            self.inner.table(request).await.map(|reply| self.seen(reply))
        })
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        self.inner.queue(request)
    }

    fn now(&self) -> Millis {
        self.inner.now()
    }

    /// Nobody here waits for anything but an unavailable table, and that is to be reported.
    fn sleep(&self, _milliseconds: u64) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn token(&self) -> Token {
        self.inner.token()
    }
}

/// Lets the other threads go first, most of the time. The thread has nothing else to do, so it may block.
fn rest() {
    match fastrand::u64(0..=WAIT_US_MAX) {
        0..20 => {}
        20..40 => std::thread::yield_now(),
        microseconds => std::thread::sleep(Duration::from_micros(microseconds)),
    }
}

/// What a model's answer costs, in requests.
pub fn take_its_time() {
    for _ in 0..fastrand::u8(..6) {
        rest();
    }
}

/// Takes a condition out of the write that this is about.
fn breaks(broken: Broken, write: &mut Write) {
    let Action::Update { update, .. } = &write.action else { return };
    match broken {
        Broken::Claim if update == ex::CLAIM => write.condition = "n > :zero".into(),
        Broken::Takeover if update == ex::TAKE_OVER => {
            write.condition = ex::PRESENT.into();
            write.values.retain(|name, _| name == ":token" || name == ":ends_at");
        }
        Broken::Admission if update.starts_with(ex::ADMIT) => {
            let whatever = " AND (attribute_not_exists(n) OR n < :max OR n >= :max)";
            write.condition = write.condition.replace(ex::AND_ROOM, whatever);
        }
        Broken::Cancel if update == ex::CANCEL => write.condition = ex::PRESENT.into(),
        Broken::Gate if update == ex::GATE => {
            write.condition = ex::HOLDER.into();
            write.values.retain(|name, _| name == ":token" || name == ":sending");
        }
        Broken::Commit if is_commit(update) => {
            write.condition = write.condition.replace(ex::HOLDER, ex::PRESENT);
        }
        Broken::Ring if is_commit(update) => {
            write.condition = ex::HOLDER.into();
            write.values.remove(":seen");
        }
        _ => {}
    }
}

fn is_commit(update: &str) -> bool {
    update.starts_with("SET r = :ring, n = n - :removed")
}
