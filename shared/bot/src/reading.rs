//! Reading a file of the folder.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::BotError;

/// Reads a TOML file, with the same words for what is wrong as for `bot.toml`.
///
/// # Errors
/// It is no TOML, or says something that `T` does not know. The owner has to correct it.
pub fn read_toml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, BotError> {
    toml::from_str(text).map_err(|error| BotError::of_toml(path, text, &error))
}
