//! What a bot's folder adds to a turn, from the folder as written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod prompts;
mod tools;

use std::collections::BTreeMap;
use std::path::Path;

use bot::Bot;
use skills::Skills;

/// A bot of these files, and its skills; or what is wrong with it.
fn skills(files: &[(&str, &str)]) -> Result<(Bot, Skills), String> {
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    let files: BTreeMap<String, String> = files.iter().map(owned).collect();
    let bot = Bot::of(Path::new(""), &files).map_err(|error| error.to_string())?;
    let secrets = [("KEY".to_owned(), "s3cret".to_owned())].into();
    let skills = Skills::of(&bot, &files, &secrets).map_err(|error| error.to_string())?;
    Ok((bot, skills))
}
