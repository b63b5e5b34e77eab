//! The index of a local stack.

use std::path::{Path, PathBuf};

use bot::{Bot, Engine};
use knowledge::Index;
use tempfile::TempDir;
use vectors::Place;

use super::build::build;
use super::embedding::Embedding;
use super::{elsewhere, read};
use crate::cli::Failure;
use crate::engines::Engines;
use crate::resources;

/// An index of the stack's own. It lies with the stack's data, so that the owner's stays as it is.
pub struct Trial {
    /// Where it is.
    pub index: PathBuf,
    /// Where its vectors are, when not in it.
    pub vectors: Option<Place>,
    /// Whether the scripted model made it.
    pub is_scripted: bool,
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
        let Some(knowledge) = &bot.knowledge else { return Ok(None) };
        let is_scripted = engines.model.scripted.is_some();
        let model = io::config::optional("EMBEDDING_MODEL").unwrap_or_else(|| bot.embedding_model.clone());
        let real = Bot { embedding_model: model, ..bot.clone() };
        if !is_scripted && knowledge.engine == Engine::File {
            read(&folder.join(Index::FILE), &real.embedding_name())?;
            return Ok(None);
        }
        let embedding = if is_scripted {
            Embedding::scripted(bot.clone(), &engines.places.model)?
        } else {
            Embedding::of(real).await?
        };
        let own = if data.is_none() { Some(tempfile::tempdir()?) } else { None };
        let place = data.or(own.as_ref().map(TempDir::path)).unwrap_or(Path::new("."));
        let index = place.join(Index::FILE);
        let vectors = match knowledge.engine {
            Engine::File => build(folder, &index, &embedding).await.map(|_| None)?,
            Engine::S3Vectors => {
                let vectors = resources::vectors(&engines.places.vectors, &embedding.name).await;
                elsewhere::build(folder, &index, &embedding, &vectors).await?;
                Some(vectors.place().clone())
            }
        };
        Ok(Some(Trial { index, vectors, is_scripted, _folder: own }))
    }
}
