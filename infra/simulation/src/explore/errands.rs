//! The clock outside and the post, as a process of a run sees them.

use io::world::QueueRequest;
use mail::{Letter, MailError, Mailer};
use scheduler::{Alarm, Scheduler, SchedulerError};

use super::world::View;
use crate::queues;

impl Scheduler for View {
    /// Rings twice, seconds apart, as AWS may. SQS delays a notice for 15 minutes at most: so far ahead a script reminds.
    fn set(&self, alarm: Alarm) -> scheduler::Pending<'_, Result<(), SchedulerError>> {
        Box::pin(self.call(move |shared| {
            if shared.fails(shared.faults.queue_failure) {
                return Err(SchedulerError::Unavailable("as told".to_owned()));
            }
            shared.note(&("alarm", &alarm.name));
            if !shared.alarms.insert(alarm.name) {
                return Ok(());
            }
            let now = shared.queue_time();
            let ahead_s = (alarm.at.0 - shared.now_ms).max(0).unsigned_abs().div_ceil(1_000);
            for again_s in [0, 7] {
                let delay_s = u32::try_from(ahead_s + again_s).unwrap_or(u32::MAX).min(900);
                let notice = QueueRequest::Notice { body: alarm.notice.clone(), delay_s };
                let _ = queues::execute(&mut shared.queues, notice, now);
            }
            Ok(())
        }))
    }
}

impl Mailer for View {
    /// A post that sometimes refuses, and sometimes does not say what it did.
    fn send(&self, letter: Letter) -> mail::Pending<'_, Result<(), MailError>> {
        Box::pin(self.call(move |shared| {
            if shared.fails(shared.faults.refused_send) {
                return Err(MailError::NotSent("as told".to_owned()));
            }
            shared.note(&("mail", &letter.to));
            shared.mails.push((letter.to, letter.id));
            if shared.fails(shared.faults.unknown_send) {
                return Err(MailError::Unknown("as told".to_owned()));
            }
            Ok(())
        }))
    }
}
