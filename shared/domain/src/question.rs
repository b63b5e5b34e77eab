//! A question that needs nothing but itself to be answered: whoever asks it, the answer is the same.

use crate::command::fold;
use crate::key::short_hash;

/// Everything its answer depends on, as a hash: 22 characters of base64url, 128 bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question(String);

impl Question {
    /// Put to this model under these instructions. Case, width, closing punctuation and the number of spaces do not
    /// make another question.
    pub fn of(model: &str, instructions: &str, text: &str) -> Question {
        let folded = fold(text);
        let folded = folded.trim_end_matches(['?', '\u{ff1f}']);
        let words: Vec<&str> = folded.split_whitespace().collect();
        Question(short_hash::<16>(&[model, instructions, &words.join(" ")]))
    }

    /// As text, for keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_makes_no_other_question_and_instructions_do() {
        let asked = |text| Question::of("m", "Be kind.", text);
        for same in ["what is  flu?", "What is flu", " WHAT IS FLU? ", "what is flu！"] {
            assert_eq!(asked(same), asked("what is flu"), "{same}");
        }
        assert_ne!(asked("what is flu"), asked("what is a flu"));
        assert_ne!(asked("what is flu"), Question::of("m", "Be brief.", "what is flu"));
        assert_ne!(asked("what is flu"), Question::of("n", "Be kind.", "what is flu"));
    }
}
