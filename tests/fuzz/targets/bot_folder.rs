//! Any `bot.toml` and `wording.toml`: a bot that can be used, or a mistake with its file and line.

#![no_main]

use std::path::Path;

use arbitrary::Arbitrary;
use bot::{Bot, BotError, Files};
use domain::Limits;
use domain::command::Command;
use domain::wording::Sentence;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Written<'a> {
    wording: Option<&'a str>,
    bot: &'a str,
}

fuzz_target!(|written: Written| {
    let mut files = Files::from([("bot.toml".to_owned(), written.bot.to_owned())]);
    files.insert("prompts/default.md".to_owned(), "Be kind.".to_owned());
    files.extend(written.wording.map(|wording| ("wording.toml".to_owned(), wording.to_owned())));
    match Bot::of(Path::new(""), &files) {
        Ok(bot) => can_be_used(&bot, written.bot),
        Err(error) => says_where(&error, &files),
    }
});

fn can_be_used(bot: &Bot, written: &str) {
    assert!(!bot.name.is_empty() && bot.name.len() <= 40);
    assert!(Limits::NAMES.iter().all(|name| !name.is_empty()));
    for sentence in Sentence::ALL.iter().copied() {
        for language in [None, Some("zh-Hant"), Some("fi")] {
            let _ = bot.wording.say(sentence, language, 2);
        }
    }
    assert_eq!(bot.words.recognise("cancel"), Some(Command::Cancel));
    for silence in ["", " ", "!", "。"] {
        assert_eq!(bot.words.recognise(silence), None, "a sticker without a text stops the answer");
    }
    for word in own_words(written) {
        assert_eq!(bot.words.recognise(&word), Some(Command::Cancel), "{word:?}");
    }
}

fn own_words(written: &str) -> Vec<String> {
    let file: toml::Table = toml::from_str(written).expect("it was read");
    let cancel = file.get("commands").and_then(|commands| commands.get("cancel"));
    let words = cancel.and_then(toml::Value::as_array).into_iter().flatten();
    words.filter_map(|word| word.as_str().map(ToOwned::to_owned)).collect()
}

fn says_where(error: &BotError, files: &Files) {
    let BotError::Wrong { path, line, what } = error else { panic!("nothing is missing: {error}") };
    let text = &files[path.to_str().expect("a file of the folder")];
    assert!(!what.is_empty());
    assert!((1..=text.matches('\n').count() + 1).contains(line), "line {line} of {text:?}");
}
