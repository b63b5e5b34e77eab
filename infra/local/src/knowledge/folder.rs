//! The folder of documents.

use std::path::{Path, PathBuf};

use knowledge::Passage;

use crate::cli::Failure;

/// The passages of every document below `BOT/knowledge`, and how many documents there are.
pub fn passages(bot: &Path) -> Result<(Vec<Passage>, usize), Failure> {
    let folder = bot.join("knowledge");
    if !folder.is_dir() {
        return Err(format!("{}: there is no such folder; put documents into it", folder.display()).into());
    }
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut passages = Vec::new();
    for path in &files {
        let name = path.strip_prefix(&folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let read = ingest::passages(&name, &std::fs::read(path)?);
        passages.extend(read.map_err(|error| format!("{}/{error}", folder.display()))?);
    }
    if passages.is_empty() {
        let kinds = ingest::EXTENSIONS.join(", ");
        return Err(format!("{}: there are no documents ({kinds}) in it", folder.display()).into());
    }
    Ok((passages, files.len()))
}

/// The documents in a folder and those below it. Hidden files are not the owner's.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        if path.is_dir() {
            collect(&path, files)?;
        } else if extension.is_some_and(|extension| ingest::EXTENSIONS.contains(&extension.as_str())) {
            files.push(path);
        }
    }
    Ok(())
}
