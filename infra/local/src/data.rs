//! The data folder: what survives a restart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use channels::Use;

use crate::cli::{Failure, Up};
use crate::engines::VECTORS_FILE;
use crate::{clock, platforms};

/// What channels and owner need and is made up when the environment has none: everything but where to call.
fn names() -> impl Iterator<Item = &'static str> {
    let needed = channels::variables().filter(|(_, variable)| !matches!(variable.is, Use::Base(_)));
    needed.map(|(_, variable)| variable.name).chain([startup::OWNER_TOKEN])
}

/// Opens the data folder; `None` with `--memory`.
pub fn open(up: &Up) -> Result<Option<PathBuf>, Failure> {
    if up.memory {
        return Ok(None);
    }
    let folder = &up.data;
    let fails = |error: std::io::Error| {
        format!("the data folder {} cannot be used: {error}; choose another with --data", folder.display())
    };
    if up.fresh && folder.exists() {
        forget(folder).map_err(fails)?;
    }
    std::fs::create_dir_all(folder).map_err(fails)?;
    let probe = folder.join(".writable");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(fails)?;
    Ok(Some(folder.clone()))
}

/// Removes what this program writes, and nothing else: `--data` may name any folder.
fn forget(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name == "sqs" || name == "outbox" {
            std::fs::remove_dir_all(&path)?;
        } else if matches!(
            name.as_str(),
            "secrets.json" | "schedules.json" | clock::FILE | VECTORS_FILE | knowledge::Index::FILE
        ) || name.starts_with("dynamodb.sqlite")
        {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// For this user's eyes only.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(file)?.write_all(text.as_bytes())
}

/// The secrets of this stack: the environment's, else those made up at the first start.
pub fn secrets(folder: Option<&Path>) -> Result<BTreeMap<String, String>, Failure> {
    let file = folder.map(|folder| folder.join("secrets.json"));
    let kept = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
    let mut secrets: BTreeMap<String, String> = match kept {
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            format!("the data folder's secrets.json is damaged ({error}); start once with --fresh")
        })?,
        None => BTreeMap::new(),
    };
    for name in names() {
        secrets.entry(name.to_owned()).or_insert_with(|| platforms::made_up(name, &random()));
    }
    if let Some(file) = file {
        write_private(&file, &serde_json::to_string_pretty(&secrets)?)?;
    }
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    secrets.extend(names().filter_map(|name| Some((name.to_owned(), given(name)?))));
    // What goes with another value goes with the one that holds.
    for name in names().filter(|name| given(name).is_none()) {
        if let Some(value) = platforms::derived(name, &secrets) {
            secrets.insert(name.to_owned(), value);
        }
    }
    Ok(secrets)
}

/// What is secret of them, and what names the bot at a platform.
pub fn apart(secrets: &BTreeMap<String, String>) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let ids = || channels::variables().filter(|(_, variable)| variable.is == Use::Id);
    let is_secret = |(name, _): &(String, String)| !ids().any(|(_, variable)| variable.name == *name);
    secrets.clone().into_iter().partition(is_secret)
}

#[expect(clippy::disallowed_methods, reason = "secrets are made of chance")]
fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
