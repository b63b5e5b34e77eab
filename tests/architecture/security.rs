//! `SECURITY.md` says what shows each of its claims. What is not there is found here.

use crate::requirements::{missing, read};

/// How what is checked begins: files, stages and commands of the project.
const CHECKED: [&str; 7] = ["tests/", "shared/", "functions/", "infra/", "docs/", ".ci/run ", "cargo run"];

fn page() -> String {
    read("SECURITY.md").expect("SECURITY.md")
}

/// What stands in code and is something of the project's.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let in_code = text.split('`').skip(1).step_by(2);
    in_code.filter(|named| CHECKED.iter().any(|start| named.starts_with(start)))
}

/// The table of attacks: what, what stops it, what shows that, what is left.
fn attacks(page: &str) -> impl Iterator<Item = [&str; 4]> {
    let rows = page.lines().skip_while(|line| !line.starts_with("| attack |")).skip(2);
    rows.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("SECURITY.md: a row of four cells: {cells:?}"))
    })
}

#[test]
fn what_shows_a_claim_is_there() {
    let page = page();
    let wrong: Vec<String> = named(&page).filter_map(missing).collect();
    assert!(wrong.is_empty(), "SECURITY.md names what is not there:\n{}", wrong.join("\n"));
    assert!(named(&page).count() > 30, "the page names its proofs in code");
}

#[test]
fn every_attack_has_something_that_shows_what_stops_it() {
    let page = page();
    assert!(attacks(&page).count() > 10, "the table of attacks is there");
    for [attack, stopped_by, shown_by, _] in attacks(&page) {
        assert!(
            !stopped_by.is_empty() && named(shown_by).count() > 0,
            "SECURITY.md: `{attack}` lacks its proof"
        );
    }
}
