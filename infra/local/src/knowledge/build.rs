//! Building an index: only what is new is embedded, and the file is replaced as a whole.

use std::collections::HashMap;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::path::Path;

use knowledge::{Fingerprint, Index, IndexError, Made, Passage};
use models::EMBEDDED_AT_ONCE_MAX;

use super::embedding::Embedding;
use super::folder;
use crate::cli::Failure;

/// What was built.
pub struct Built {
    /// Documents.
    pub files: usize,
    /// Passages of theirs.
    pub passages: usize,
    /// How many were embedded now.
    pub embedded: usize,
    /// How many vectors were taken away where another engine has them.
    pub gone: usize,
    /// Numbers of a vector.
    pub dimensions: usize,
    /// Of the file.
    pub bytes: usize,
    /// By which model.
    pub model: String,
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Built { files, passages, embedded, gone, dimensions, bytes, model } = self;
        let kilobytes = bytes.div_ceil(1_000);
        write!(f, "{passages} passages of {files} documents, {embedded} embedded anew")?;
        if *gone > 0 {
            write!(f, ", {gone} vectors taken away")?;
        }
        write!(f, "; {dimensions} dimensions by `{model}`, {kilobytes} kB")
    }
}

/// Makes the index of a bot's documents. Whoever reads `to` meanwhile sees the old one.
pub async fn build(bot: &Path, to: &Path, embedding: &Embedding) -> Result<Built, Failure> {
    let (passages, files) = folder::passages(bot)?;
    let known = standing(to, embedding)?.map(|index| index.known_vectors()).unwrap_or_default();
    let (vectors, embedded) = vectors(&passages, known, embedding).await?;
    let small_talk = embedding.questions(&Index::SMALL_TALK.map(ToOwned::to_owned)).await?;
    let made = Made { model: embedding.name.clone(), passages, vectors, small_talk, precision: None };
    let index = Index::of(made)?;
    let bytes = index.to_bytes();
    replace(to, &bytes)?;
    let (passages, dimensions) = (index.passages().len(), index.dimensions());
    let (bytes, model) = (bytes.len(), embedding.name.clone());
    Ok(Built { files, passages, embedded, gone: 0, dimensions, bytes, model })
}

/// The index that is to be replaced, when it is of the same model. A trial's never takes the place of a real one.
pub(super) fn standing(to: &Path, embedding: &Embedding) -> Result<Option<Index>, Failure> {
    let Ok(bytes) = std::fs::read(to) else { return Ok(None) };
    match Index::from_bytes(&bytes, &embedding.name) {
        Ok(index) => Ok(Some(index)),
        Err(IndexError::OtherModel { built, .. }) if embedding.is_scripted() => Err(format!(
            "{}: this index was built with `{built}`; without its key in the environment it stays as it is",
            to.display()
        )
        .into()),
        Err(_) => Ok(None),
    }
}

/// A vector for each passage, and how many were made now.
async fn vectors(
    passages: &[Passage],
    mut known: HashMap<Fingerprint, Vec<f32>>,
    embedding: &Embedding,
) -> Result<(Vec<Vec<f32>>, usize), Failure> {
    let new: Vec<&Passage> =
        passages.iter().filter(|passage| !known.contains_key(&passage.fingerprint())).collect();
    for (at, batch) in new.chunks(EMBEDDED_AT_ONCE_MAX).enumerate() {
        progress("passages embedded", at * EMBEDDED_AT_ONCE_MAX, new.len());
        let texts: Vec<String> = batch.iter().map(|passage| passage.searched()).collect();
        let made = embedding.passages(&texts).await?;
        known.extend(batch.iter().map(|passage| passage.fingerprint()).zip(made));
    }
    progress("passages embedded", new.len(), new.len());
    let vector = |passage: &Passage| known.get(&passage.fingerprint()).cloned().unwrap_or_default();
    Ok((passages.iter().map(vector).collect(), new.len()))
}

/// A line that counts, where somebody looks at it.
pub(super) fn progress(what: &str, done: usize, of: usize) {
    if of > 0 {
        line(&format!("{done} of {of} {what}"), done == of);
    }
}

/// Takes the place of the line before it, until one is the last.
pub(super) fn line(text: &str, is_last: bool) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let end = if is_last { "\n" } else { "" };
        let _ = write!(terminal, "\r{text}{end}");
        let _ = terminal.flush();
    }
}

/// Written beside and renamed: there is never half an index.
pub(super) fn replace(to: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    new.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    new.persist(to)?;
    Ok(())
}
