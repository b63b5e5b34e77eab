//! `check`: whether a bot's folder can be used, and everything that is wrong with it.

mod strangers;

use std::path::Path;

use bot::Bot;

use crate::cli::Failure;
use crate::{schedules, skills, stories};

/// Says that the folder is fine, or what is wrong: of `bot.toml` and the prompts the first thing, of the stories one for each.
pub fn run(folder: &Path) -> Result<(), Failure> {
    let bot = read(folder);
    let told = stories::read(folder);
    let wrong = told.iter().filter_map(|story| story.as_ref().err()).chain(bot.as_ref().err());
    let wrong: Vec<String> = wrong.map(ToString::to_string).collect();
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
    schedules::check(&bot)?;
    skills::check(folder, &bot)?;
    Ok(bot)
}
