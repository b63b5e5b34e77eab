//! The labelled set: documents, questions, and for each question the passage that answers it.

use std::path::{Path, PathBuf};

use knowledge::Passage;

/// One line of a file of questions.
pub struct Question {
    /// `code`, `meaning`, `across` (languages) or `none`.
    #[cfg_attr(not(test), expect(dead_code, reason = "the texts need no kinds"))]
    pub kind: String,
    pub text: String,
    /// File and last heading; `None`: no passage answers it.
    #[cfg_attr(not(test), expect(dead_code, reason = "nor answers"))]
    pub answered_by: Option<(String, String)>,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/knowledge")
}

/// The passages of all documents, in the order of their names.
pub fn passages() -> Vec<Passage> {
    let entries = std::fs::read_dir(folder().join("documents")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        ingest::passages(&name, &std::fs::read(path).unwrap()).unwrap()
    };
    files.iter().flat_map(read).collect()
}

/// The files of questions: those by which the search was settled, and those written afterwards.
pub const FILES: [&str; 2] = ["questions.tsv", "held-out.tsv"];

pub fn questions(file: &str) -> Vec<Question> {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut fields = line.split('\t').map(ToOwned::to_owned);
            let (kind, text) = (fields.next().unwrap(), fields.next().unwrap());
            let answered_by = fields.next().zip(fields.next()).filter(|(file, _)| !file.is_empty());
            Question { kind, text, answered_by }
        })
        .collect()
}
