//! Long answers in parts that a platform takes.

/// How a platform counts the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// UTF-16 code units: an emoji is at least two.
    Utf16,
    /// Unicode scalar values.
    CodePoints,
    /// Bytes of UTF-8.
    Bytes,
}

impl Unit {
    /// The length of one character.
    fn of(self, character: char) -> usize {
        match self {
            Unit::Utf16 => character.len_utf16(),
            Unit::CodePoints => 1,
            Unit::Bytes => character.len_utf8(),
        }
    }

    /// The length of a text.
    pub fn length(self, text: &str) -> usize {
        text.chars().map(|character| self.of(character)).sum()
    }
}

/// Cuts `text` into parts of at most `max` units each, at the best place there is: between paragraphs, lines,
/// sentences, words, and only then inside a word. White space at a cut is dropped, nothing else is.
pub fn split(text: &str, max: usize, unit: Unit) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let fitting = fitting(rest, max.max(4), unit);
        let cut = if fitting.len() == rest.len() { rest.len() } else { best_cut(fitting) };
        let (part, after) = rest.split_at(cut);
        parts.push(part.trim_end().to_owned());
        rest = after.trim_start();
    }
    parts
}

/// The longest beginning of `text` that has at most `max` units.
fn fitting(text: &str, max: usize, unit: Unit) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += unit.of(*character);
        used > max
    });
    end.map_or(text, |(at, _)| text.split_at(at).0)
}

/// The byte offset of the best cut in a text that is too long to stay whole: in its second half where possible.
fn best_cut(text: &str) -> usize {
    let half = text.len() / 2;
    let late = |cut: &usize| *cut > half;
    let after = |separator: &str| text.rfind(separator).map(|at| at + separator.len());
    let sentence = ["。", "！", "？", ". ", "! ", "? "].into_iter().filter_map(after).max();
    [after("\n\n"), after("\n"), sentence, after(" ")]
        .into_iter()
        .find_map(|cut| cut.filter(late))
        .or_else(|| text.rfind(char::is_whitespace).filter(|at| *at > 0))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_stays_whole() {
        assert_eq!(split("  Hello. ", 4096, Unit::Utf16), ["Hello."]);
        assert!(split(" \n ", 10, Unit::Utf16).is_empty());
    }

    #[test]
    fn a_long_text_is_cut_at_sentence_ends() {
        let parts = split("One sentence here. Another one there. And a third.", 40, Unit::Utf16);
        assert_eq!(parts, ["One sentence here. Another one there.", "And a third."]);
    }

    #[test]
    fn nothing_is_lost_and_no_part_is_too_long() {
        let text = "木".repeat(3000) + &"👍🏽".repeat(2000) + &" word".repeat(1000);
        for (max, unit) in [(4096, Unit::Utf16), (2000, Unit::CodePoints), (100, Unit::Bytes)] {
            let parts = split(&text, max, unit);
            assert!(parts.iter().all(|part| unit.length(part) <= max), "{unit:?}");
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeeze(&parts.concat()), squeeze(&text), "{unit:?}");
        }
    }
}
