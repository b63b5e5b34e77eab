//! Asking once more what was lost. The wish carries a short reference alone: what is asked stands in the lost messages.
//! What failed is asked once more by a reference too, which its owner gives (`redrive.rs`).

use crate::command::fold;
use crate::key::MessageKey;
use crate::message::Message;
use crate::outcome::Outcome;
use crate::time::Millis;
use crate::turn::{Answer, Transcript};

/// The word before a reference.
const WORD: &str = "/again";

/// What people write instead of tapping, folded. Without a reference it is about the newest answer, if that was lost.
const WORDS: [&str; 6] = [WORD, "try again", "再試一次", "再试一次", "もう一度", "intentar de nuevo"];

/// What a wish for it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again<'t> {
    /// These messages are asked.
    Of(Vec<&'t Message>),
    /// They were, and have been answered.
    Answered,
    /// They are not stored any more, or say nothing.
    Gone,
}

/// What says that the turn of this key is to be asked once more: 32 bytes.
pub fn says(lost: &MessageKey) -> String {
    format!("{WORD} {lost}")
}

/// What a message wants to have asked once more. `None`: it is no such wish.
pub fn wish<'t>(transcript: &'t Transcript, message: &Message) -> Option<Again<'t>> {
    let lost = lost_of(transcript, message)?;
    if is_answered(transcript, message, &lost) {
        return Some(Again::Answered);
    }
    let mut messages = messages_of(transcript, &lost, &mut Vec::new());
    messages.retain(|message| !message.text.trim().is_empty() || !message.media.is_empty());
    Some(if messages.is_empty() { Again::Gone } else { Again::Of(messages) })
}

/// Whether an outcome leaves something to be asked once more.
pub(crate) fn is_unanswered(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Lost | Outcome::Failed)
}

/// The lost turn that a message is about.
pub(crate) fn lost_of(transcript: &Transcript, message: &Message) -> Option<MessageKey> {
    let named = message.text.strip_prefix(WORD).and_then(|rest| MessageKey::parse(rest.trim()));
    if named.is_some() {
        return named;
    }
    let folded = fold(&message.text);
    WORDS.iter().find(|word| **word == folded)?;
    let mut before = transcript.answers.range(..message.key.clone()).rev();
    let (key, newest) = before.find(|(_, answer)| !answer.is_aside())?;
    (newest.outcome == Outcome::Lost).then(|| key.clone())
}

/// What a lost turn was about. Of a wish that was lost itself: what it was about. `seen`: turns that were gone through, for
/// anybody can write a reference, in a circle too.
fn messages_of<'t>(
    transcript: &'t Transcript,
    lost: &MessageKey,
    seen: &mut Vec<MessageKey>,
) -> Vec<&'t Message> {
    if seen.contains(lost) {
        return Vec::new();
    }
    seen.push(lost.clone());
    let covers = transcript.answers.get(lost).map(|answer| answer.covers.as_slice()).unwrap_or_default();
    let mut keys: Vec<_> = covers.iter().filter(|(_, end)| is_unanswered(*end)).map(|(key, _)| key).collect();
    keys.sort();
    let messages = keys.into_iter().filter_map(|key| transcript.messages.get(key));
    messages
        .flat_map(|message| match lost_of(transcript, message) {
            Some(earlier) => messages_of(transcript, &earlier, seen),
            None => vec![message],
        })
        .collect()
}

