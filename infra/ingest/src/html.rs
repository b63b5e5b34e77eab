//! HTML, by way of the Markdown that it is shown as: links become reference links, which the Markdown reader resolves.

use html2text::config;

use crate::{Section, markdown};

/// Wider than any line: what a browser would wrap stays one paragraph.
const WIDTH: usize = 1_000_000;

pub(crate) fn sections(bytes: &[u8]) -> Option<Vec<Section>> {
    let shown =
        config::plain_no_decorate().raw_mode(true).link_footnotes(true).string_from_read(bytes, WIDTH);
    Some(markdown::sections(&shown.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_without_what_is_not_shown() {
        let page = "<html><head><title>t</title><style>p {}</style></head><body><h1>Care</h1><p>Wipe <b>it</b>, \
                    see <a href='x'>here</a>.</p><script>bad()</script><h2>Filter</h2><ul><li>rinse</li></ul></body></html>";
        let sections = sections(page.as_bytes()).unwrap();
        let read: Vec<_> =
            sections.iter().map(|section| (section.place.as_str(), section.paragraphs.join("/"))).collect();
        assert_eq!(
            read,
            [("Care", "Wipe it, see here.".to_owned()), ("Care › Filter", "- rinse".to_owned())]
        );
    }
}
