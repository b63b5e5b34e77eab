//! `docs/requirements.md` names what shows each row. A row that is gone, and a proof that is not there, are found here.

use std::collections::BTreeSet;

use crate::root;

/// The rows of the page: A1 to A19, and so on.
const ROWS: [(char, usize); 6] = [('A', 19), ('B', 10), ('C', 7), ('D', 10), ('E', 7), ('F', 5)];

/// What an open row says first in its last cell.
const OPEN: &str = "**open**: ";

/// A row of the page.
struct Row {
    id: String,
    /// What is named in code as its proof.
    proofs: Vec<String>,
    /// What is missing; empty when nothing is.
    open: String,
}

#[test]
fn every_requirement_has_its_row_once() {
    let wanted =
        ROWS.iter().flat_map(|(part, count)| (1..=*count).map(move |number| format!("{part}{number}")));
    let found: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    for id in wanted.clone() {
        let count = found.iter().filter(|found| **found == id).count();
        assert_eq!(count, 1, "docs/requirements.md has {count} rows {id}; it must have one");
    }
    assert_eq!(
        found,
        wanted.collect::<Vec<_>>(),
        "docs/requirements.md: the rows stand in order, and no others"
    );
}

#[test]
fn a_requirement_is_shown_or_marked_open() {
    for Row { id, proofs, open } in rows() {
        assert!(
            !proofs.is_empty() || !open.is_empty(),
            "docs/requirements.md, {id}: name what shows it, or mark it open and say what is missing"
        );
        let missing = open.strip_prefix(OPEN).unwrap_or_default();
        assert!(
            open.is_empty() || missing.ends_with('.'),
            "docs/requirements.md, {id}: the last cell is empty, or `{OPEN}` and a sentence that says what is missing"
        );
    }
}

#[test]
fn what_shows_a_requirement_is_there() {
    let rows = rows();
    let wrong = rows.iter().flat_map(|row| {
        row.proofs.iter().filter_map(move |proof| Some(format!("{}: {}", row.id, missing(proof)?)))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "docs/requirements.md names what is not there:\n{}", wrong.join("\n"));
}

/// Of the commands in the pages' shell blocks those of our own: that there is such a command with such options.
#[test]
fn what_the_pages_tell_to_run_is_there() {
    for page in ["README.md", "docs/deploy.md"] {
        let text = read(page).expect("a page");
        let lines = text.lines().filter(|line| line.contains("cargo run") && line.contains(" -- "));
        for line in lines.filter(|line| !line.contains('`')) {
            let (_, command) = line.split_once("cargo run").expect("just found");
            let command = command.split(" #").next().unwrap_or_default();
            let wrong = missing_command(command.trim_end());
            assert!(wrong.is_none(), "{page}: {line}: {}", wrong.unwrap_or_default());
        }
    }
}

/// A check that cannot fail proves nothing.
#[test]
fn a_proof_that_is_not_there_is_named() {
    let here = "tests/architecture/requirements.rs";
    for (proof, why) in [
        (format!("{here}::a_proof_that_is_not_there_is_named"), None),
        (format!("{here}::missing_command"), Some("has no test `missing_command`")),
        ("tests/gone.rs::a_test".to_owned(), Some("there is no file `tests/gone.rs`")),
        ("bots/translator/stories/gone.toml".to_owned(), Some("there is no file")),
        ("infra/checks/test_checks.py::test_gone".to_owned(), Some("has no test `test_gone`")),
        (".ci/run smoke".to_owned(), None),
        (".ci/run smok".to_owned(), Some("has no stage `smok`")),
        ("cargo run --release -- chaos --calm --minutes 30".to_owned(), None),
        ("cargo run -- chaos --loud".to_owned(), Some("there is no option `--loud`")),
        ("cargo run -- order".to_owned(), Some("there is no such command")),
    ] {
        let found = missing(&proof);
        let as_wanted = why.map_or(found.is_none(), |why| found.iter().any(|found| found.contains(why)));
        assert!(as_wanted, "{proof}: {found:?}");
    }
}

/// A file of the project.
pub fn read(file: &str) -> Option<String> {
    std::fs::read_to_string(root().join(file)).ok()
}

fn rows() -> Vec<Row> {
    let page = read("docs/requirements.md").expect("docs/requirements.md");
    page.lines().filter_map(row).collect()
}

/// `| A1 | what must hold | what shows it | what is missing |`
fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let [id, _, shown_by, open] = cells.as_slice() else { return None };
    let part = ROWS.iter().find_map(|(part, _)| id.strip_prefix(*part))?;
    part.parse::<usize>().ok()?;
    let proofs = shown_by.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect();
    Some(Row { id: (*id).to_owned(), proofs, open: (*open).to_owned() })
}

