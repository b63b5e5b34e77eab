//! Building an index: only what is new is embedded, and the file is replaced as a whole.

use std::collections::HashMap;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::path::Path;

use knowledge::{Fingerprint, Index, IndexError, Made, Passage};
use models::EMBEDDED_AT_ONCE_MAX;

use super::embedding::{Embedding, SCRIPTED};
use super::folder;
use crate::cli::Failure;

/// What was built.
pub struct Built {
    files: usize,
    passages: usize,
    embedded: usize,
    dimensions: usize,
    bytes: usize,
    model: String,
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Built { files, passages, embedded, dimensions, bytes, model } = self;
        let kilobytes = bytes.div_ceil(1_000);
        write!(
            f,
            "{passages} passages of {files} documents, {embedded} embedded anew; {dimensions} dimensions by `{model}`, \
             {kilobytes} kB"
        )
    }
}

/// Makes the index of a bot's documents. Whoever reads `to` meanwhile sees the old one.
pub async fn build(bot: &Path, to: &Path, embedding: &Embedding) -> Result<Built, Failure> {
    let (passages, files) = folder::passages(bot)?;
    let known = known(to, embedding)?;
    let (vectors, embedded) = vectors(&passages, known, embedding).await?;
    let small_talk = embedding.questions(&Index::SMALL_TALK.map(ToOwned::to_owned)).await?;
    let made = Made { model: embedding.name.clone(), passages, vectors, small_talk, precision: None };
    let index = Index::of(made)?;
    let bytes = index.to_bytes();
    replace(to, &bytes)?;
    let (passages, dimensions) = (index.passages().len(), index.dimensions());
    Ok(Built { files, passages, embedded, dimensions, bytes: bytes.len(), model: embedding.name.clone() })
}

/// The vectors that need not be made again. A trial's never take the place of real ones.
fn known(to: &Path, embedding: &Embedding) -> Result<HashMap<Fingerprint, Vec<f32>>, Failure> {
    let Ok(bytes) = std::fs::read(to) else { return Ok(HashMap::new()) };
    match Index::from_bytes(&bytes, &embedding.name) {
        Ok(index) => Ok(index.known_vectors()),
        Err(IndexError::OtherModel { built, .. }) if embedding.name.starts_with(SCRIPTED) => Err(format!(
            "{}: this index was built with `{built}`; without its key in the environment it stays as it is",
            to.display()
        )
        .into()),
        Err(_) => Ok(HashMap::new()),
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
        progress(at * EMBEDDED_AT_ONCE_MAX, new.len());
        let texts: Vec<String> = batch.iter().map(|passage| passage.searched()).collect();
        let made = embedding.passages(&texts).await?;
        known.extend(batch.iter().map(|passage| passage.fingerprint()).zip(made));
    }
    progress(new.len(), new.len());
    let vector = |passage: &Passage| known.get(&passage.fingerprint()).cloned().unwrap_or_default();
    Ok((passages.iter().map(vector).collect(), new.len()))
}

/// A line that counts, where somebody looks at it.
fn progress(done: usize, of: usize) {
    let mut terminal = std::io::stderr();
    if of > 0 && terminal.is_terminal() {
        let end = if done == of { "\n" } else { "" };
        let _ = write!(terminal, "\r{done} of {of} passages embedded{end}");
        let _ = terminal.flush();
    }
}

/// Written beside and renamed: there is never half an index.
fn replace(to: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    new.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    new.persist(to)?;
    Ok(())
}
