//! `wording.toml`: a table per language, a text per sentence.

use std::collections::BTreeMap;
use std::path::Path;

use crate::spanned::Spanned;
use domain::wording::{Sentence, Wording};

use crate::error::BotError;

type WordingFile = BTreeMap<String, BTreeMap<Spanned<String>, String>>;

/// The sentences every bot has.
pub(crate) const STANDARD: &str = include_str!("../wording.toml");

/// The standard sentences of a language, by their keys.
#[cfg(feature = "schema")]
pub(crate) fn standard(language: &str) -> BTreeMap<String, String> {
    let mut file: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(STANDARD).unwrap_or_default();
    file.remove(language).unwrap_or_default()
}

/// Adds the sentences of a wording file.
pub(crate) fn add(wording: &mut Wording, path: &Path, text: &str) -> Result<(), BotError> {
    let file: WordingFile = toml::from_str(text).map_err(|error| BotError::of_toml(path, text, &error))?;
    for (language, sentences) in file {
        for (key, words) in sentences {
            let sentence = Sentence::named(key.get_ref()).ok_or_else(|| {
                let known: Vec<&str> = Sentence::ALL.iter().map(|sentence| sentence.key()).collect();
                let what =
                    format!("unknown sentence `{}`; the sentences are: {}", key.get_ref(), known.join(", "));
                BotError::at(path, text, key.span().start, what)
            })?;
            if let Some(what) = unusable(sentence, &words) {
                return Err(BotError::at(path, text, key.span().start, what));
            }
            wording.put(&language, sentence, &words);
        }
    }
    Ok(())
}

/// Why these words cannot be said: users are always told, and never shown a mark that stands for something.
fn unusable(sentence: Sentence, words: &str) -> Option<String> {
    let key = sentence.key();
    if words.trim().is_empty() {
        return Some(format!("`{key}` says nothing"));
    }
    let marks = words.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(mark, _)| mark);
    let stray = marks.into_iter().find(|mark| !["count", "what"].contains(mark));
    stray.map(|mark| format!("`{key}` has a `{{{mark}}}`; what can stand there is {{count}} or {{what}}"))
}
