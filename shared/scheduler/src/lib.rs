//! The clock outside: something has to ring when a schedule or a reminder is due. Amazon EventBridge Scheduler in
//! production. It delivers at least once, within the minute (its user guide, "Schedule types").

mod calendar;
mod eventbridge;
mod owner;

use std::future::Future;
use std::pin::Pin;

use domain::Millis;

pub use calendar::{Calendar, Unclear};
pub use eventbridge::{EventBridge, Place};
pub use owner::{OwnersSchedule, Synced};

/// A boxed future: the clock is used through `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Rings once at a time.
pub trait Scheduler: Send + Sync {
    /// Has an alarm ring. One of the same name stands already: it is the same one.
    fn set(&self, alarm: Alarm) -> Pending<'_, Result<(), SchedulerError>>;
}

/// What rings once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Names it for good: at most 64 of `0-9a-zA-Z-_.` (API reference, `CreateSchedule`).
    pub name: String,
    /// When, to the minute.
    pub at: Millis,
    /// The notice that is put into the notices queue then.
    pub notice: String,
}

/// Why nothing will ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchedulerError {
    /// Not known to be set. Retry: the same name is the same alarm.
    #[error("the scheduler is unavailable: {0}")]
    Unavailable(String),
    /// It will not be: the request or the rights are wrong, or there are too many. Give up, and say so.
    #[error("the scheduler refused: {0}")]
    Refused(String),
}

/// A deployment without one: every alarm is refused.
#[derive(Debug, Clone, Copy)]
pub struct NoScheduler;

impl Scheduler for NoScheduler {
    fn set(&self, _: Alarm) -> Pending<'_, Result<(), SchedulerError>> {
        let none = SchedulerError::Refused("none is configured".to_owned());
        Box::pin(std::future::ready(Err(none)))
    }
}
