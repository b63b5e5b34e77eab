//! The copy of a bot's folder that the functions read: a sandbox that starts while its owner writes finds the last one that
//! was right, and all of it.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::looks;

/// Numbered copies, and a link to the one that is read. They go with the value.
pub struct BotCopy {
    folder: TempDir,
    number: u64,
}

impl BotCopy {
    /// A first copy.
    pub fn of(bot: &Path) -> io::Result<BotCopy> {
        let mut copy = BotCopy { folder: tempfile::tempdir()?, number: 0 };
        let first = copy.next(bot)?;
        copy.turn_to(&first)?;
        Ok(copy)
    }

    /// What the functions read, always under this name.
    pub fn link(&self) -> PathBuf {
        self.folder.path().join("bot")
    }

    /// One more copy, which nobody reads yet.
    pub fn next(&mut self, bot: &Path) -> io::Result<PathBuf> {
        self.number += 1;
        let next = self.folder.path().join(self.number.to_string());
        std::fs::create_dir(&next)?;
        for file in looks::files(bot) {
            let to = next.join(file.strip_prefix(bot).unwrap_or(&file));
            std::fs::create_dir_all(to.parent().unwrap_or(&next))?;
            std::fs::copy(&file, &to)?;
        }
        // It is replaced while it is read, and by its owner.
        symlink(std::path::absolute(bot)?.join(knowledge::Index::FILE), next.join(knowledge::Index::FILE))?;
        Ok(next)
    }

    /// Whoever reads from now on reads this one. Older ones stay: somebody may be in the middle of one.
    pub fn turn_to(&self, copy: &Path) -> io::Result<()> {
        let new = self.folder.path().join("new");
        symlink(copy, &new)?;
        std::fs::rename(new, self.link())
    }
}
