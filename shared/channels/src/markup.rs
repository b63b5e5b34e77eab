//! Models write Markdown; platforms each have something else. Between the two: plain text, and which stretches of it
//! are bold, code or a link.

use std::ops::Range;

use domain::split::Unit;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A text and the styles of its stretches, in bytes; the inner ones stand before those around them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Marked {
    pub text: String,
    pub styles: Vec<(Range<usize>, Style)>,
}

/// How a stretch is to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Style {
    Bold,
    Italic,
    Strike,
    Code,
    /// Lines of code, in this language if it is named.
    Block(String),
    Quote,
    /// To this URL.
    Link(String),
}

impl Marked {
    /// Reads Markdown. A text without any style is left as it was written, character by character.
    pub(crate) fn of(markdown: &str) -> Marked {
        let mut reader = Reader::default();
        for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
            reader.take(event);
        }
        let mut marked = reader.marked;
        if marked.styles.is_empty() {
            return Marked { text: markdown.to_owned(), styles: Vec::new() };
        }
        marked.text.truncate(marked.text.trim_end().len());
        let length = marked.text.len();
        for (range, _) in &mut marked.styles {
            range.end = range.end.min(length);
        }
        marked.styles.retain(|(range, style)| range.start < range.end && is_harmless(style));
        marked
    }

    /// The text with marks around its stretches, and each character as `escape` has it.
    pub(crate) fn written(
        &self,
        mark: impl Fn(&Style) -> (String, String),
        escape: impl Fn(char) -> Option<&'static str>,
    ) -> String {
        let mut written = String::with_capacity(self.text.len());
        for (at, character) in self.text.char_indices().chain([(self.text.len(), '\0')]) {
            let ended = self.styles.iter().filter(|(range, _)| range.end == at);
            ended.for_each(|(_, style)| written.push_str(&mark(style).1));
            let begun = self.styles.iter().rev().filter(|(range, _)| range.start == at);
            begun.for_each(|(_, style)| written.push_str(&mark(style).0));
            if at < self.text.len() {
                match escape(character) {
                    Some(escaped) => written.push_str(escaped),
                    None => written.push(character),
                }
                // A quote is marked line by line.
                let is_within = |range: &Range<usize>| range.start <= at && at + 1 < range.end;
                let quotes =
                    self.styles.iter().filter(|(range, style)| *style == Style::Quote && is_within(range));
                if character == '\n' {
                    quotes.for_each(|(_, style)| written.push_str(&mark(style).0));
                }
            }
        }
        written
    }

    /// For platforms that show every character as it is: a link's address stands behind its words.
    pub(crate) fn plain(&self) -> String {
        let beside = |style: &Style| match style {
            Style::Link(url) if !self.text.contains(url.as_str()) => (String::new(), format!(" ({url})")),
            _ => (String::new(), String::new()),
        };
        self.written(beside, |_| None)
    }
}

/// What is sent in the place of `written`, which a platform takes: `shown`, unless it has become too long. The address of
/// a link that is named once and used often stands behind each use of it.
pub(crate) fn within(shown: String, written: &str, max: usize, unit: Unit) -> String {
    if unit.length(&shown) <= max { shown } else { written.to_owned() }
}

/// Lists in lists that are set in. One line can open a thousand: set in all the way, it would become a thousand times as
/// long.
const INDENTED_MAX: usize = 8;

#[derive(Default)]
struct Reader {
    marked: Marked,
    /// What is open: where it began, and how it is to look.
    open: Vec<(usize, Option<Style>)>,
    /// The lists that are open: the next number, or none for bullets.
    lists: Vec<Option<u64>>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            Event::Code(code) => {
                self.open.push((self.marked.text.len(), Some(Style::Code)));
                self.say(&code);
                self.close();
            }
            Event::SoftBreak | Event::HardBreak => self.say("\n"),
            Event::Rule => {
                self.begin_block();
                self.say("———");
            }
            _ => {}
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match &tag {
            Tag::Item => self.begin_item(),
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.begin_block();
                }
                self.lists.push(*first);
            }
            Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::BlockQuote(_) => {
                self.begin_block();
            }
            _ => {}
        }
        self.open.push((self.marked.text.len(), style_of(tag)));
    }

    fn end(&mut self, end: TagEnd) {
        if matches!(end, TagEnd::List(_)) {
            self.lists.pop();
        }
        self.close();
    }

    /// Ends what was opened last; white space at its end is not part of it.
    fn close(&mut self) {
        let Some((start, Some(style))) = self.open.pop() else { return };
        let stretch = self.marked.text.get(start..).unwrap_or_default();
        let styled = (start..start + stretch.trim_end().len(), style);
        // A heading that is bold anyway would be marked twice.
        if !styled.0.is_empty() && !self.marked.styles.contains(&styled) {
            self.marked.styles.push(styled);
        }
    }

    /// An empty line before what begins, unless it is the first thing, in a list, or in a quote that has just begun.
    fn begin_block(&mut self) {
        let text = &mut self.marked.text;
        let begins_here = self.open.last().is_some_and(|(start, _)| *start == text.len());
        if text.is_empty() || begins_here || !self.lists.is_empty() {
            return;
        }
        text.truncate(text.trim_end().len());
        text.push_str("\n\n");
    }

    fn begin_item(&mut self) {
        if !self.marked.text.is_empty() && !self.marked.text.ends_with('\n') {
            self.say("\n");
        }
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(INDENTED_MAX));
        let bullet = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{}. ", *number - 1)
            }
            _ => format!("{indent}• "),
        };
        self.say(&bullet);
    }

    fn say(&mut self, text: &str) {
        self.marked.text.push_str(text);
    }
}

