//! `check`: whether a bot's folder can be used, and everything that is wrong with it.

use std::path::Path;

use crate::cli::Failure;
use crate::{schedules, skills, stories};

/// Says that the folder is fine, or what is wrong.
pub fn run(folder: &Path) -> Result<(), Failure> {
    let bot = startup::read_bot(folder).map_err(Failure::from);
    let bot = bot.and_then(|bot| {
        schedules::check(&bot)?;
        skills::check(folder, &bot)?;
        Ok(bot)
    });
    let told = stories::read(folder);
    let wrong = told.iter().filter_map(|story| story.as_ref().err().map(ToString::to_string));
    let wrong: Vec<String> = bot.as_ref().err().map(ToString::to_string).into_iter().chain(wrong).collect();
    match (bot, wrong.as_slice()) {
        (Ok(bot), []) => {
            println!("{}: bot `{}` is fine", folder.display(), bot.name);
            Ok(())
        }
        (_, wrong) => Err(wrong.join("\n          ").into()),
    }
}
