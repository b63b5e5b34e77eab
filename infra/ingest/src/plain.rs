//! Plain text: paragraphs between empty lines.

use crate::Section;

pub(crate) fn sections(text: &str) -> Vec<Section> {
    vec![Section { place: String::new(), paragraphs: paragraphs(text) }]
}

/// The stretches between empty lines, each without its line breaks.
pub(crate) fn paragraphs(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let stretches = lines.split(|line| line.is_empty());
    stretches.map(joined).filter(|paragraph| !paragraph.is_empty()).collect()
}

/// Lines become one. Between characters of a script that has no spaces, the line break was none either.
fn joined(lines: &[&str]) -> String {
    let mut paragraph = String::new();
    for line in lines {
        let touches = paragraph.chars().last().zip(line.chars().next());
        if touches.is_some_and(|(before, after)| before.is_ascii() || after.is_ascii()) {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
    }
    paragraph
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_as_their_script_joins_them() {
        let text = "one\ntwo\n\n \nthree\r\n\r\n保固\n兩年";
        assert_eq!(paragraphs(text), ["one two", "three", "保固兩年"]);
    }
}
