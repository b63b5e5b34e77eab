//! Words that act on the conversation itself. They are obeyed at the webhook, past the queue.

use unicode_normalization::UnicodeNormalization;

/// What such a word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Stop the running answer and drop what waits.
    Cancel,
    /// The same, and go to the menu before this one.
    Back,
    /// The same, and leave all menus.
    MainMenu,
}

/// The words of a bot, folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    words: Vec<(String, Command)>,
}

impl Words {
    /// The words that always work: English, Chinese in both scripts, Japanese.
    pub fn standard() -> Words {
        let cancel = ["cancel", "/cancel", "/stop", "取消", "キャンセル"];
        let back = ["back", "/back", "返回", "戻る"];
        let main_menu = ["main menu", "/menu", "主選單", "主菜单", "メインメニュー"];
        Words::default()
            .with(Command::Cancel, cancel)
            .with(Command::Back, back)
            .with(Command::MainMenu, main_menu)
    }

    /// These words as well. One that is nothing but closing punctuation is left out: a sticker without a text would say it.
    #[must_use]
    pub fn with<'a>(mut self, command: Command, words: impl IntoIterator<Item = &'a str>) -> Words {
        let words = words.into_iter().map(|word| without_bot_name(&fold(word)).to_owned());
        self.words.extend(words.filter(|word| !word.is_empty()).map(|word| (word, command)));
        self
    }

    /// The command that `text` is, when it is nothing else: "never mind" and "cancel my order" are talk.
    pub fn recognise(&self, text: &str) -> Option<Command> {
        let folded = fold(text);
        let spoken = without_bot_name(&folded);
        self.words.iter().find(|(word, _)| word == spoken).map(|(_, command)| *command)
    }
}

/// One spelling for all: compatibility forms (full and half width) joined, lower case, no outer space or
/// closing punctuation.
pub fn fold(text: &str) -> String {
    let one_width: String = text.nfkc().collect();
    let closes = |character: char| character.is_whitespace() || matches!(character, '.' | '!' | '。');
    one_width.to_lowercase().trim_start().trim_end_matches(closes).to_owned()
}

/// What somebody says who comes: Telegram's own word for it.
pub const START: &str = "/start";

/// Whether a folded text contains a folded word. A Latin word counts as a whole.
pub fn contains(text: &str, word: &str) -> bool {
    let stands_alone = |at: usize| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !word.is_ascii() || ![before, after].into_iter().flatten().any(|c| c.is_ascii_alphanumeric())
    };
    text.match_indices(word).any(|(at, _)| stands_alone(at))
}

/// A command as it is written where nobody else could be meant: `/set@name_of_the_bot target ja` is `/set target ja`.
pub fn unaddressed(text: &str) -> String {
    let (first, rest) = text.find(char::is_whitespace).map_or((text, ""), |at| text.split_at(at));
    format!("{}{rest}", without_bot_name(first))
}

/// In groups Telegram writes commands as `/cancel@name_of_the_bot`.
fn without_bot_name(text: &str) -> &str {
    match text.split_once('@') {
        Some((command, name)) if command.starts_with('/') && !name.contains(char::is_whitespace) => command,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancel_is_known_in_any_case_and_width() {
        let words = Words::standard();
        for text in [
            "cancel",
            " Cancel! ",
            "ＣＡＮＣＥＬ",
            "取消",
            "取消。",
            "ｷｬﾝｾﾙ",
            "/cancel@demo_bot",
            "/STOP",
            "cancel! !",
        ] {
            assert_eq!(words.recognise(text), Some(Command::Cancel), "{text}");
        }
    }

    #[test]
    fn menus_are_left_by_their_words() {
        let words = Words::standard();
        for (text, command) in [
            ("Back", Command::Back),
            ("返回", Command::Back),
            ("戻る。", Command::Back),
            ("ＭＡＩＮ ＭＥＮＵ", Command::MainMenu),
            ("主選單", Command::MainMenu),
            ("主菜单", Command::MainMenu),
            ("ﾒｲﾝﾒﾆｭｰ", Command::MainMenu),
        ] {
            assert_eq!(words.recognise(text), Some(command), "{text}");
        }
    }

    #[test]
    fn an_owners_word_is_heard_as_it_was_written_and_silence_is_no_word() {
        let words = Words::default().with(Command::Cancel, ["/Halt@demo_bot", "", " !"]);
        for text in ["/halt", "/halt@demo_bot", "/HALT@other_bot"] {
            assert_eq!(words.recognise(text), Some(Command::Cancel), "{text}");
        }
        assert_eq!(words.recognise(""), None);
        assert_eq!(words.recognise("!"), None);
    }

    #[test]
    fn a_command_is_the_same_when_it_names_the_bot() {
        for (written, read) in [
            ("/set@demo_bot target ja", "/set target ja"),
            ("/help@demo_bot", "/help"),
            ("/remind 30m mail ann@b.example", "/remind 30m mail ann@b.example"),
            ("ann@b.example is my address", "ann@b.example is my address"),
            ("", ""),
        ] {
            assert_eq!(unaddressed(written), read);
        }
    }

    #[test]
    fn talk_about_cancelling_is_talk() {
        let words = Words::standard();
        for text in [
            "never mind",
            "cancel my order",
            "back pain",
            "come back",
            "what is on the menu?",
            "stop",
            "",
            "how do I cancel?",
            "can cel",
        ] {
            assert_eq!(words.recognise(text), None, "{text}");
        }
    }
}
