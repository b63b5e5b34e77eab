//! Paragraphs become pieces of a size that can be quoted.

use unicode_segmentation::UnicodeSegmentation;

/// Most a piece may weigh. A Unicode scalar weighs 1; one of a script without spaces (Chinese, Japanese, Korean) weighs 3, as
/// it says about as much as three letters and costs a model as many tokens. 1,200 is some 300 tokens: small embedding models
/// read 512, and three passages leave a prompt its room.
const WEIGHT_MAX: usize = 1_200;

/// Most of the piece before that a piece begins with, when a paragraph was cut apart: a sentence or two that say what
/// it goes on about.
const OVERLAP_WEIGHT_MAX: usize = 150;

/// The pieces of a section, in its order: whole paragraphs where they fit, else whole sentences, else words.
pub(crate) fn pieces(paragraphs: &[String]) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    for paragraph in paragraphs.iter().flat_map(|paragraph| fitting(paragraph)) {
        if !piece.is_empty() && weight(&piece) + 1 + weight(&paragraph) > WEIGHT_MAX {
            pieces.push(std::mem::take(&mut piece));
        }
        if !piece.is_empty() {
            piece.push('\n');
        }
        piece.push_str(&paragraph);
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// A paragraph, in parts that fit.
fn fitting(paragraph: &str) -> Vec<String> {
    if weight(paragraph) <= WEIGHT_MAX {
        return vec![paragraph.to_owned()];
    }
    let sentences = paragraph.split_sentence_bounds().flat_map(|sentence| {
        let parts = if weight(sentence) > WEIGHT_MAX - OVERLAP_WEIGHT_MAX {
            by_words(sentence)
        } else {
            vec![sentence.to_owned()]
        };
        parts.into_iter()
    });
    let mut parts: Vec<String> = Vec::new();
    let mut part: Vec<String> = Vec::new();
    for sentence in sentences {
        let full =
            part.iter().map(|sentence| weight(sentence)).sum::<usize>() + weight(&sentence) > WEIGHT_MAX;
        if full {
            let overlap = overlap(&part);
            parts.push(part.concat().trim().to_owned());
            part = overlap;
        }
        part.push(sentence);
    }
    parts.push(part.concat().trim().to_owned());
    parts
}

/// The last sentences of a part, as many as may be repeated.
fn overlap(part: &[String]) -> Vec<String> {
    let mut room = OVERLAP_WEIGHT_MAX;
    let fits = |sentence: &&String| {
        let fits = weight(sentence) <= room;
        room = room.saturating_sub(weight(sentence));
        fits
    };
    let mut kept: Vec<String> = part.iter().rev().take_while(fits).cloned().collect();
    kept.reverse();
    kept
}

/// A sentence that does not fit, cut between words.
fn by_words(sentence: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in sentence.split_word_bounds().flat_map(by_characters) {
        match parts.last_mut() {
            Some(last) if weight(last) + weight(&word) <= WEIGHT_MAX - OVERLAP_WEIGHT_MAX => {
                last.push_str(&word);
            }
            _ => parts.push(word),
        }
    }
    parts
}

/// A word is left whole unless it alone is too long, as a table in one line can be.
fn by_characters(word: &str) -> Vec<String> {
    let characters: Vec<&str> = word.graphemes(true).collect();
    characters.chunks(OVERLAP_WEIGHT_MAX).map(<[&str]>::concat).collect()
}

fn weight(text: &str) -> usize {
    text.chars().map(|character| if knowledge::is_unspaced(character) { 3 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_paragraphs_share_a_piece_and_none_is_too_heavy() {
        let paragraphs = vec!["a".repeat(500), "b".repeat(500), "c".repeat(500)];
        let pieces = pieces(&paragraphs);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[0].contains('b') && pieces[1].starts_with('c'));
    }

    #[test]
    fn a_long_paragraph_is_cut_between_sentences_and_overlaps_a_little() {
        for sentence in ["This sentence has thirty-nine letters.. ", "這一句話有十三個漢字喔喔。"]
        {
            let pieces = pieces(&[sentence.repeat(100)]);
            assert!(pieces.len() > 1);
            assert!(pieces.iter().all(|piece| weight(piece) <= WEIGHT_MAX), "{pieces:?}");
            assert!(pieces.iter().all(|piece| piece.ends_with(['.', '。'])), "{pieces:?}");
            let total: usize = pieces.iter().map(|piece| weight(piece)).sum();
            let repeated = total - weight(sentence.repeat(100).trim());
            assert!(repeated > 0 && repeated <= pieces.len() * OVERLAP_WEIGHT_MAX, "{repeated}");
        }
    }

    #[test]
    fn what_has_no_place_to_cut_is_cut_all_the_same() {
        let pieces = pieces(&["x".repeat(5_000)]);
        assert!(pieces.iter().all(|piece| weight(piece) <= WEIGHT_MAX));
        assert_eq!(pieces.concat().replace('\n', "").len(), 5_000);
        assert_eq!(super::pieces(&[]), [] as [&str; 0]);
    }
}
