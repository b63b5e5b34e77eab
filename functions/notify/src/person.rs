//! What a person did in the bot's place is told: in the order in which they did it, each by one process at a time.
//!
//! The words stand in the table, where an erasure finds them; the queue carries their key alone.

use batch::{Record, Verdict};
use channels::Sent;
use delivery::{Letter, Recipient};
use domain::person::{Act, Told};
use domain::{ConversationKey, Handles, MessageKey, Millis, RequestId, call_key};
use io::envelope::EnvelopeError;
use io::queues;
use io::table::{Table, Telling};
use io::world::{Http, Queue, World};

use crate::{NoticeError, Notify};

impl<W: World, H: Http> Notify<W, H> {
    /// Tells what is open up to this act.
    pub(crate) async fn tell_person(
        &self,
        conversation: &str,
        act: &str,
        record: &Record,
        deadline: Millis,
    ) -> Result<Verdict, NoticeError> {
        let conversation =
            ConversationKey::parse(conversation).ok_or(EnvelopeError::Field("conversation"))?;
        let up_to = MessageKey::parse(act).ok_or(EnvelopeError::Field("act"))?;
        let table = Table::of(&self.world);
        let mut acts = table.transcript(&conversation, &self.bot.limits).await?.acts;
        // A transcript ends somewhere: much may have been written since.
        if !acts.contains_key(&up_to)
            && let Some(act) = table.stored_act(&conversation, &up_to).await?
        {
            acts.insert(up_to.clone(), act);
        }
        // On the web it is told by being there: whoever listens may ask for it.
        if let Some(news) = &self.news {
            news.tell(&self.world, &conversation).await;
        }
        for act in acts.values().filter(|act| act.is_open() && act.key <= up_to) {
            if let Some(again_after_ms) = self.tell_act(&conversation, act, deadline).await? {
                let seconds = again_after_ms.div_ceil(1_000).max(1);
                queues::postpone(&self.world, Queue::Notices, &record.receipt, seconds).await?;
                return Ok(Verdict::Again);
            }
        }
        Ok(Verdict::Done)
    }

    /// `Some`: it is not over, and to be looked at again after so many milliseconds.
    async fn tell_act(
        &self,
        conversation: &ConversationKey,
        act: &Act,
        deadline: Millis,
    ) -> Result<Option<u64>, NoticeError> {
        let (table, token) = (Table::of(&self.world), self.world.token());
        // Surely past its end, whatever the clocks say: it may be on its way to the user.
        let until = deadline + self.bot.limits.lease_margin_ms + self.bot.limits.clock_skew_ms;
        match table.may_tell(conversation, &act.key, &token, until).await? {
            Telling::Over => return Ok(None),
            Telling::Theirs(until) => return Ok(Some(until.since(self.world.now()) + 1)),
            Telling::Mine => {}
        }
        // Frozen past its time and woken: it may be another process's by now.
        if self.world.now() >= deadline {
            return Ok(Some(0));
        }
        let sent = self.send_act(conversation, act, deadline).await;
        tracing::info!(%conversation, deed = act.deed.name(), ?sent, "told what a person did");
        let told = match sent {
            Sent::NotTaken { retry_after_ms } => {
                table.tell_later(conversation, &act.key, &token).await?;
                return Ok(Some(retry_after_ms.unwrap_or(0)));
            }
            Sent::Accepted => Told::Sent,
            Sent::Unknown => Told::Unknown,
            _ => Told::Refused,
        };
        table.has_told(conversation, &act.key, told).await?;
        Ok(None)
    }

    /// Under a key of its own, so that a platform that takes such keys shows it once.
    async fn send_act(&self, conversation: &ConversationKey, act: &Act, deadline: Millis) -> Sent {
        let handles = Handles::default();
        let recipient =
            Recipient { to: &act.to, handles: &handles, heard_at: act.key.sent_at, language: None };
        let request = RequestId { conversation: conversation.clone(), key: act.key.clone() };
        let key = call_key(&format!("{request}#P"), 0);
        let texts = std::slice::from_ref(&act.text);
        let credentials = self.credentials.current(self.world.now()).await;
        self.delivery(&credentials, deadline)
            .send(recipient, Letter { texts, buttons: &[], is_first: true, key: &key })
            .await
    }
}