/// Why a proof is none, in a sentence.
pub fn missing(proof: &str) -> Option<String> {
    if let Some(rest) = proof.strip_prefix("cargo run") {
        return missing_command(rest);
    }
    if let Some(stage) = proof.strip_prefix(".ci/run ") {
        let is_there = read(".ci/run").is_some_and(|run| run.contains(&format!("\n    \"{stage} ")));
        return (!is_there).then(|| format!("`.ci/run` has no stage `{stage}`"));
    }
    let (file, test) = proof.split_once("::").unwrap_or((proof, ""));
    let Some(source) = read(file) else { return Some(format!("there is no file `{file}`")) };
    (!test.is_empty() && !has_test(&source, test)).then(|| format!("`{file}` has no test `{test}`"))
}

/// Whether a source has a test of that name: Rust's by its attribute, pytest's by its name.
fn has_test(source: &str, name: &str) -> bool {
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") && line.ends_with("test]") {
            is_test = true;
        } else if let Some((_, named)) = line.split_once("fn ").filter(|_| is_test) {
            is_test = false;
            if named.split(['(', '<']).next() == Some(name) {
                return true;
            }
        }
    }
    name.starts_with("test_") && source.contains(&format!("\ndef {name}("))
}

/// Of `-- NAME --OPTION VALUE`, behind `cargo run` and its own options.
fn missing_command(rest: &str) -> Option<String> {
    let (_, told) = rest.split_once(" -- ")?;
    let mut words = told.split(' ');
    let name = words.next().unwrap_or_default();
    let options =
        ["mod.rs", "owner.rs", "trials.rs"].map(|file| format!("infra/local/src/cli/options/{file}"));
    let files = options.iter().map(String::as_str).chain(["infra/local/src/cli.rs"]);
    let cli: String = files.map(|file| read(file).unwrap_or_else(|| panic!("{file} is not there"))).collect();
    if !commands(&cli).contains(name) {
        return Some(format!("`cargo run -- {name}`: there is no such command"));
    }
    let unknown = words.filter_map(|word| word.strip_prefix("--")).find(|option| {
        let field = option.replace('-', "_");
        !cli.contains(&format!(" {field}: ")) && !cli.contains(&format!("long = \"{option}\""))
    })?;
    Some(format!("`cargo run -- {name}`: there is no option `--{unknown}`"))
}

/// The commands, as they are typed.
fn commands(cli: &str) -> BTreeSet<String> {
    let listed = cli.split("enum Command {").nth(1).and_then(|rest| rest.split("\n}").next());
    let variants = listed.unwrap_or_default().lines().filter_map(|line| line.strip_prefix("    "));
    let variants = variants.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    variants
        .map(|line| typed(line.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()))
        .collect()
}

/// `DeadLetter` as `dead-letter`.
fn typed(variant: &str) -> String {
    let mut typed = String::new();
    for (at, character) in variant.char_indices() {
        if at > 0 && character.is_ascii_uppercase() {
            typed.push('-');
        }
        typed.push(character.to_ascii_lowercase());
    }
    typed
}
