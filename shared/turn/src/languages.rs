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
    for message in transcript.messages.values_mut() {
        let written = language::of(&message.text).and_then(|_| message.language.clone());
        let carried = before.clone().filter(|_| is_wordless(message));
        if written.is_some() {
            before.clone_from(&written);
        }
        if let Some(known) = set.clone().or(written).or(carried) {
            message.language = Some(known);
        }
    }
}

fn is_wordless(message: &Message) -> bool {
    message.kind != MessageKind::Text || message.text.trim().is_empty() || message.text.starts_with('/')
}
