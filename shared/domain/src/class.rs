//! What kind of thing a message says, by its words.

use crate::command::fold;

/// The kinds that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Class {
    /// Wants an answer. What cannot be told counts as one.
    #[default]
    Question,
    /// Is to be remembered.
    Statement,
    /// Wants no more than a kind word.
    SmallTalk,
    /// Wants something done.
    Command,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 4] = [Class::Question, Class::Statement, Class::SmallTalk, Class::Command];

    /// The name in bot files, and the word a model is asked to answer with.
    pub fn name(self) -> &'static str {
        match self {
            Class::Question => "question",
            Class::Statement => "statement",
            Class::SmallTalk => "small-talk",
            Class::Command => "command",
        }
    }

    /// The class that a model names, when it names one.
    pub fn said(answer: &str) -> Option<Class> {
        let folded = fold(answer);
        Class::ALL.into_iter().find(|class| folded.starts_with(class.name()))
    }
}

/// The words by which messages are sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassWords {
    /// How a statement begins or, in Japanese, ends.
    statement: Vec<String>,
    /// All that small talk says.
    small_talk: Vec<String>,
}

impl ClassWords {
    /// The words that always work: English, Chinese in both scripts, Japanese.
    pub fn standard() -> ClassWords {
        let statement = [
            "remember",
            "please remember",
            "note that",
            "please note",
            "note:",
            "don't forget",
            "do not forget",
            "記住",
            "請記住",
            "請記得",
            "記得",
            "幫我記",
            "记住",
            "请记住",
            "请记得",
            "记得",
            "帮我记",
            "覚えて",
            "覚えておいて",
            "覚えておいてください",
            "覚えてください",
            "メモして",
            "メモしてください",
        ];
        let small_talk = [
            "hi",
            "hello",
            "hey",
            "hi there",
            "hello there",
            "good morning",
            "good evening",
            "good night",
            "bye",
            "goodbye",
            "see you",
            "thanks",
            "thank you",
            "thank you very much",
            "thanks a lot",
            "ok",
            "okay",
            "great",
            "how are you",
            "你好",
            "您好",
            "嗨",
            "哈囉",
            "早安",
            "晚安",
            "謝謝",
            "谢谢",
            "再見",
            "再见",
            "好的",
            "早上好",
            "こんにちは",
            "おはよう",
            "おはようございます",
            "こんばんは",
            "おやすみなさい",
            "ありがとう",
            "ありがとうございます",
            "さようなら",
            "了解です",
        ];
        ClassWords::default().with(Class::Statement, statement).with(Class::SmallTalk, small_talk)
    }

    /// These words as well. Questions and commands have none: the first are all the rest, the second begin with a slash.
    #[must_use]
    pub fn with<'a>(mut self, class: Class, words: impl IntoIterator<Item = &'a str>) -> ClassWords {
        let words = words.into_iter().map(bare).filter(|word| !word.is_empty());
        match class {
            Class::Statement => self.statement.extend(words),
            Class::SmallTalk => self.small_talk.extend(words),
            Class::Question | Class::Command => {}
        }
        self
    }

    /// What this text is.
    pub fn sort(&self, text: &str) -> Class {
        let folded = bare(text);
        let asks = fold(text).ends_with(['?', '嗎', '吗', '呢']) || folded.ends_with("ですか");
        if folded.starts_with('/') {
            Class::Command
        } else if self.small_talk.contains(&folded) {
            Class::SmallTalk
        } else if !asks && self.statement.iter().any(|word| begins(&folded, word) || ends(&folded, word)) {
            Class::Statement
        } else {
            Class::Question
        }
    }
}

/// Folded, and without what closes or decorates a sentence.
fn bare(text: &str) -> String {
    let closes = |character: char| !character.is_alphanumeric() && character != ':';
    fold(text).replace('\u{2019}', "'").trim_end_matches(closes).to_owned()
}

/// Whether the text begins with these words, and says something behind them.
fn begins(text: &str, words: &str) -> bool {
    let rest = text.strip_prefix(words);
    let is_spaced = words.ends_with(|last: char| last.is_ascii_alphanumeric());
    rest.is_some_and(|rest| !(rest.is_empty() || is_spaced && rest.starts_with(char::is_alphanumeric)))
}

/// Whether the text ends with these words, as verbs do in Japanese.
fn ends(text: &str, words: &str) -> bool {
    !words.is_ascii() && text.strip_suffix(words).is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_sorted_by_their_words() {
        let words = ClassWords::standard();
        for (text, class) in [
            ("Remember that my cat is called Miso.", Class::Statement),
            ("Don’t forget: the meeting is on Friday", Class::Statement),
            ("請記住我對花生過敏", Class::Statement),
            ("私の猫の名前はミソです。覚えておいてください。", Class::Statement),
            ("Remember?", Class::Question),
            ("Remembering names is hard", Class::Question),
            ("Do you remember my cat?", Class::Question),
            ("你記得我的貓嗎", Class::Question),
            ("Hello!", Class::SmallTalk),
            ("ＴＨＡＮＫＳ 🙏", Class::SmallTalk),
            ("谢谢！", Class::SmallTalk),
            ("ありがとうございます。", Class::SmallTalk),
            ("hello, when do you open", Class::Question),
            ("/weather taipei", Class::Command),
            ("", Class::Question),
        ] {
            assert_eq!(words.sort(text), class, "{text}");
        }
    }

    #[test]
    fn an_owners_words_work_as_well() {
        let words =
            ClassWords::standard().with(Class::Statement, ["Recuerda"]).with(Class::SmallTalk, ["¡Hola!"]);
        assert_eq!(words.sort("recuerda que mi gato se llama Miso"), Class::Statement);
        assert_eq!(words.sort("¡HOLA!"), Class::SmallTalk);
    }

    #[test]
    fn a_models_word_is_understood() {
        assert_eq!(Class::said("Statement."), Some(Class::Statement));
        assert_eq!(Class::said("small-talk"), Some(Class::SmallTalk));
        assert_eq!(Class::said("I think it is a question"), None);
    }
}