fn style_of(tag: Tag<'_>) -> Option<Style> {
    match tag {
        Tag::Strong | Tag::Heading { .. } => Some(Style::Bold),
        Tag::Emphasis => Some(Style::Italic),
        Tag::Strikethrough => Some(Style::Strike),
        Tag::BlockQuote(_) => Some(Style::Quote),
        Tag::CodeBlock(CodeBlockKind::Fenced(language)) => Some(Style::Block(language.into_string())),
        Tag::CodeBlock(CodeBlockKind::Indented) => Some(Style::Block(String::new())),
        Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => Some(Style::Link(dest_url.into_string())),
        _ => None,
    }
}

/// The same Markdown with the words of links that would run or open something in their place: for whoever reads it as it is.
pub fn harmless(markdown: &str) -> String {
    let (mut written, mut words) = (String::with_capacity(markdown.len()), String::new());
    let (mut rest_from, mut link) = (0, None::<Range<usize>>);
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        match event {
            Event::Start(tag) if link.is_none() => {
                link = style_of(tag).filter(|style| !is_harmless(style)).map(|_| range);
            }
            Event::Text(text) | Event::Code(text) if link.is_some() => words.push_str(&text),
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some(link) = link.take_if(|link| *link == range) {
                    written.push_str(markdown.get(rest_from..link.start).unwrap_or_default());
                    written.push_str(&std::mem::take(&mut words));
                    rest_from = link.end;
                }
            }
            _ => {}
        }
    }
    written.push_str(markdown.get(rest_from..).unwrap_or_default());
    written
}

/// Whether a link only leads somewhere: a model can be made to write others, which run or open something.
fn is_harmless(style: &Style) -> bool {
    let Style::Link(url) = style else { return true };
    let before_path = url.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, _)) = before_path.split_once(':') else { return true };
    ["https", "http", "mailto", "tel"].iter().any(|harmless| scheme.eq_ignore_ascii_case(harmless))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(style: &Style) -> (String, String) {
        let mark = match style {
            Style::Bold => "*",
            Style::Italic => "_",
            Style::Strike => "~",
            Style::Code => "`",
            Style::Block(_) => return ("```\n".to_owned(), "\n```".to_owned()),
            Style::Quote => return ("> ".to_owned(), String::new()),
            Style::Link(url) => return (String::new(), format!("<{url}>")),
        };
        (mark.to_owned(), mark.to_owned())
    }

    fn written(markdown: &str) -> String {
        Marked::of(markdown).written(light, |character| (character == '&').then_some("&amp;"))
    }

    #[test]
    fn a_text_without_style_is_left_alone() {
        for text in ["", "2 * 3 * 4", "  snake_case_name  ", "a\nb\n\n\nc", "- one\n- two", "5 < 6 && 7 > 6"]
        {
            assert_eq!(Marked::of(text).text, text);
        }
    }

    #[test]
    fn styles_nest_and_characters_are_escaped() {
        assert_eq!(written("**bold _and_ more** & `a * b`"), "*bold _and_ more* &amp; `a * b`");
        assert_eq!(written("_**both**_"), "_*both*_");
        assert_eq!(written("## **Title**"), "*Title*");
        assert_eq!(written("see [here](https://a.example) ~~not~~"), "see here<https://a.example> ~not~");
    }

    #[test]
    fn an_address_that_would_run_something_is_no_link() {
        for url in
            ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "intent://x", "vbscript:x"]
        {
            assert_eq!(written(&format!("a [win]({url}) b")), "a win b", "{url}");
        }
        assert_eq!(written("[mail](MAILTO:a@b.example)"), "mail<MAILTO:a@b.example>");
        let mixed = "- **a** [win `x`](javascript:alert(1)), [safe](https://who.int)\n![p](data:x) `[c](javascript:x)`";
        assert_eq!(harmless(mixed), "- **a** win x, [safe](https://who.int)\np `[c](javascript:x)`");
        assert_eq!(harmless("2 * 3 [a](b) <https://c.example>"), "2 * 3 [a](b) <https://c.example>");
    }

    #[test]
    fn blocks_stand_apart() {
        let markdown = "# Title\nText.\n\n1. one\n2. **two**\n   - deep\n\nAfter.\n\n```rust\nlet a = 1;\n```\n> wise\n\nEnd";
        let shown = "*Title*\n\nText.\n\n1. one\n2. *two*\n  • deep\n\nAfter.\n\n```\nlet a = 1;\n```\n\n> wise\n\nEnd";
        assert_eq!(written(markdown), shown);
    }

    #[test]
    fn lists_are_set_in_only_so_far() {
        let deep = Marked::of(&format!("{}**a**", "- ".repeat(1_000))).text;
        assert!(deep.ends_with("\n                • a") && deep.len() < 30_000, "{}", deep.len());
    }

    #[test]
    fn without_marks_a_link_keeps_its_address() {
        let marked = Marked::of("**See** [the page](https://a.example/b).");
        assert_eq!(marked.plain(), "See the page (https://a.example/b).");
        assert_eq!(Marked::of("<https://a.example> **x**").plain(), "https://a.example x");
    }

    #[test]
    fn what_marks_make_too_long_is_sent_as_it_was_written() {
        let written = "[a][1] [b][1] [c][1]\n\n[1]: https://a.example/long";
        let plain = Marked::of(written).plain();
        assert!(plain.len() > written.len(), "{plain}");
        assert_eq!(within(plain.clone(), written, 50, Unit::Utf16), written);
        assert_eq!(within(plain.clone(), written, 100, Unit::Utf16), plain);
    }

    #[test]
    fn an_open_mark_is_text() {
        assert_eq!(written("a ** b **c** _d"), "a ** b *c* _d");
    }
}
