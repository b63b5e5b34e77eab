//! What is wrong with a bot folder.

use std::path::{Path, PathBuf};

/// Why a bot cannot be used. The owner has to correct the file; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// A file is missing.
    #[error("{path}: there is no such file, and a bot needs it", path = path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// A file says something it cannot mean.
    #[error("{path}:{line}: {what}", path = path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong and what would be right.
        what: String,
    },
}

impl BotError {
    /// An error at a byte offset of a file's text.
    pub fn at(path: &Path, text: &str, offset: usize, what: impl Into<String>) -> BotError {
        let line = 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        BotError::Wrong { path: path.to_owned(), line, what: what.into() }
    }

    /// An error of the TOML reader.
    pub(crate) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> BotError {
        let offset = error.span().map_or(0, |span| span.start);
        BotError::at(path, text, offset, explained(error.message()))
    }
}

/// The reader's message, with the nearest key when one is unknown.
fn explained(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (Some(unknown), true) = (quoted.next(), message.starts_with("unknown field")) else {
        return message.to_owned();
    };
    let known: Vec<String> = quoted.map(ToOwned::to_owned).collect();
    let near = known.iter().min_by_key(|key| domain::limits::distance(unknown, key));
    let near = near.filter(|key| domain::limits::distance(unknown, key) <= 1 + unknown.chars().count() / 3);
    match near {
        Some(near) => format!("unknown key `{unknown}`; did you mean `{near}`?"),
        None => format!("unknown key `{unknown}`; the keys here are: {}", known.join(", ")),
    }
}
