//! What the model is told of before: the lines of a session, as its user saw them.

use crate::again::{self, Again};
use crate::key::{MessageKey, as_written};
use crate::message::{Message, MessageKind};
use crate::outcome::Outcome;
use crate::person::Act;
use crate::time::Millis;
use crate::turn::{Strategy, Transcript};

/// Who said a line of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The person.
    User,
    /// The bot.
    Bot,
}

/// What the user saw since `session_start`, oldest first: answered messages and their answers, what they and a person said to
/// one another, nothing else. An interrupted message is kept as context for what came instead; one that only the newest
/// counted over is not.
pub fn history(transcript: &Transcript, session_start: Millis, strategy: Strategy) -> Vec<(Speaker, String)> {
    let counts = |outcome: Outcome| match outcome {
        Outcome::Answered => true,
        Outcome::Superseded => strategy == Strategy::Interrupt,
        _ => false,
    };
    let mut groups = Vec::new();
    for (at, answer) in &transcript.answers {
        let since = answer.covers.iter().filter(|(key, _)| key.sent_at >= session_start);
        let (handed, seen): (Vec<_>, Vec<_>) =
            since.partition(|(_, outcome)| *outcome == Outcome::HandedOver);
        let mut keys: Vec<_> =
            seen.into_iter().filter(|(_, outcome)| counts(*outcome)).map(|(key, _)| key.clone()).collect();
        as_written(&mut keys);
        let mut lines: Vec<_> = keys.iter().flat_map(|key| texts(transcript, key)).collect();
        if answer.outcome == Outcome::Answered && !lines.is_empty() {
            lines.push((Speaker::Bot, answer.parts.join("\n")));
        }
        groups.push((at, lines));
        groups.extend(handed.into_iter().map(|(key, _)| (key, texts(transcript, key))));
    }
    let told = |act: &&Act| act.key.sent_at >= session_start && !act.text.is_empty();
    let acts = transcript.acts.values().filter(told);
    groups.extend(acts.map(|act| (&act.key, vec![(Speaker::Bot, act.text.clone())])));
    groups.sort_by_key(|(at, _)| *at);
    groups.into_iter().flat_map(|(_, lines)| lines).collect()
}

/// The lines that a message is; of a wish to have something asked once more, those that were lost.
fn texts(transcript: &Transcript, key: &MessageKey) -> Vec<(Speaker, String)> {
    let message = transcript.messages.get(key);
    let messages = match message.and_then(|message| again::wish(transcript, message)) {
        Some(Again::Of(lost)) => lost,
        Some(Again::Answered | Again::Gone) => Vec::new(),
        None => message.into_iter().collect(),
    };
    let texts = messages.into_iter().flat_map(|message| {
        let spoken = transcript.spoken.get(&message.key).map(|spoken| spoken.text.clone());
        [Some(said(message)), spoken].into_iter().flatten()
    });
    // A sticker has no text, and providers refuse an empty line.
    texts.filter(|text| !text.trim().is_empty()).map(|text| (Speaker::User, text)).collect()
}

/// What a message said. An announcement is the bot's own: its words stand in the answer, and providers want a line of
/// the user's before each of the bot's.
fn said(message: &Message) -> String {
    match message.kind {
        MessageKind::Announced => "(This was asked for ahead of time.)".to_owned(),
        _ => message.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::MessageHash;
    use crate::person::Deed;
    use crate::turn::{Answer, answer};

    fn key(number: u64, sent_at: i64) -> MessageKey {
        MessageKey::new(Millis(sent_at), MessageHash::counted(number))
    }

    #[test]
    fn history_is_what_the_user_saw_in_this_session() {
        let address = crate::Address { channel: crate::Channel::WEB, chat: "s".into(), thread: None };
        let mut transcript = Transcript::default();
        for (number, sent_at) in [(1, 100), (2, 200), (3, 300)] {
            let message = Message {
                conversation: crate::ConversationKey::of("b", &address),
                key: key(number, sent_at),
                address: address.clone(),
                text: format!("message {number}"),
                kind: crate::MessageKind::Text,
                media: Vec::new(),
                handles: crate::Handles::default(),
                language: None,
                received_at: Millis(sent_at),
            };
            transcript.messages.insert(message.key.clone(), message);
        }
        transcript.answers.insert(key(1, 100), answer(Outcome::Answered, &[key(1, 100)]));
        transcript.answers.insert(key(2, 200), answer(Outcome::Refused, &[key(2, 200)]));
        transcript.answers.insert(key(3, 300), answer(Outcome::Answered, &[key(3, 300)]));
        let said: Vec<_> =
            history(&transcript, Millis(100), Strategy::Burst).into_iter().map(|(_, text)| text).collect();
        assert_eq!(said, ["message 1", "an answer", "message 3", "an answer"]);
        assert_eq!(history(&transcript, Millis(150), Strategy::Burst).len(), 2, "an earlier session is gone");
        let handed = Answer { parts: Vec::new(), ..answer(Outcome::HandedOver, &[key(2, 200)]) };
        transcript.answers.insert(key(2, 200), handed);
        for (at, deed, text) in [(190, Deed::TookOver, "a person"), (210, Deed::Said, "hi, Ann here")] {
            let (key, person, to) = (key(9, at), "Ann".to_owned(), address.clone());
            let act = Act { key: key.clone(), deed, person, text: text.to_owned(), to, told: None };
            transcript.acts.insert(key, act);
        }
        let said: Vec<_> =
            history(&transcript, Millis(150), Strategy::Burst).into_iter().map(|(_, text)| text).collect();
        assert_eq!(said, ["a person", "message 2", "hi, Ann here", "message 3", "an answer"]);
    }
}
