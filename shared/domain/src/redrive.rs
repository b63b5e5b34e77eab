//! Putting back what died: the same author's wish, by the bot's owner, to have a turn that failed asked once more.
//!
//! The wish is a message like that of a tap on "Try again", so it goes the ordinary way, is answered once, and has an outcome
//! of its own. Its key is made of the turn and the time at which it was marked: made again, it is the same message.

use crate::again::{self, Again};
use crate::key::{MessageHash, MessageKey};
use crate::message::{Handles, Message, MessageKind};
use crate::outcome::Outcome;
use crate::person::Deed;
use crate::time::Millis;
use crate::turn::{Answer, Transcript};

/// What can be done with a message that died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redrive {
    /// The turn of this key is to be asked once more, by this message.
    Ready(MessageKey, Box<Message>),
    /// The same, but the conversation has moved on, at that time.
    MovedOn(Millis, MessageKey, Box<Message>),
    /// It still waits: there is no end yet to begin from.
    Waits,
    /// It has another end, which stands.
    Ended(Outcome),
    /// It was asked once more, and answered.
    Answered,
    /// It was erased, has expired, or says nothing.
    Gone,
}

impl Redrive {
    /// What can be done with the message `died`. `at`: the time before the transcript was read, which the new message has: an
    /// erasure that comes after it refuses it.
    pub fn of(transcript: &Transcript, died: &MessageKey, at: Millis) -> Redrive {
        let mailbox = transcript.mailbox.clone().unwrap_or_default();
        if mailbox.waiting.contains_key(&died.hash) {
            return Redrive::Waits;
        }
        let mut left = transcript.clone();
        left.leave_out_erased(&mailbox);
        let covering =
            left.answers.iter().find_map(|(key, answer)| Some((key, answer, answer.outcome_of(died)?)));
        let Some((turn, answer, outcome)) = covering else { return Redrive::Gone };
        if !again::is_unanswered(outcome) {
            return Redrive::Ended(outcome);
        }
        let Some(wish) = wish(&left, turn, at) else { return Redrive::Gone };
        match (again::wish(&left, &wish), moved_on(&left, answer)) {
            (Some(Again::Of(_)), None) => Redrive::Ready(turn.clone(), Box::new(wish)),
            (Some(Again::Of(_)), Some(since)) => Redrive::MovedOn(since, turn.clone(), Box::new(wish)),
            (Some(Again::Answered), _) => Redrive::Answered,
            _ => Redrive::Gone,
        }
    }
}

/// The message that asks a turn once more: where and in which language its newest message was written.
fn wish(transcript: &Transcript, turn: &MessageKey, at: Millis) -> Option<Message> {
    let covers = &transcript.answers.get(turn)?.covers;
    let newest = covers.iter().filter_map(|(key, _)| transcript.messages.get(key)).max_by_key(|m| &m.key)?;
    Some(Message {
        key: wish_key(turn, at),
        text: again::says(turn),
        kind: MessageKind::Action,
        media: Vec::new(),
        handles: Handles::default(),
        received_at: at,
        ..newest.clone()
    })
}

/// The key of the message that asks a turn once more, marked at that time.
pub fn wish_key(turn: &MessageKey, at: Millis) -> MessageKey {
    MessageKey::new(at, MessageHash::of(&format!("redrive {turn}")))
}

