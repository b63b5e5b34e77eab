//! The pages that an owner reads when something is wrong: they lead where they say, and leave no channel out.

use std::collections::BTreeSet;

use crate::root;

const PAGES: [&str; 2] = ["operations.md", "troubleshooting.md"];

fn page(name: &str) -> Option<String> {
    std::fs::read_to_string(root().join("docs").join(name)).ok()
}

/// What a page's headings are called in a link.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let slug = |heading: &str| -> String {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
        kept.map(|character| if character == ' ' { '-' } else { character }).collect()
    };
    headings.map(slug).collect()
}

/// The targets of `[text](target)`.
fn links(page: &str) -> Vec<&str> {
    page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

#[test]
fn the_owners_pages_lead_where_they_say() {
    for name in PAGES {
        let text = page(name).expect("a page");
        for link in links(&text).into_iter().filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { Some(text.clone()) } else { page(file) };
            let target = target.unwrap_or_else(|| panic!("{name}: there is no {file}"));
            let is_there = anchor.is_empty() || anchors(&target).contains(anchor);
            assert!(is_there, "{name}: {link} leads to no heading");
        }
    }
}

#[test]
fn the_page_of_troubles_leaves_no_channel_out() {
    let text = page("troubleshooting.md").expect("a page").to_lowercase();
    for channel in channels::CHANNELS {
        let rows = text.lines().filter(|line| line.starts_with(&format!("| {channel} |"))).count();
        assert!(rows >= 3, "{channel} has {rows} of its commonest mistakes");
    }
}
