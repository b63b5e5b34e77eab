//! Text as tokens for the search by words: Latin words, codes, and pairs of characters where no space divides words.

use bm25::Tokenizer;
use unicode_normalization::UnicodeNormalization;

/// Our tokenizer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tokens;

impl Tokenizer for Tokens {
    fn tokenize(&self, text: &str) -> Vec<String> {
        let folded: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
        let mut tokens = Vec::new();
        for run in folded.chunk_by(|a, b| script(*a) == script(*b)) {
            match run.first().map(|first| script(*first)) {
                Some(Script::Spaced) => spaced(run, &mut tokens),
                Some(Script::Unspaced) => pairs(run, &mut tokens),
                _ => {}
            }
        }
        tokens
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Words with spaces between them, and what joins the parts of a code.
    Spaced,
    /// Chinese, Japanese, Korean.
    Unspaced,
    Between,
}

fn script(character: char) -> Script {
    match character {
        _ if is_unspaced(character) => Script::Unspaced,
        _ if character.is_alphanumeric() || joins(character) => Script::Spaced,
        _ => Script::Between,
    }
}

/// Whether it belongs to a script without spaces: Han, kana, Hangul, the sign that repeats a character.
pub fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{3005}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// Characters inside codes and numbers: `E-1042`, `v2.1`, `A/B`, `don't`.
fn joins(character: char) -> bool {
    matches!(character, '-' | '.' | '_' | '/' | '\'' | '\u{2019}' | '+' | '#')
}

/// A word, or a code both whole and in parts: `E-1042` is found as `e1042` and as `1042`.
fn spaced(run: &[char], tokens: &mut Vec<String>) {
    let parts: Vec<String> =
        run.split(|character| joins(*character)).map(|part| part.iter().collect()).collect();
    let parts: Vec<String> = parts.into_iter().filter(|part: &String| !part.is_empty()).collect();
    if parts.len() > 1 {
        tokens.push(parts.concat());
    }
    let is_letter = |part: &&String| parts.len() > 1 && part.chars().count() == 1;
    tokens.extend(parts.iter().filter(|part| !is_letter(part)).map(|part| stem(part)));
}

/// English plurals are the same word. More would join words that a search for names and codes has to tell apart.
fn stem(word: &str) -> String {
    let is_plural = word.len() > 3 && word.is_ascii() && word.ends_with('s') && !word.ends_with("ss");
    let singular = match word.strip_suffix("ies") {
        Some(stem) if is_plural && stem.len() > 1 => return format!("{stem}y"),
        _ => word.strip_suffix('s').filter(|_| is_plural),
    };
    singular.unwrap_or(word).to_owned()
}

/// Each two neighbours; a character that stands alone is a token of its own.
fn pairs(run: &[char], tokens: &mut Vec<String>) {
    if let [alone] = run {
        tokens.push(alone.to_string());
    }
    tokens.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        Tokens.tokenize(text)
    }

    #[test]
    fn words_are_folded_and_codes_are_found_whole_and_in_parts() {
        assert_eq!(tokens("Error E-1042: Returns!"), ["error", "e1042", "1042", "return"]);
        assert_eq!(tokens("ＷＩ-ＦＩ"), ["wifi", "wi", "fi"]);
        assert_eq!(tokens("glass batteries yes."), ["glass", "battery", "yes"]);
    }

    #[test]
    fn text_without_spaces_is_cut_into_pairs() {
        assert_eq!(tokens("保固期內"), ["保固", "固期", "期內"]);
        assert_eq!(tokens("E04は水"), ["e04", "は水"]);
        assert_eq!(tokens("水 "), ["水"]);
        assert_eq!(tokens("…  "), [] as [&str; 0]);
    }
}
