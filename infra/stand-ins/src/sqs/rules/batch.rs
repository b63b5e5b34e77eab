//! What the three batch actions have in common.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::SqsError;
use std::collections::BTreeSet;

/// SQS developer guide, "Amazon SQS batch actions".
pub const BATCH_ENTRIES_MAX: usize = 10;
/// Sum over the entries of a SendMessageBatch, since August 2025.
pub const BATCH_BYTES_MAX: usize = 1_048_576;

/// One entry of a batch, or its answer, under the id that the caller gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    pub id: String,
    pub item: T,
}

/// The answer to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchAnswer<T> {
    pub successful: Vec<Entry<T>>,
    pub failed: Vec<Failed>,
}

/// An entry that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub id: String,
    pub error: SqsError,
}

/// Applies one action to each entry in turn; an entry that fails leaves the others alone.
pub(super) fn each<T, A>(
    entries: Vec<Entry<T>>,
    mut action: impl FnMut(T) -> Result<A, SqsError>,
) -> Result<BatchAnswer<A>, SqsError> {
    check(&entries)?;
    let mut answer = BatchAnswer { successful: Vec::new(), failed: Vec::new() };
    for Entry { id, item } in entries {
        match action(item) {
            Ok(item) => answer.successful.push(Entry { id, item }),
            Err(error) => answer.failed.push(Failed { id, error }),
        }
    }
    Ok(answer)
}

fn check<T>(entries: &[Entry<T>]) -> Result<(), SqsError> {
    if entries.is_empty() {
        return Err(SqsError::EmptyBatch);
    }
    if entries.len() > BATCH_ENTRIES_MAX {
        return Err(SqsError::TooManyEntries { count: entries.len() });
    }
    let mut seen = BTreeSet::new();
    for entry in entries {
        if !is_entry_id(&entry.id) {
            return Err(SqsError::InvalidEntryId);
        }
        if !seen.insert(entry.id.as_str()) {
            return Err(SqsError::EntryIdsNotDistinct { id: entry.id.clone() });
        }
    }
    Ok(())
}

fn is_entry_id(id: &str) -> bool {
    (1..=80).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
