//! Any answer, cut for any platform. The same properties as in `shared/domain/tests/properties`, led by coverage.

#![no_main]

use arbitrary::Arbitrary;
use domain::split::{Unit, split};
use libfuzzer_sys::fuzz_target;
use unicode_segmentation::UnicodeSegmentation;

#[derive(Debug, Arbitrary)]
struct Answer<'a> {
    max: u8,
    unit: u8,
    text: &'a str,
}

fuzz_target!(|answer: Answer| {
    let max = usize::from(answer.max.max(4));
    let unit = [Unit::Utf16, Unit::CodePoints, Unit::Bytes][usize::from(answer.unit % 3)];
    let parts = split(answer.text, max, unit);
    assert_eq!(without_white_space(&parts.concat()), without_white_space(answer.text));
    for part in &parts {
        assert!(unit.length(part) <= max, "{part:?} is too long");
        assert!(!seen(part).is_empty(), "{part:?} is empty");
        assert_eq!(split(part, max, unit), [part.clone()], "it is split again");
    }
    let longest = answer.text.graphemes(true).map(|cluster| unit.length(cluster)).max().unwrap_or(0);
    if longest <= max {
        let shown: Vec<&str> = parts.iter().flat_map(|part| seen(part)).collect();
        assert_eq!(shown, seen(answer.text), "a character is torn: {parts:?}");
    }
});

fn without_white_space(text: &str) -> String {
    text.split_whitespace().collect()
}

fn seen(text: &str) -> Vec<&str> {
    text.graphemes(true).filter(|cluster| !cluster.chars().all(char::is_whitespace)).collect()
}
