//! Long answers in parts that a platform takes.

use unicode_segmentation::UnicodeSegmentation;

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
///
/// What a reader sees as one character (UAX 29's extended grapheme cluster) stays whole, unless it is longer than a
/// part. White space that carries an accent is such a character, and not white space. A `max` below 4, the bytes of
/// one code point, counts as 4.
pub fn split(text: &str, max: usize, unit: Unit) -> Vec<String> {
    let max = max.max(4);
    let pieces = pieces(text, max, unit);
    let mut parts = Vec::new();
    let mut rest = trim_start(trim_end(&pieces));
    while !rest.is_empty() {
        let (part, after) = rest.split_at(end_of_part(rest, max, unit));
        parts.push(part.concat());
        rest = trim_start(after);
    }
    parts
}

/// What is not torn: clusters, and the code points of a cluster that no part can hold.
///
/// Found once, over the whole text: behind a cut, flags would pair up in another way.
fn pieces(text: &str, max: usize, unit: Unit) -> Vec<&str> {
    let mut pieces = Vec::new();
    for cluster in text.graphemes(true) {
        if unit.length(cluster) <= max {
            pieces.push(cluster);
        } else {
            pieces.extend(cluster.split_inclusive(|_: char| true));
        }
    }
    pieces
}

/// How many pieces the first part takes.
fn end_of_part(pieces: &[&str], max: usize, unit: Unit) -> usize {
    let mut used = 0;
    let fits = |piece: &&&str| {
        used += unit.length(piece);
        used <= max
    };
    let fitting = pieces.iter().take_while(fits).count();
    if fitting == pieces.len() { fitting } else { best_cut(pieces, fitting) }
}

/// The best cut among the first `end` pieces: in the second half where possible.
fn best_cut(pieces: &[&str], end: usize) -> usize {
    let cuts: Vec<_> = cuts(pieces, end).collect();
    let late = cuts.iter().filter(|(_, at)| *at > end / 2).max();
    late.or(cuts.last()).map_or(end, |(_, at)| *at)
}

/// The cuts up to `end` where something ends, each before its white space.
fn cuts(pieces: &[&str], end: usize) -> impl Iterator<Item = (Place, usize)> {
    (1..=end).filter_map(|at| {
        let (before, after) = pieces.split_at(at);
        Some((Place::between(before, after)?, at))
    })
}

/// What ends at a cut. The later ones are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Word,
    Sentence,
    Line,
    Paragraph,
}

impl Place {
    fn between(before: &[&str], after: &[&str]) -> Option<Place> {
        if before.last().is_none_or(is_white_space) {
            return None;
        }
        let (gap, _) = after.split_at(after.len() - trim_start(after).len());
        match gap.iter().filter(|white| white.contains('\n')).count() {
            2.. => Some(Place::Paragraph),
            1 => Some(Place::Line),
            _ if ends_sentence(before, after) => Some(Place::Sentence),
            _ => (!gap.is_empty()).then_some(Place::Word),
        }
    }
}

/// Chinese and Japanese write no space between sentences. What closes one (`」`, or `！` after `？`) stays with it.
fn ends_sentence(before: &[&str], after: &[&str]) -> bool {
    const WIDE: [char; 3] = ['。', '！', '？'];
    const NARROW: [char; 3] = ['.', '!', '?'];
    const CLOSING: [char; 9] = ['」', '』', '）', '】', '》', '”', '’', '"', ')'];
    let goes_on = after.first().is_some_and(|next| next.starts_with(WIDE) || next.starts_with(CLOSING));
    let said = || before.iter().rev().find(|piece| !piece.starts_with(CLOSING));
    let is_followed_by_space = after.first().is_some_and(is_white_space);
    let ends = |said: &&str| said.starts_with(WIDE) || is_followed_by_space && said.starts_with(NARROW);
    !goes_on && said().is_some_and(ends)
}

fn trim_start<'p, 't>(pieces: &'p [&'t str]) -> &'p [&'t str] {
    pieces.split_at(pieces.iter().take_while(|piece| is_white_space(piece)).count()).1
}

fn trim_end<'p, 't>(pieces: &'p [&'t str]) -> &'p [&'t str] {
    let white = pieces.iter().rev().take_while(|piece| is_white_space(piece)).count();
    pieces.split_at(pieces.len() - white).0
}

fn is_white_space(piece: &&str) -> bool {
    piece.chars().all(char::is_whitespace)
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
    fn what_closes_a_sentence_stays_with_it() {
        assert_eq!(split("「何だ！？」と言った。", 8, Unit::CodePoints), ["「何だ！？」", "と言った。"]);
        assert_eq!(split("(Is it \"so?\") It is.", 18, Unit::CodePoints), ["(Is it \"so?\")", "It is."]);
        assert_eq!(split("one two three", 7, Unit::CodePoints), ["one two", "three"]);
    }

    #[test]
    fn what_is_seen_as_one_character_stays_whole() {
        assert_eq!(split("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 11, Unit::Utf16), ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]);
        assert_eq!(split("🇫🇮🇹🇼🇯🇵", 10, Unit::Utf16), ["🇫🇮🇹🇼", "🇯🇵"]);
        assert_eq!(split("👩‍👩‍👧‍👦", 4, Unit::CodePoints).concat(), "👩‍👩‍👧‍👦", "longer than a part");
        let flags = split("\u{600}🇫🇮🇫🇮", 8, Unit::Bytes);
        assert_eq!(flags, ["\u{600}🇫", "🇮", "🇫🇮"], "the second flag fits, whatever became of the first");
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
