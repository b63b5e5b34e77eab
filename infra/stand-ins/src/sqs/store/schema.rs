//! Tables and settings of the file.
use super::StoreError;
use rusqlite::{Connection, params};

pub(super) const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE queues (
        name TEXT PRIMARY KEY, attributes TEXT NOT NULL,
        created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE messages (sequence INTEGER PRIMARY KEY, queue TEXT NOT NULL, content TEXT NOT NULL);
    CREATE INDEX messages_of_queue ON messages (queue);
    CREATE TABLE deliveries (sequence INTEGER PRIMARY KEY, delivery TEXT NOT NULL);
    CREATE TABLE remembered (
        queue TEXT NOT NULL, key TEXT NOT NULL, message_id TEXT NOT NULL,
        sequence INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (queue, key)
    ) WITHOUT ROWID;
";

/// In WAL mode with `synchronous = NORMAL` a commit is written to the log file but not forced to the disk:
/// it survives the death of the process (the log is in the system's cache), while a power loss may take the
/// last commits, never the file's integrity. `FULL` would cost a disk flush per action for a machine that a
/// developer unplugs. <https://www.sqlite.org/pragma.html#pragma_synchronous>
pub(super) fn prepare(connection: &Connection, seed: u64) -> Result<(), StoreError> {
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        VERSION => Ok(()),
        0 => create(connection, seed),
        other => Err(StoreError::UnknownVersion(other)),
    }
}

fn create(connection: &Connection, seed: u64) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute(
        "INSERT INTO numbers (name, value) VALUES ('seed', ?1), ('sequence', 0)",
        params![seed.cast_signed()],
    )?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

pub(super) fn number(connection: &Connection, name: &str) -> Result<u64, StoreError> {
    let number: i64 =
        connection.query_row("SELECT value FROM numbers WHERE name = ?1", params![name], |row| row.get(0))?;
    Ok(number.cast_unsigned())
}
