//! A schedule is due: the message of every subscriber, made once however often the clock rings.
//!
//! A page of subscribers an invocation; how far it has come is recorded, and the notice stays in the queue until nobody
//! is left. A function that fed its own queue page by page would be stopped after some sixteen rounds.

use batch::{Record, Verdict};
use bot::Schedule;
use domain::{Message, Millis, Occurrence, Subscription};
use futures_util::future::try_join_all;
use intake::{Intake, IntakeError};
use io::envelope::{DoorbellV1, EnvelopeError, NoticeV1};
use io::queues;
use io::table::{Course, Table};
use io::world::{Http, Queue, World};

use crate::{NoticeError, Notify};

/// Seconds between two pages.
const PAGE_EVERY_S: u64 = 1;

/// Seconds until a message for which there was no room comes again.
const AGAIN_AFTER_S: u64 = 30;

impl<W: World, H: Http> Notify<W, H> {
    /// The next page of a schedule's subscribers.
    pub(crate) async fn fan_out(
        &self,
        name: &str,
        due: &str,
        record: &Record,
    ) -> Result<Verdict, NoticeError> {
        let at = Millis::parse_utc(due).ok_or(EnvelopeError::Field("due"))?;
        let Some(schedule) = self.bot.schedules.get(name).filter(|_| !self.is_stale(at)) else {
            tracing::error!(
                schedule = name,
                due,
                "a schedule that this bot does not have, or too late: let go"
            );
            return Ok(Verdict::Done);
        };
        let (table, occurrence) = (Table::of(&self.world), Occurrence { schedule: name.to_owned(), at });
        let Course::After(after) = table.course(&occurrence).await? else { return Ok(Verdict::Done) };
        let limit = u32::try_from(self.bot.limits.schedule_page).unwrap_or(u32::MAX);
        let page = table.subscribers(name, &after, limit).await?;
        let made = page.subscriptions.iter().map(|one| self.make(one, &occurrence, schedule));
        try_join_all(made).await?;
        tracing::info!(schedule = name, due, subscribers = page.subscriptions.len(), "scheduled");
        let course = page.next.map_or(Course::Done, Course::After);
        table.record_course(&occurrence, &course, &self.bot.limits).await?;
        if course == Course::Done {
            return Ok(Verdict::Done);
        }
        queues::postpone(&self.world, Queue::Notices, &record.receipt, PAGE_EVERY_S).await?;
        Ok(Verdict::Again)
    }

    /// One subscriber's message: taken in now, or when there is room.
    async fn make(
        &self,
        subscription: &Subscription,
        occurrence: &Occurrence,
        schedule: &Schedule,
    ) -> Result<(), NoticeError> {
        let subscriber = &subscription.subscriber;
        let mailbox = Table::of(&self.world).mailbox(&subscriber.conversation).await?.unwrap_or_default();
        if subscriber.is_void(&mailbox) {
            return Ok(());
        }
        let message = subscriber.message(occurrence, schedule.content(), self.world.now());
        if !self.takes(&message, self.intake().lets_in(&mailbox, &message)).await? {
            queues::tell(&self.world, &NoticeV1::due(&message), AGAIN_AFTER_S).await?;
        }
        Ok(())
    }

    /// A message for which there was no room.
    pub(crate) async fn due(&self, bell: &DoorbellV1, record: &Record) -> Result<Verdict, NoticeError> {
        let message = bell.message()?;
        let mailbox = Table::of(&self.world).mailbox(&message.conversation).await?.unwrap_or_default();
        let may_come = self.intake().lets_in(&mailbox, &message);
        if self.takes(&message, may_come || self.is_stale(message.key.sent_at)).await? {
            return Ok(Verdict::Done);
        }
        queues::postpone(&self.world, Queue::Notices, &record.receipt, AGAIN_AFTER_S).await?;
        Ok(Verdict::Again)
    }

    /// Whether the message needs to come no more. One that is still in the way when its time is over is refused.
    async fn takes(&self, message: &Message, is_tried: bool) -> Result<bool, NoticeError> {
        if !is_tried {
            return Ok(false);
        }
        let taken = match self.intake().take_scheduled(message).await? {
            None if self.is_stale(message.key.sent_at) => {
                self.intake().refuse_quietly(message, false).await?
            }
            taken => taken,
        };
        Ok(taken.is_some())
    }

    fn is_stale(&self, due_at: Millis) -> bool {
        self.world.now().since(due_at) > self.bot.limits.schedule_stale_after_ms
    }

    pub(crate) fn intake(&self) -> Intake<'_> {
        Intake { world: &self.world, bot: &self.bot }
    }
}

impl From<IntakeError> for NoticeError {
    fn from(error: IntakeError) -> NoticeError {
        NoticeError::Later(error.to_string())
    }
}