/// Whether an earlier wish for the same has been answered.
fn is_answered(transcript: &Transcript, message: &Message, lost: &MessageKey) -> bool {
    let answer_of = |key: &MessageKey| -> Option<&Answer> {
        transcript.answers.values().find(|answer| answer.outcome_of(key).is_some())
    };
    let mine = answer_of(&message.key).map_or(Millis(i64::MAX), |answer| answer.written_at);
    transcript.messages.values().filter(|other| other.key != message.key).any(|other| {
        let answered = answer_of(&other.key).filter(|answer| {
            answer.outcome_of(&other.key) == Some(Outcome::Answered) && answer.written_at < mine
        });
        answered.is_some() && lost_of(transcript, other).as_ref() == Some(lost)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Channel, ConversationKey, Handles, MessageHash, MessageKind, Token};

    fn key(number: u64) -> MessageKey {
        MessageKey::new(Millis(i64::try_from(number).unwrap() * 1_000), MessageHash::counted(number))
    }

    fn message(number: u64, text: &str) -> Message {
        let address = Address { channel: Channel::WEB, chat: "s".into(), thread: None };
        Message {
            conversation: ConversationKey::of("b", &address),
            key: key(number),
            address,
            text: text.to_owned(),
            kind: MessageKind::Text,
            media: Vec::new(),
            handles: Handles::default(),
            language: None,
            received_at: key(number).sent_at,
        }
    }

    fn answer(outcome: Outcome, covers: &[u64]) -> Answer {
        let last = covers.iter().max().copied().unwrap_or_default();
        Answer {
            outcome,
            parts: vec!["words".into()],
            buttons: Vec::new(),
            progress: 1,
            unknown: Vec::new(),
            covers: covers.iter().map(|number| (key(*number), outcome)).collect(),
            written_by: Token("t".into()),
            written_at: key(last).sent_at + 500,
            tokens: (0, 0),
            patch: None,
            errands: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Two messages that were lost together.
    fn lost() -> Transcript {
        let mut transcript = Transcript::default();
        for (number, text) in [(1, "one"), (2, "two")] {
            transcript.messages.insert(key(number), message(number, text));
        }
        transcript.answers.insert(key(2), answer(Outcome::Lost, &[1, 2]));
        transcript
    }

    fn asks(transcript: &Transcript, message: &Message) -> Vec<String> {
        match wish(transcript, message) {
            Some(Again::Of(messages)) => messages.into_iter().map(|message| message.text.clone()).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn a_reference_fits_into_a_button_and_brings_back_what_was_lost() {
        assert!(says(&key(2)).len() <= 64);
        assert_eq!(asks(&lost(), &message(3, &says(&key(2)))), ["one", "two"]);
        assert_eq!(asks(&lost(), &message(3, "Try again!")), ["one", "two"]);
        assert_eq!(wish(&lost(), &message(3, "try again later")), None);
        assert_eq!(wish(&lost(), &message(3, &says(&key(7)))), Some(Again::Gone));
    }

    #[test]
    fn what_was_answered_is_not_asked_a_third_time() {
        let mut transcript = lost();
        transcript.messages.insert(key(3), message(3, &says(&key(2))));
        assert_eq!(asks(&transcript, &message(4, &says(&key(2)))), ["one", "two"], "not yet");
        transcript.answers.insert(key(3), answer(Outcome::Answered, &[3]));
        assert_eq!(wish(&transcript, &message(4, &says(&key(2)))), Some(Again::Answered));
        assert_eq!(asks(&transcript, &message(3, &says(&key(2)))), ["one", "two"], "the first one was right");
        assert_eq!(wish(&transcript, &message(4, "try again")), None, "what came last was not lost");
    }

    #[test]
    fn what_failed_is_asked_by_its_reference_alone() {
        let mut transcript = lost();
        transcript.answers.insert(key(2), answer(Outcome::Failed, &[1, 2]));
        assert_eq!(asks(&transcript, &message(3, &says(&key(2)))), ["one", "two"]);
        assert_eq!(wish(&transcript, &message(3, "try again")), None, "its words are about what was lost");
    }

    #[test]
    fn a_wish_that_was_lost_itself_leads_back() {
        let mut transcript = lost();
        transcript.messages.insert(key(3), message(3, &says(&key(2))));
        transcript.answers.insert(key(3), answer(Outcome::Lost, &[3]));
        assert_eq!(asks(&transcript, &message(4, &says(&key(3)))), ["one", "two"]);
        transcript.messages.insert(key(1), message(1, &says(&key(2))));
        assert_eq!(asks(&transcript, &message(4, &says(&key(3)))), ["two"], "a circle ends");
    }
}
