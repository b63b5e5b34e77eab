//! A reminder is due: its message is made of what the user's state says by now. One that was cancelled, or erased, or
//! has been said, is not there any more.

use batch::{Record, Verdict};
use domain::{Content, ConversationKey, Reminder};
use io::envelope::EnvelopeError;
use io::queues;
use io::table::Table;
use io::world::{Http, Queue, World};

use crate::{NoticeError, Notify};

/// Seconds until it is looked at again, while there is no room or the turn that asks for it is still under way.
const AGAIN_AFTER_S: u64 = 30;

impl<W: World, H: Http> Notify<W, H> {
    pub(crate) async fn remind(
        &self,
        conversation: &str,
        name: &str,
        record: &Record,
    ) -> Result<Verdict, NoticeError> {
        let conversation =
            ConversationKey::parse(conversation).ok_or(EnvelopeError::Field("conversation"))?;
        let table = Table::of(&self.world);
        let mailbox = table.mailbox(&conversation).await?.unwrap_or_default();
        // Read after the mailbox: a turn that has settled since has written it.
        let state = table.state(&conversation).await?;
        let standing = state.reminders.iter().find(|reminder| reminder.name == name);
        let may_come = match standing {
            Some(reminder) if reminder.subscriber.is_void(&mailbox) => return Ok(Verdict::Done),
            Some(reminder) => {
                let text = format!("⏰ {}", reminder.text);
                let content = Content::Says(&text);
                let message = reminder.subscriber.message(&reminder.occurrence(), content, self.world.now());
                self.intake().lets_in(&mailbox, &message)
                    && self.intake().take_scheduled(&message).await?.is_some()
            }
            None => Reminder::asked_by(name).is_none_or(|hash| !mailbox.waiting.contains_key(&hash)),
        };
        if may_come {
            return Ok(Verdict::Done);
        }
        queues::postpone(&self.world, Queue::Notices, &record.receipt, AGAIN_AFTER_S).await?;
        Ok(Verdict::Again)
    }
}
