//! `domain::split`: nothing lost, nothing too long, nothing torn.

use domain::split::{Unit, split};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

/// What is hard to cut: clusters of several characters, white space of all kinds, and what only looks like either.
const PIECES: [&str; 44] = [
    "word",
    "Sentence. ",
    "Really? ",
    "\"Quoted.\" ",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\n\n",
    "\r\n\r\n",
    "\t",
    "\u{a0}",
    "\u{3000}",
    "\u{2028}",
    "木",
    "句。",
    "「何！？」",
    "）",
    "👍",
    "👍🏽",
    "👩‍👩‍👧‍👦",
    "🏴‍☠️",
    "🏳️‍🌈",
    "🇫🇮",
    "🇹🇼",
    "🇯",
    "1️⃣",
    "é",
    "e\u{301}",
    " \u{308}",
    "\u{301}",
    "\u{200d}",
    "\u{200b}",
    "\u{1d165}",
    "각",
    "\u{1112}\u{1161}\u{11ab}",
    "क्षि",
    "நி",
    "ก็",
    "\u{600}",
    "\u{600} ",
    "\u{feff}",
    "\u{0}",
    "z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(ToOwned::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => (prop::sample::select(&PIECES[..]), 2..30_usize).prop_map(|(piece, times)| piece.repeat(times)),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(&[Unit::Utf16, Unit::CodePoints, Unit::Bytes][..])
}

fn is_white_space(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

fn without_white_space(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The clusters of a text that are not white space, each with the place where it begins, white space not counted.
fn clusters(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let mut clusters: Vec<_> = text.graphemes(true).collect();
    clusters.retain(|cluster| !is_white_space(cluster));
    let placed = clusters.into_iter().map(|cluster| {
        let begin = at;
        at += without_white_space(cluster).len();
        (begin, cluster)
    });
    placed.collect()
}

/// Where one part ends and another begins, white space not counted.
fn cuts(parts: &[String]) -> Vec<usize> {
    let lengths = parts.iter().map(|part| without_white_space(part).len());
    lengths
        .scan(0, |at, length| {
            *at += length;
            Some(*at)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_part_is_too_long(text in text(), max in 4..60_usize, unit in unit()) {
        for part in split(&text, max, unit) {
            prop_assert!(unit.length(&part) <= max, "{part:?}");
        }
    }

    #[test]
    fn a_limit_below_one_character_counts_as_four(text in text(), max in 0..4_usize, unit in unit()) {
        prop_assert_eq!(split(&text, max, unit), split(&text, 4, unit));
    }

    #[test]
    fn nothing_is_lost_added_or_moved(text in text(), max in 4..60_usize, unit in unit()) {
        let parts = split(&text, max, unit);
        prop_assert_eq!(without_white_space(&parts.concat()), without_white_space(&text));
    }

    #[test]
    fn no_part_is_empty_or_has_white_space_around_it(text in text(), max in 4..60_usize, unit in unit()) {
        for part in split(&text, max, unit) {
            let mut clusters = part.graphemes(true);
            prop_assert!(clusters.next().is_some_and(|first| !is_white_space(first)), "{part:?}");
            prop_assert!(clusters.next_back().is_none_or(|last| !is_white_space(last)), "{part:?}");
        }
    }

    #[test]
    fn what_is_seen_as_one_character_stays_whole(text in text(), max in 4..60_usize, unit in unit()) {
        let parts = split(&text, max, unit);
        let cuts = cuts(&parts);
        for (begin, cluster) in clusters(&text).into_iter().filter(|(_, cluster)| unit.length(cluster) <= max) {
            let inside = begin + 1..begin + without_white_space(cluster).len();
            prop_assert!(!cuts.iter().any(|cut| inside.contains(cut)), "{cluster:?} is torn: {parts:?}");
        }
    }

    #[test]
    fn the_parts_show_the_same_characters_as_the_text(text in text(), unit in unit()) {
        let longest = text.graphemes(true).map(|cluster| unit.length(cluster)).max().unwrap_or(0);
        let parts = split(&text, longest.max(4), unit);
        let seen = |text: &str| clusters(text).into_iter().map(|(_, cluster)| cluster.to_owned()).collect::<Vec<_>>();
        let of_parts: Vec<_> = parts.iter().flat_map(|part| seen(part)).collect();
        prop_assert_eq!(of_parts, seen(&text));
    }

    #[test]
    fn a_part_is_not_split_again(text in text(), max in 4..60_usize, unit in unit()) {
        for part in split(&text, max, unit) {
            prop_assert_eq!(split(&part, max, unit), [part]);
        }
    }

    #[test]
    fn a_word_is_cut_only_where_it_does_not_fit(words in prop::collection::vec("[a-z]{1,12}", 1..80), max in 12..60_usize) {
        let parts = split(&words.join(" "), max, Unit::CodePoints);
        prop_assert_eq!(parts.join(" "), words.join(" "));
    }
}
