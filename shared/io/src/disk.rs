//! A file that somebody else may replace while it is being used.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// What tells one file from the one that took its place: a new file renamed into place has another number or time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    bytes: u64,
    number: u64,
}

/// A file that is read again when it has been replaced. It has to be replaced as a whole, by renaming: then whoever
/// reads sees the one or the other.
#[derive(Debug)]
pub struct WatchedFile {
    path: PathBuf,
    read: Mutex<Option<Stamp>>,
}

impl WatchedFile {
    /// A file that has not been read yet.
    pub fn new(path: &Path) -> WatchedFile {
        WatchedFile { path: path.to_owned(), read: Mutex::new(None) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes, when it is another file than was read last. `None`: the same.
    ///
    /// # Errors
    /// The operating system's. What was read before stays good.
    pub fn read_if_replaced(&self) -> std::io::Result<Option<Vec<u8>>> {
        let stamp = stamp(&self.path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.as_ref() == Some(&stamp) {
            return Ok(None);
        }
        let bytes = std::fs::read(&self.path)?;
        *read = Some(stamp);
        Ok(Some(bytes))
    }
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let metadata = std::fs::metadata(path)?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let number = 0;
    Ok(Stamp { changed: metadata.modified().ok(), bytes: metadata.len(), number })
}
