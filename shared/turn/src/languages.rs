//! The language that each message is answered in.

use bot::Bot;
use domain::turn::Transcript;
use domain::{Message, MessageKind, language};

/// The setting that says it, where a bot has one.
const SETTING: &str = "language";

/// Puts into each message the language that its user is answered in: what was set; what the message is written in; for
/// what has no words of its own, as a button or a voice note, what was written before.
pub(crate) fn tell_languages(transcript: &mut Transcript, bot: &Bot) {
    let may_be =
        |value: &&String| bot.settings.get(SETTING).is_some_and(|setting| setting.values.contains(value));
    let set = transcript.state.settings.get(SETTING).filter(may_be).cloned();
    let mut before: Option<String> = None;
    // By our clock: platforms that count whole seconds give two messages the same time.
    let mut messages: Vec<&mut Message> = transcript.messages.values_mut().collect();
    messages.sort_by_key(|message| message.received_at);
    for message in messages {
        let known = set.clone().or_else(|| written(message, before.as_deref()));
        if known.is_some() {
            before.clone_from(&known);
            message.language = known;
        }
    }
}

fn written(message: &Message, before: Option<&str>) -> Option<String> {
    match language::of(&message.text) {
        None | Some(language::LATIN) if is_wordless(message) => {
            before.map(ToOwned::to_owned).or_else(|| message.language.clone())
        }
        None | Some(language::LATIN) => message.language.clone(),
        Some(_) => language::spoken(&message.text, before.or(message.language.as_deref())),
    }
}

/// A word alone may be a name, or one that every language has.
fn is_wordless(message: &Message) -> bool {
    let is_latin_word = message.text.is_ascii() && message.text.split_whitespace().count() < 2;
    message.kind != MessageKind::Text || is_latin_word || message.text.starts_with('/')
}