/// When the conversation went on after a turn had failed: something newer was answered, or a person came into it. What was
/// asked once more is no news, nor is what a schedule said.
fn moved_on(transcript: &Transcript, failed: &Answer) -> Option<Millis> {
    let is_news = |key: &MessageKey| {
        let message = transcript.messages.get(key);
        message.is_none_or(|it| !it.kind.is_scheduled() && again::lost_of(transcript, it).is_none())
    };
    let answered = transcript.answers.values().filter(|answer| {
        let mut covers = answer.covers.iter();
        answer.written_at > failed.written_at
            && covers.any(|(key, outcome)| *outcome == Outcome::Answered && is_news(key))
    });
    let said = transcript.acts.values().filter(|act| act.deed != Deed::HandedBack);
    let said = said.map(|act| act.key.sent_at).filter(|at| *at > failed.written_at);
    answered.map(|answer| answer.written_at).chain(said).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Waiting;
    use crate::{Address, Channel, ConversationKey, Mailbox, Token};

    const NOW: Millis = Millis(100_000);

    fn key(number: u64) -> MessageKey {
        MessageKey::new(Millis(i64::try_from(number).unwrap() * 1_000), MessageHash::counted(number))
    }

    fn message(number: u64, text: &str) -> Message {
        let address = Address { channel: Channel::of("telegram"), chat: "7".into(), thread: None };
        Message {
            conversation: ConversationKey::of("b", &address),
            key: key(number),
            address,
            text: text.to_owned(),
            kind: MessageKind::Text,
            media: Vec::new(),
            handles: Handles { reply: Some("once".into()), seen: None },
            language: Some("ja".into()),
            received_at: key(number).sent_at,
        }
    }

    fn answer(outcome: Outcome, number: u64) -> Answer {
        Answer {
            outcome,
            parts: vec!["words".into()],
            buttons: Vec::new(),
            progress: 1,
            unknown: Vec::new(),
            covers: vec![(key(number), outcome)],
            written_by: Token("t".into()),
            written_at: key(number).sent_at + 500,
            tokens: (0, 0),
            patch: None,
            errands: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Each message, with its outcome.
    fn transcript(messages: &[(u64, &str, Outcome)]) -> Transcript {
        let mut transcript = Transcript { mailbox: Some(Mailbox::default()), ..Transcript::default() };
        for (number, text, outcome) in messages {
            transcript.messages.insert(key(*number), message(*number, text));
            transcript.answers.insert(key(*number), answer(*outcome, *number));
        }
        transcript
    }

    #[test]
    fn what_failed_is_asked_by_a_message_of_its_author() {
        let transcript = transcript(&[(1, "poison", Outcome::Failed)]);
        let Redrive::Ready(turn, wish) = Redrive::of(&transcript, &key(1), NOW) else { unreachable!() };
        assert_eq!((turn, wish.key.sent_at, wish.language.as_deref()), (key(1), NOW, Some("ja")));
        assert_eq!((wish.text.as_str(), &wish.handles), (&*again::says(&key(1)), &Handles::default()));
        assert_eq!(wish.conversation, message(1, "").conversation);
        assert_eq!(wish.key, wish_key(&key(1), NOW), "made again, it is the same");
    }

    #[test]
    fn a_conversation_has_moved_on_when_something_newer_was_answered() {
        let failed = (1, "poison", Outcome::Failed);
        let is = |others: &[(u64, &str, Outcome)]| {
            Redrive::of(&transcript(&[&[failed], others].concat()), &key(1), NOW)
        };
        assert!(matches!(is(&[(2, "and now?", Outcome::Answered)]), Redrive::MovedOn(Millis(2_500), ..)));
        assert!(matches!(is(&[(2, "and now?", Outcome::Failed)]), Redrive::Ready(..)));
        let other = (2, "more poison", Outcome::Failed);
        let asked = again::says(&key(2));
        assert!(matches!(is(&[other, (3, &asked, Outcome::Answered)]), Redrive::Ready(..)), "no news");
        let asked = again::says(&key(1));
        assert_eq!(is(&[(3, &asked, Outcome::Answered)]), Redrive::Answered);
    }

    #[test]
    fn what_waits_has_ended_otherwise_or_is_gone_is_left() {
        let mut transcript = transcript(&[(1, "hello", Outcome::Answered), (2, "poison", Outcome::Failed)]);
        assert_eq!(Redrive::of(&transcript, &key(1), NOW), Redrive::Ended(Outcome::Answered));
        assert_eq!(Redrive::of(&transcript, &key(9), NOW), Redrive::Gone);
        let mailbox = transcript.mailbox.as_mut().unwrap();
        mailbox.erased_until = Some(Millis(50_000));
        assert_eq!(Redrive::of(&transcript, &key(2), NOW), Redrive::Gone);
        let waiting = Waiting { sequence: 1, sent_at: key(2).sent_at, admitted_at: key(2).sent_at };
        transcript.mailbox.as_mut().unwrap().waiting.insert(key(2).hash, waiting);
        assert_eq!(Redrive::of(&transcript, &key(2), NOW), Redrive::Waits);
    }
}
