//! The index of a local stack.

use std::path::{Path, PathBuf};

use bot::Bot;
use knowledge::Index;
use tempfile::TempDir;

use super::build::build;
use super::embedding::Embedding;
use super::read;
use crate::cli::Failure;
use crate::engines::Engines;

/// An index that the scripted model made. It lies with the stack's data, so that the owner's own stays as it is.
pub struct Trial {
    /// Where it is.
    pub index: PathBuf,
    _folder: Option<TempDir>,
}

impl Trial {
    /// `None`: the bot has no documents, or a real model and an index of its own, which is checked.
    pub async fn of(
        bot: &Bot,
        folder: &Path,
        data: Option<&Path>,
        engines: &Engines,
    ) -> Result<Option<Trial>, Failure> {
        if bot.knowledge.is_none() {
            return Ok(None);
        }
        if engines.model.scripted.is_none() {
            let model =
                io::config::optional("EMBEDDING_MODEL").unwrap_or_else(|| bot.embedding_model.clone());
            read(&folder.join(Index::FILE), &Bot { embedding_model: model, ..bot.clone() }.embedding_name())?;
            return Ok(None);
        }
        let own = if data.is_none() { Some(tempfile::tempdir()?) } else { None };
        let place = data.or(own.as_ref().map(TempDir::path)).unwrap_or(Path::new("."));
        let index = place.join(Index::FILE);
        build(folder, &index, &Embedding::scripted(bot.clone(), &engines.places.model)?).await?;
        Ok(Some(Trial { index, _folder: own }))
    }
}
