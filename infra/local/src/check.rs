//! `check`: whether a bot's folder can be used, and everything that is wrong with it.

mod strangers;

use std::path::{Path, PathBuf};

use bot::Bot;

use crate::cli::Failure;
use crate::{schedules, skills, stories};

/// Says of each folder that it is fine, or what is wrong.
pub fn run(folders: &[PathBuf]) -> Result<(), Failure> {
    let wrong: Vec<String> =
        folders.iter().filter_map(|folder| one(folder).err()).map(|error| error.to_string()).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Of `bot.toml` and the prompts the first thing that is wrong, of the stories one for each.
fn one(folder: &Path) -> Result<(), Failure> {
    let bot = read(folder);
    let told = stories::read(folder);
    let calls = told.iter().flatten().filter_map(|story| story.unknown_call(&bot.as_ref().ok()?.tools));
    let calls: Vec<String> = calls.map(|error| error.to_string()).collect();
    let wrong = told.iter().filter_map(|story| story.as_ref().err()).chain(bot.as_ref().err());
    let wrong: Vec<String> = wrong.map(ToString::to_string).chain(calls).collect();
    for stranger in strangers::of(folder) {
        eprintln!("{stranger}");
    }
    match (bot, wrong.as_slice()) {
        (Ok(bot), []) => {
            let stories = match told.len() {
                0 => String::new(),
                count => format!(" (stories: {count})"),
            };
            println!("{}: bot `{}` is fine{stories}", folder.display(), bot.name);
            Ok(())
        }
        (_, wrong) => Err(wrong.join("\n").into()),
    }
}

/// The bot of a folder, if all of it can be used.
pub fn read(folder: &Path) -> Result<Bot, Failure> {
    let bot = startup::read_bot(folder)?;
    schedules::check(&bot).map_err(|error| format!("{}: {error}", folder.join("bot.toml").display()))?;
    skills::check(folder, &bot)?;
    Ok(bot)
}
