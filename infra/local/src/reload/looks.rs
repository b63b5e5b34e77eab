//! How a bot's folder looks: which files, of what size and age.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files with what tells one version from the next.
pub type Looks = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// How it looks now. What cannot be read does not count.
pub fn at(folder: &Path) -> Looks {
    let look = |path: PathBuf| {
        let metadata = std::fs::metadata(&path).ok()?;
        Some((path, (metadata.len(), metadata.modified().ok())))
    };
    files(folder).into_iter().filter_map(look).collect()
}

/// The files that functions read at their start. Documents and stories are not among them; an index is followed by its
/// readers.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in inside(folder) {
        match path.file_name().and_then(|name| name.to_str()) {
            Some("knowledge" | "stories" | knowledge::Index::FILE) | None => {}
            // Where editors keep what is not saved yet.
            Some(hidden) if hidden.starts_with('.') => {}
            Some(_) if path.is_dir() => files.extend(inside(&path).into_iter().filter(|path| path.is_file())),
            Some(_) => files.push(path),
        }
    }
    files
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
