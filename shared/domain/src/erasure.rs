//! What an erasure has ended is not looked at any more, also while its words still stand in the table.

use crate::key::{MessageHash, MessageKey};
use crate::mailbox::Mailbox;
use crate::time::Millis;
use crate::turn::{Answer, Transcript};

impl Transcript {
    /// Leaves out what was there before the erasure that stands, by the platform's clock or ours, except for what still
    /// waits and the answers that settle it.
    pub fn leave_out_erased(&mut self, mailbox: &Mailbox) {
        let Some(until) = mailbox.erased_until else { return };
        let waits = |hash: &MessageHash| mailbox.waiting.contains_key(hash);
        let is_after = |key: &MessageKey, ours: Millis| key.sent_at > until && ours > until;
        self.messages.retain(|key, message| waits(&key.hash) || is_after(key, message.received_at));
        let settles = |answer: &Answer| answer.covers.iter().any(|(covered, _)| waits(&covered.hash));
        self.answers.retain(|key, answer| settles(answer) || is_after(key, answer.written_at));
        let messages = &self.messages;
        self.spoken.retain(|key, _| waits(&key.hash) || messages.contains_key(key));
        self.acts.retain(|key, _| key.sent_at > until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Waiting;
    use crate::person::{Act, Deed};
    use crate::turn::Spoken;
    use crate::{Address, Channel, ConversationKey, Handles, Message, MessageKind, Outcome, Token};

    fn key(number: u64) -> MessageKey {
        MessageKey::new(Millis(i64::try_from(number).unwrap() * 1_000), MessageHash::counted(number))
    }

    fn address() -> Address {
        Address { channel: Channel::WEB, chat: "s".into(), thread: None }
    }

    fn message(number: u64) -> Message {
        Message {
            conversation: ConversationKey::of("b", &address()),
            key: key(number),
            address: address(),
            text: "words".into(),
            kind: MessageKind::Text,
            media: Vec::new(),
            handles: Handles::default(),
            language: None,
            received_at: key(number).sent_at,
        }
    }

    fn answer(number: u64) -> Answer {
        Answer {
            outcome: Outcome::Answered,
            parts: vec!["words".into()],
            buttons: Vec::new(),
            progress: 1,
            unknown: Vec::new(),
            covers: vec![(key(number), Outcome::Answered)],
            written_by: Token("t".into()),
            written_at: key(number).sent_at,
            tokens: (0, 0),
            patch: None,
            errands: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn act(number: u64) -> Act {
        let (person, text) = ("Eve".to_owned(), "words".to_owned());
        Act { key: key(number), deed: Deed::Said, person, text, to: address(), told: None }
    }

    /// 1 and 2 were written before the erasure, 3 after it; 2 is still being settled.
    #[test]
    fn only_what_waits_is_left_of_what_was_before_an_erasure() {
        let numbers = [1, 2, 3];
        let mut transcript = Transcript {
            messages: numbers.map(|number| (key(number), message(number))).into(),
            answers: numbers.map(|number| (key(number), answer(number))).into(),
            spoken: numbers
                .map(|number| (key(number), Spoken { text: "words".into(), is_told: true }))
                .into(),
            acts: numbers.map(|number| (key(number), act(number))).into(),
            ..Transcript::default()
        };
        let mut mailbox = Mailbox::default();
        let waiting = Waiting { sequence: 2, sent_at: Millis(2_000), admitted_at: Millis(2_000) };
        mailbox.waiting.insert(key(2).hash, waiting);
        transcript.leave_out_erased(&mailbox);
        assert_eq!(transcript.messages.len(), 3, "nothing was erased");
        mailbox.erased_until = Some(Millis(2_000));
        transcript.leave_out_erased(&mailbox);
        assert!(transcript.messages.keys().eq([&key(2), &key(3)]));
        assert!(transcript.answers.keys().eq([&key(2), &key(3)]));
        assert!(transcript.spoken.keys().eq([&key(2), &key(3)]));
        assert!(transcript.acts.keys().eq([&key(3)]));
    }

    #[test]
    fn what_was_received_before_an_erasure_goes_though_its_platform_is_ahead() {
        let early = Message { received_at: Millis(2_000), ..message(3) };
        let mut transcript = Transcript { messages: [(key(3), early)].into(), ..Transcript::default() };
        transcript.leave_out_erased(&Mailbox { erased_until: Some(Millis(2_000)), ..Mailbox::default() });
        assert!(transcript.messages.is_empty());
    }
}
