//! The bot's documents: one index in memory, replaced as a whole when its file is.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use io::disk::WatchedFile;
use knowledge::{Index, IndexError};
use vectors::{Engine, NoEngine};

/// Where the index of the bot's documents stands. Holds nothing of a user.
#[derive(Default)]
pub struct Shelf {
    /// `None`: the index never changes.
    file: Option<WatchedFile>,
    /// The embedding model that questions are asked with.
    model: String,
    /// Has the vectors. `None`: the index does.
    engine: Option<Arc<dyn Engine>>,
    standing: Mutex<Option<Arc<Index>>>,
}

/// Why the documents cannot be used. The owner has to build the index.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// It is not there, or may not be read.
    #[error("{path}: {why}; run `knowledge build`")]
    Unreadable {
        /// Which file.
        path: String,
        /// The operating system's words.
        why: std::io::Error,
    },
    /// It is no index, or one for another model.
    #[error("{path}: {why}")]
    Unusable {
        /// Which file.
        path: String,
        /// What is wrong.
        why: IndexError,
    },
}

impl Shelf {
    /// One index for good.
    pub fn of(index: Index) -> Shelf {
        Shelf { standing: Mutex::new(Some(Arc::new(index))), ..Shelf::default() }
    }

    /// The index in a file, for questions asked with this model. `engine`: what has the vectors, when not the index.
    ///
    /// # Errors
    /// It cannot be used. A bot that should know something does not start without.
    pub fn open(path: &Path, model: &str, engine: Option<Arc<dyn Engine>>) -> Result<Shelf, ShelfError> {
        let (file, model) = (Some(WatchedFile::new(path)), model.to_owned());
        let shelf = Shelf { file, model, engine, ..Shelf::default() };
        shelf.look()?;
        Ok(shelf)
    }

    /// What has the vectors that the index has not.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_deref().unwrap_or(&NoEngine)
    }

    /// The index as it is now. A new file that cannot be used leaves the old index standing.
    pub fn index(&self) -> Option<Arc<Index>> {
        if let Err(error) = self.look() {
            tracing::error!(%error, "the old index stays");
        }
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn look(&self) -> Result<(), ShelfError> {
        let Some(file) = &self.file else { return Ok(()) };
        let path = || file.path().display().to_string();
        let read = file.read_if_replaced().map_err(|why| ShelfError::Unreadable { path: path(), why })?;
        let Some(bytes) = read else { return Ok(()) };
        let index = Index::from_bytes(&bytes, &self.model).and_then(|index| self.fitting(index));
        let index = index.map_err(|why| ShelfError::Unusable { path: path(), why })?;
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(index));
        Ok(())
    }

    /// An index without vectors wants an engine, and one with vectors none.
    fn fitting(&self, index: Index) -> Result<Index, IndexError> {
        let fits = index.edition().is_some() == self.engine.is_some();
        if fits { Ok(index) } else { Err(IndexError::OtherEngine) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use knowledge::{Edition, Made, Outsourced, Passage, Source};

    fn index(text: &str) -> Vec<u8> {
        let passage = Passage { source: Source::default(), text: text.to_owned() };
        let (passages, vectors) = (vec![passage], vec![vec![1.0, 0.0]]);
        let made = Made { model: "m".into(), passages, vectors, small_talk: Vec::new(), precision: None };
        Index::of(made).unwrap().to_bytes()
    }

    #[test]
    fn a_replaced_file_is_seen_whole_and_a_damaged_one_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("knowledge.index"), folder.path().join("new"));
        let replace = |bytes: &[u8]| {
            std::fs::write(&new, bytes).unwrap();
            std::fs::rename(&new, &path).unwrap();
        };
        assert!(matches!(Shelf::open(&path, "m", None), Err(ShelfError::Unreadable { .. })));
        replace(&index("old"));
        assert!(matches!(Shelf::open(&path, "n", None), Err(ShelfError::Unusable { .. })));
        let shelf = Shelf::open(&path, "m", None).unwrap();
        let text = || shelf.index().unwrap().passages()[0].text.clone();
        assert_eq!(text(), "old");
        replace(&index("new"));
        assert_eq!(text(), "new");
        replace(b"turnwise, but damaged");
        assert_eq!(text(), "new");
    }

    #[test]
    fn an_index_without_vectors_is_used_with_an_engine_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("knowledge.index");
        let open = |engine: Option<Arc<dyn Engine>>| Shelf::open(&path, "m", engine).map(drop);
        std::fs::write(&path, index("with vectors")).unwrap();
        assert!(open(None).is_ok());
        assert!(matches!(open(Some(Arc::new(NoEngine))), Err(ShelfError::Unusable { .. })));
        let without = Index::outsourced(Outsourced {
            model: "m".into(),
            passages: vec![Passage { source: Source::default(), text: "without".to_owned() }],
            dimensions: 2,
            edition: Edition::new("shop", "m", 1),
            sample: Vec::new(),
            small_talk: Vec::new(),
        });
        std::fs::write(&path, without.to_bytes()).unwrap();
        assert!(open(Some(Arc::new(NoEngine))).is_ok());
        let why = open(None).unwrap_err().to_string();
        assert!(
            why.ends_with("built for another `engine` than the bot's: run `knowledge build` again"),
            "{why}"
        );
    }
}
