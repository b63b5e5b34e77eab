//! Files of a bot's folder that nothing reads: mostly a slip in a name.

use std::path::{Path, PathBuf};

use domain::limits::nearest;

/// What may lie in the folder itself.
const FILES: &[&str] = &["bot.toml", "wording.toml", "knowledge.index", "README.md"];
/// And what in the folders inside; no endings: anything.
const FOLDERS: &[(&str, &[&str])] = &[
    ("prompts", &["md"]),
    ("material", &["md"]),
    ("data", &["json", "csv"]),
    ("knowledge", &[]),
    ("stories", &[]),
];

/// A sentence for each. A folder that cannot be read has been named by others.
pub fn of(folder: &Path) -> Vec<String> {
    let folders: Vec<&str> = FOLDERS.iter().map(|(name, _)| *name).collect();
    let mut strangers = Vec::new();
    for path in inside(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            match FOLDERS.iter().find(|(known, _)| *known == name) {
                Some((_, endings)) => strangers.extend(misplaced(&path, endings)),
                None => strangers.push(sentence(&path, &name, &folders)),
            }
        } else if !FILES.contains(&name.as_str()) {
            strangers.push(sentence(&path, &name, FILES));
        }
    }
    strangers
}

fn misplaced(folder: &Path, endings: &[&str]) -> Vec<String> {
    let is_read = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        endings.is_empty() || (path.is_file() && endings.contains(&ending.as_ref()))
    };
    let strangers = inside(folder).into_iter().filter(|path| !is_read(path));
    let wanted = endings.join(", .");
    strangers.map(|path| format!("{}: nothing reads this; here lie .{wanted}", path.display())).collect()
}

fn sentence(path: &Path, name: &str, known: &[&'static str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("{}: nothing reads this; did you mean `{near}`?", path.display()),
        None => format!("{}: nothing reads this", path.display()),
    }
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_hidden = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().starts_with('.');
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| !is_hidden(path)).collect();
    paths.sort();
    paths
}
