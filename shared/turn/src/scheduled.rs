//! Messages that nobody wrote just now: a schedule's, a reminder's.

use domain::turn::{Answer, Plan, Transcript};
use domain::{Message, MessageKey, MessageKind, Outcome};

use crate::work::with_choices;
use crate::{Turn, Worker};

/// Whether these need no model and no asking: they are said as they are, also by whoever takes the turn over.
pub(crate) fn are_announcements(live: &[&Message]) -> bool {
    live.iter().all(|message| message.kind == MessageKind::Announced)
}

/// What is newest of a turn's messages but for those of schedules: these supersede nothing.
pub(crate) fn newest_written<'p>(plan: &'p Plan, transcript: &Transcript) -> Option<&'p MessageKey> {
    let is_written =
        |key: &&MessageKey| transcript.messages.get(key).is_none_or(|message| !message.kind.is_scheduled());
    plan.live.iter().chain(&plan.superseded).filter(is_written).max()
}

impl Worker<'_> {
    /// The answer that announcements are.
    pub(crate) fn announce(&self, turn: &Turn<'_>, live: &[&Message], newest: &Message) -> Answer {
        let answer = self.without_words(turn, Outcome::Answered);
        with_choices(answer, self.choose(turn, live), newest)
    }

    /// Milliseconds after which a message is no longer worth a model call.
    pub(crate) fn stale_after_ms(&self, message: &Message) -> u64 {
        let limits = &self.bot.limits;
        if message.kind.is_scheduled() { limits.schedule_stale_after_ms } else { limits.stale_after_ms }
    }
}

impl Turn<'_> {
    /// What is said whatever becomes of the rest of the turn: it needs no model.
    pub(crate) fn announcements(&self) -> Vec<String> {
        let messages = self.plan.live.iter().filter_map(|key| self.message(key));
        let announced = messages.filter(|message| message.kind == MessageKind::Announced);
        announced.flat_map(|message| delivery::parts(message.address.channel, &message.text)).collect()
    }

    /// Whether all of it is a schedule's: then no sentence is said of how it ended, for nobody asked.
    pub(crate) fn was_asked_by_nobody(&self) -> bool {
        let is_scheduled = |key| self.message(key).is_some_and(|message| message.kind.is_scheduled());
        !self.plan.live.is_empty() && self.plan.live.iter().all(is_scheduled)
    }
}
