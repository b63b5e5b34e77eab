//! The language that each message is answered in.

use bot::Bot;
use domain::turn::Transcript;
use domain::{Message, MessageKind, language};

/// The setting that says it, where a bot has one.
const SETTING: &str = "language";

/// Puts into each message the language that its user is answered in: what was set; what the message is written in; for
/// what has no words of its own, as a button or a voice note, what was written before.
pub(crate) fn tell_languages(transcript: &mut Transcript, bot: &Bot) {
    let set = transcript.state.settings.get(SETTING).filter(|_| bot.settings.contains_key(SETTING)).cloned();
    let mut before: Option<String> = None;
    // By our clock: platforms that count whole seconds give two messages the same time.
    let mut messages: Vec<&mut Message> = transcript.messages.values_mut().collect();
    messages.sort_by_key(|message| message.received_at);
    for message in messages {
        let written = language::of(&message.text).and_then(|_| message.language.clone());
        let carried = before.clone().filter(|_| is_wordless(message));
        if let Some(known) = set.clone().or(carried).or(written) {
            before = Some(known.clone());
            message.language = Some(known);
        }
    }
}

/// A word alone may be a name, or one that every language has.
fn is_wordless(message: &Message) -> bool {
    let is_latin_word = message.text.is_ascii() && message.text.split_whitespace().count() < 2;
    message.kind != MessageKind::Text || is_latin_word || message.text.starts_with('/')
}
