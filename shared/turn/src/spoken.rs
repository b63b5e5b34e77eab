//! What was understood of a voice message is told before it is answered.
//!
//! It is no answer: it goes out before the gate, when a look at the mailbox shows nothing against it. A cancel that comes at
//! that very moment may be acknowledged while it is on its way.

use channels::Sent;
use delivery::Letter;
use domain::turn::Answer;
use domain::{Channel, Message, MessageKey, call_key};

use crate::{Turn, Worker};

impl Worker<'_> {
    /// Writes down what was spoken, and tells it. `false`: not told, so that the answer has to.
    pub(crate) async fn tell_what_was_heard(&self, turn: &Turn<'_>, of: &Message, text: &str) -> bool {
        let conversation = &turn.bell.conversation;
        let written = self.table().write_down(conversation, &of.key, text, &self.bot.limits).await;
        if let Err(error) = written {
            tracing::warn!(request_id = turn.request_id(), %error, "what was heard could not be kept");
            return false;
        }
        // A web client asks for its answer; nobody is told anything before.
        if of.address.channel == Channel::WEB || !self.may_tell(turn, &of.key).await {
            return false;
        }
        if !self.tell_heard(turn, of, text).await {
            return false;
        }
        turn.traces.tells_heard();
        if let Err(error) = self.table().mark_heard(conversation, &of.key).await {
            tracing::warn!(request_id = turn.request_id(), %error, "whoever takes over tells again what was heard");
        }
        true
    }

    /// Whether nothing has stopped the message, and the turn is still this worker's.
    async fn may_tell(&self, turn: &Turn<'_>, key: &MessageKey) -> bool {
        let mailbox = self.table().mailbox(&turn.bell.conversation).await;
        let Ok(Some(mailbox)) = mailbox else { return false };
        let stops = mailbox.stops(std::slice::from_ref(key), self.interrupted_beyond(turn));
        mailbox.is_held_by(turn.token) && stops.is_empty() && self.world.now() < turn.deadline
    }

    /// `false`: the platform took nothing. Anything later is not repeated.
    async fn tell_heard(&self, turn: &Turn<'_>, of: &Message, text: &str) -> bool {
        let channel = of.address.channel;
        let parts = delivery::parts(channel, &heard(text));
        let key = format!("{}#T", of.request_id());
        for (at, texts) in parts.chunks(delivery::parts_per_call(channel)).enumerate() {
            let letter = Letter { texts, buttons: &[], is_first: at == 0, key: &call_key(&key, at) };
            let sent = self.delivery.send(of.into(), letter).await;
            tracing::info!(request_id = turn.request_id(), ?sent, "told what was heard");
            if at == 0 && matches!(sent, Sent::NotTaken { .. } | Sent::Refused(_)) {
                return false;
            }
        }
        !parts.is_empty()
    }
}

impl Turn<'_> {
    /// What was written down of these messages and not told: by a worker that died.
    pub(crate) fn untold(&self) -> Vec<String> {
        let spoken = self.plan.live.iter().filter_map(|key| self.transcript.spoken.get(key));
        spoken.filter(|spoken| !spoken.is_told).map(|spoken| heard(&spoken.text)).collect()
    }

    /// Whether something was told before the first part of an answer.
    pub(crate) fn has_told(&self, answer: &Answer) -> bool {
        let is_told = |key: &MessageKey| self.transcript.spoken.get(key).is_some_and(|spoken| spoken.is_told);
        self.traces.has_told_heard() || answer.covers.iter().any(|(key, _)| is_told(key))
    }
}

/// What was understood, as a quotation.
pub(crate) fn heard(text: &str) -> String {
    format!("> 🎤 {text}")
}
