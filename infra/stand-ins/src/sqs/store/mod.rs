//! The queues on disk: one SQLite file, one transaction per action.
mod item;
mod schema;

use super::rules::{Change, Saved};
use rusqlite::{Connection, params};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::{fmt, io};

pub(super) struct Store {
    connection: Connection,
    seed: u64,
    /// Held for as long as the store is open; the system lets go of it when the process dies.
    _lock: File,
}

#[derive(Debug)]
pub(super) enum StoreError {
    /// Another process serves this folder.
    InUse(String),
    Folder(io::Error),
    Sqlite(rusqlite::Error),
    Item(serde_json::Error),
    /// Written by a newer version of this program.
    UnknownVersion(i64),
}

impl Store {
    /// Opens the folder, or makes it. The seed is used only if the folder is new.
    pub(super) fn open(folder: &Path, seed: u64) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("sqs.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(folder.display().to_string())),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let connection = Connection::open(folder.join("sqs.sqlite"))?;
        schema::prepare(&connection, seed)?;
        let seed = schema::number(&connection, "seed")?;
        Ok(Self { connection, seed, _lock: lock })
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn load(&self) -> Result<Saved, StoreError> {
        Ok(Saved {
            sequence: schema::number(&self.connection, "sequence")?,
            queues: item::queues(&self.connection)?,
            messages: item::messages(&self.connection)?,
            remembered: item::remembered(&self.connection)?,
        })
    }

    /// Writes the changes of one action, all or none.
    pub(super) fn write(&mut self, changes: &[Change], sequence: u64) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for change in changes {
            item::apply(&transaction, change)?;
        }
        transaction
            .prepare_cached("UPDATE numbers SET value = ?1 WHERE name = 'sequence'")?
            .execute(params![sequence.cast_signed()])?;
        transaction.commit()?;
        Ok(())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(folder) => write!(f, "another process is already serving the queues in {folder}"),
            Self::Folder(error) => write!(f, "the folder of the queues cannot be used: {error}"),
            Self::Sqlite(error) => write!(f, "the queues on disk cannot be read or written: {error}"),
            Self::Item(error) => write!(f, "the queues on disk hold an item that cannot be read: {error}"),
            Self::UnknownVersion(version) => {
                write!(f, "the queues on disk have version {version}, this program knows {}", schema::VERSION)
            }
        }
    }
}

impl std::error::Error for StoreError {}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Folder(error)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Item(error)
    }
}
