//! What a turn does beside saying something: after the gate, and before the answer says what became of it.

use domain::errand::{Errand, Task};
use domain::turn::Answer;
use domain::wording::Sentence;
use domain::{MessageKey, Millis};
use io::envelope::NoticeV1;
use io::world::QueueError;
use mail::Mailer;
use scheduler::{Alarm, Scheduler, SchedulerError};

use crate::{Turn, TurnError, Worker};

/// Times that an alarm is set, while it is not known to be.
const ALARM_ATTEMPTS: u32 = 3;

/// Milliseconds between them.
const ALARM_PAUSE_MS: u64 = 300;

/// Milliseconds that an alarm lies ahead at least: EventBridge Scheduler rings within the minute.
const ALARM_AHEAD_MS: u64 = 60_000;

/// Whom errands are run to.
#[derive(Clone, Copy)]
pub struct Outside<'o> {
    /// Rings for reminders.
    pub scheduler: &'o dyn Scheduler,
    /// Takes letters.
    pub mailer: &'o dyn Mailer,
}

impl Worker<'_> {
    /// Runs the errands of the answer's live messages. Each is survived by a death at any point: an alarm set twice is
    /// one, and a mail that may have been sent is not sent again.
    pub(crate) async fn run_errands(
        &self,
        turn: &Turn<'_>,
        key: &MessageKey,
        answer: &mut Answer,
    ) -> Result<(), TurnError> {
        // Parts on their way tell what became of them.
        if answer.progress > 0 {
            return Ok(());
        }
        let live = answer.live();
        let errands: Vec<Errand> =
            answer.errands.iter().filter(|errand| live.contains(&errand.asked_by)).cloned().collect();
        for errand in errands {
            // Frozen past its time and woken: the turn may be another worker's by now.
            if self.world.now() >= turn.deadline {
                return Err(TurnError::NotDelivered { retry_after_ms: 0 });
            }
            match &errand.task {
                Task::Alarm { name, at } => self.set_alarm(turn, key, answer, (&errand, name, *at)).await?,
                Task::Mail { .. } => self.mail(turn, key, answer, &errand).await?,
            }
        }
        Ok(())
    }

    async fn set_alarm(
        &self,
        turn: &Turn<'_>,
        key: &MessageKey,
        answer: &mut Answer,
        (errand, name, at): (&Errand, &str, Millis),
    ) -> Result<(), TurnError> {
        let conversation = &turn.bell.conversation;
        let notice = serde_json::to_string(&NoticeV1::reminder(conversation, name));
        let notice = notice.map_err(|error| QueueError(error.to_string()))?;
        let at = at.max(self.world.now() + ALARM_AHEAD_MS);
        let Err(error) = self.persist(Alarm { name: name.to_owned(), at, notice }).await else {
            return Ok(());
        };
        tracing::error!(request_id = turn.request_id(), %error, "a reminder's alarm could not be set");
        if let Some(patch) = &mut answer.patch {
            patch.state.reminders.retain(|reminder| reminder.name != name);
        }
        self.tell_of(turn, answer, errand, Sentence::ReminderFailed);
        Ok(self.table().no_alarm(conversation, key, answer).await?)
    }

    async fn persist(&self, alarm: Alarm) -> Result<(), SchedulerError> {
        let mut attempt = 1;
        loop {
            match self.outside.scheduler.set(alarm.clone()).await {
                Err(SchedulerError::Unavailable(_)) if attempt < ALARM_ATTEMPTS => {
                    self.world.sleep(ALARM_PAUSE_MS).await;
                    attempt += 1;
                }
                set => return set,
            }
        }
    }

    /// The part of the answer that tells of an errand says this.
    pub(crate) fn tell_of(&self, turn: &Turn<'_>, answer: &mut Answer, errand: &Errand, sentence: Sentence) {
        let language = turn.message(&errand.asked_by).and_then(|message| message.language.as_deref());
        if let Some(part) = answer.parts.get_mut(errand.part) {
            *part = self.bot.wording.say(sentence, language, 0);
        }
    }
}
