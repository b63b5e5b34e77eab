//! `new`: a bot to begin with, copied from those in the binary.

use std::path::{Component, Path, PathBuf};

use crate::cli::{Failure, New};

/// The bots that were there when this was built, `starter` first: the files of each by their path in its folder.
const EXAMPLES: &[Example] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

type Example = (&'static str, &'static [(&'static str, &'static [u8])]);

/// Where the schemas are, seen from the project's root.
const SCHEMAS: &str = "docs/schema/";

/// Makes the folder and says what to do next.
pub fn run(options: &New) -> Result<(), Failure> {
    if !bot::is_name(&options.name) {
        let name = &options.name;
        return Err(format!(
            "a bot cannot be called `{name}`: 1 to 40 lower-case letters, digits and dashes"
        )
        .into());
    }
    let folder = options.dir.clone().unwrap_or_else(|| Path::new("bots").join(&options.name));
    if folder.exists() {
        let folder = folder.display();
        return Err(
            format!("{folder} is already there; choose another name, or another folder with --dir").into()
        );
    }
    let (example, files) = example(&options.from)?;
    for (path, bytes) in *files {
        let to = folder.join(path);
        let text = std::str::from_utf8(bytes).ok();
        let text = text.map(|text| fitted(text, &to, example, options, &folder));
        let written = std::fs::create_dir_all(to.parent().unwrap_or(&folder));
        let written =
            written.and_then(|()| std::fs::write(&to, text.as_ref().map_or(*bytes, String::as_bytes)));
        written.map_err(|error| format!("{} could not be written: {error}", to.display()))?;
    }
    let folder = folder.display();
    println!("{folder} is a bot now. Change it, and then:\n");
    println!("  cargo run -- check {folder}       # are its files right?");
    println!("  cargo run -- test {folder}        # does it do what its stories tell?");
    println!("  cargo run -- up --bot {folder}    # talk to it");
    Ok(())
}

fn example(name: &str) -> Result<&'static Example, Failure> {
    let names = || EXAMPLES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = EXAMPLES.iter().find(|(known, _)| *known == name);
    Ok(found.ok_or_else(|| format!("there is no example `{name}`; the examples are: {}", names()))?)
}

/// A file with the new name in it, its new place, and the way from there to the schemas.
fn fitted(text: &str, to: &Path, example: &str, options: &New, folder: &Path) -> String {
    let text = text.replace(&format!("bots/{example}"), &folder.to_string_lossy());
    let is_bot = to.file_name().is_some_and(|name| name == "bot.toml");
    let name = format!("name = \"{example}\"");
    let line = |line: &str| match line.strip_prefix("#:schema ").and_then(|way| way.split_once(SCHEMAS)) {
        Some((_, schema)) => Some(format!("#:schema {}{SCHEMAS}{schema}", way_up(to)?)),
        None if is_bot && line == name => Some(format!("name = \"{}\"", options.name)),
        None => Some(line.to_owned()),
    };
    let lines: Vec<String> = text.lines().filter_map(line).collect();
    lines.join("\n") + "\n"
}

/// From a file to where the command was given, as `../../`. `None`: it lies elsewhere.
fn way_up(file: &Path) -> Option<String> {
    let folder: PathBuf = file.parent()?.components().filter(|part| *part != Component::CurDir).collect();
    let goes_down = folder.components().all(|part| matches!(part, Component::Normal(_)));
    goes_down.then(|| "../".repeat(folder.components().count()))
}
