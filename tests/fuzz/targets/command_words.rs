//! Any text a user may write, beside the words that always work.

#![no_main]

use domain::command::{Command, Words, fold};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let words = Words::standard();
    let meant = words.recognise(text);
    assert_eq!(words.recognise(&fold(text)), meant, "{text:?}");
    for dressed in [format!(" {text}\n"), format!("{text}!"), format!("{text} 。"), format!("{text}. !")] {
        assert_eq!(words.recognise(&dressed), meant, "{dressed:?}");
    }
    // Whatever an owner adds is recognised as it was written, or refused as nothing.
    let own = Words::default().with(Command::Cancel, [text]);
    assert_eq!(own.recognise(text).is_none(), fold(text).is_empty(), "{text:?}");
});
