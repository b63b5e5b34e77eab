//! The way in of messages that nobody wrote just now: a schedule's, a reminder's, what an owner puts back.

use domain::mailbox::NotAdmitted;
use domain::turn::Strategy;
use domain::{Limits, Mailbox, Message};
use io::table::{Admission, Refusal, Table};

use crate::{Intake, IntakeError, Taken};

impl Intake<'_> {
    /// Whether a message of a schedule may come now. It takes nobody's place, and where a message that comes during a
    /// turn stops it, or is refused, it comes when nothing waits. One that waits already is rung for again.
    pub fn lets_in(&self, mailbox: &Mailbox, message: &Message) -> bool {
        let has_room = (mailbox.waiting.len() as u64) < self.limits_of_schedules(message).waiting_max;
        has_room || mailbox.waiting.contains_key(&message.key.hash)
    }

    /// W1 to W3. `None`: it has to come again, for there is no room. Nobody is told what becomes of it.
    pub async fn take_scheduled(&self, message: &Message) -> Result<Option<Taken>, IntakeError> {
        let (table, limits) = (Table::of(self.world), &self.limits_of_schedules(message));
        let seen = table.store_message(message, &self.world.token(), limits).await?;
        if seen {
            self.watch(message).await?;
        }
        let taken = match table.admit(message, seen, limits).await? {
            Admission::Admitted { first } => Some(self.ring(message, first).await?),
            Admission::Not(NotAdmitted::Waiting) => Some(self.ring(message, !seen).await?),
            Admission::Not(NotAdmitted::Settled) => Some(Taken::Settled),
            Admission::Not(NotAdmitted::BeforeMark) if self.is_settled(message).await? => {
                Some(Taken::Settled)
            }
            Admission::Not(NotAdmitted::BeforeMark) => self.refuse_quietly(message, false).await?,
            Admission::Not(NotAdmitted::Erased) => self.refuse_quietly(message, true).await?,
            Admission::Not(NotAdmitted::Full | NotAdmitted::OverQuota | NotAdmitted::TooFast) => None,
        };
        tracing::info!(request_id = %message.request_id(), ?taken, "scheduled, taken in");
        Ok(taken)
    }

    /// Records that it was not taken in. `None`: it was admitted meanwhile, look again.
    pub async fn refuse_quietly(
        &self,
        message: &Message,
        is_erased: bool,
    ) -> Result<Option<Taken>, IntakeError> {
        let token = self.world.token();
        let refusal = Table::of(self.world).refuse(message, &token, is_erased, &self.bot.limits).await?;
        Ok(match refusal {
            Refusal::LookAgain => None,
            Refusal::Settled | Refusal::Recorded => Some(Taken::Settled),
        })
    }

    /// What nobody wrote takes nothing from a user's quota. Where only the newest counts, what was put back is not to count
    /// instead of what its user has written since.
    fn limits_of_schedules(&self, message: &Message) -> Limits {
        let limits = self.limits();
        let alone = match self.bot.strategy {
            Strategy::Interrupt | Strategy::Reject => true,
            Strategy::Latest => !message.kind.is_scheduled(),
            Strategy::Queue | Strategy::Collect | Strategy::Burst => false,
        };
        let waiting_max = if alone { 1 } else { limits.waiting_max };
        Limits { waiting_max, user_messages_per_day: 0, user_messages_per_minute: 0, ..limits }
    }
}
