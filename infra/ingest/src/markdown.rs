//! Markdown: a section for each heading, named by the headings above it.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::Section;

pub(crate) fn sections(text: &str) -> Vec<Section> {
    let mut reader = Reader::default();
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for event in Parser::new_ext(text, options) {
        reader.take(event);
    }
    reader.end_section();
    reader.sections
}

#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    /// The headings above what is being read.
    headings: Vec<(HeadingLevel, String)>,
    paragraphs: Vec<String>,
    /// The paragraph, or the heading, that is being read.
    open: String,
    /// Inside what is not shown.
    hidden: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => self.hidden = true,
            Event::End(TagEnd::MetadataBlock(_)) => self.hidden = false,
            Event::Start(Tag::Heading { .. }) => self.end_section(),
            Event::End(TagEnd::Heading(level)) => self.end_heading(level),
            Event::Start(Tag::Item) => {
                self.end_paragraph();
                self.open.push_str("- ");
            }
            Event::End(TagEnd::TableCell) => self.open.push_str(" | "),
            Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock | TagEnd::TableRow | TagEnd::TableHead,
            ) => self.end_paragraph(),
            Event::Text(text) | Event::Code(text) if !self.hidden => self.open.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.open.push('\n'),
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.open);
        let paragraph = paragraph.trim().trim_end_matches(" |").to_owned();
        if !paragraph.is_empty() && paragraph != "-" {
            self.paragraphs.push(paragraph);
        }
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let heading = std::mem::take(&mut self.open).trim().to_owned();
        self.headings.retain(|(above, _)| *above < level);
        self.headings.push((level, heading));
    }

    fn end_section(&mut self) {
        self.end_paragraph();
        let paragraphs = std::mem::take(&mut self.paragraphs);
        if !paragraphs.is_empty() {
            let headings: Vec<&str> = self.headings.iter().map(|(_, heading)| heading.as_str()).collect();
            self.sections.push(Section { place: headings.join(" › "), paragraphs });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_stand_under_their_headings() {
        let text = "---\ntitle: x\n---\nFirst.\n\n# Care\n\nWipe *it*.\n\n## Filter\n\n- rinse\n- dry\n\n# Returns\n\n\
                    | what | when |\n|---|---|\n| kettle | 30 days |\n";
        let sections = sections(text);
        let read: Vec<_> =
            sections.iter().map(|section| (section.place.as_str(), section.paragraphs.join("/"))).collect();
        assert_eq!(
            read,
            [
                ("", "First.".to_owned()),
                ("Care", "Wipe it.".to_owned()),
                ("Care › Filter", "- rinse/- dry".to_owned()),
                ("Returns", "what | when/kettle | 30 days".to_owned()),
            ]
        );
    }
}
