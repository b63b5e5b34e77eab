//! `test`: the stories of a bot, told to the whole system. The functions and their processes are real; the model does what a
//! story says, and the platforms are stand-ins. Nobody outside is asked.

pub mod file;

mod came;
mod person;
mod reading;
mod report;
mod script;
mod stage;
mod telling;

use std::path::Path;
use std::time::Instant;

use channels::CHANNELS;
use domain::Channel;

use crate::cli::{Failure, Test};
use crate::up;
use person::Person;
use reading::Story;
pub use reading::read;
use report::{Told, Verdict};
use stage::Stage;
use telling::Telling;

/// Tells the stories, and prints how each came out. An error when one did not come out as written.
pub fn run(options: &Test) -> Result<(), Failure> {
    up::log("off");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let told = runtime.block_on(all(options))?;
    report::end(&told, options.json)
}

async fn all(options: &Test) -> Result<Vec<Told>, Failure> {
    let mut told = Vec::new();
    for bot in &options.bots {
        let tools = startup::read_bot(bot)?.tools;
        let stories = chosen(bot, options)?;
        if let Some(error) = stories.iter().find_map(|story| story.unknown_call(&tools)) {
            return Err(error);
        }
        if stories.is_empty() {
            eprintln!("{}: no stories", bot.display());
            continue;
        }
        let theatre =
            Theatre { bot, stage: Stage::start(bot).await?, on: channels(options)?, json: options.json };
        told.extend(theatre.tell(&stories).await?);
        theatre.stage.stack.lambda.shut_down();
    }
    if told.is_empty() {
        let none = || "there is no story to tell; docs/bots.md has the form of one".to_owned();
        let missing = options.story.as_ref().map(|name| format!("there is no story `{name}`"));
        return Err(missing.unwrap_or_else(none).into());
    }
    Ok(told)
}

/// The stories that are asked for. Every one of the bot has to be readable.
fn chosen(bot: &Path, options: &Test) -> Result<Vec<Story>, Failure> {
    let mut stories = read(bot).into_iter().collect::<Result<Vec<Story>, Failure>>()?;
    if let Some(name) = &options.story {
        let wanted = Path::new(name).file_stem().unwrap_or_default();
        let file = |story: &Story| story.path.file_stem().is_some_and(|stem| stem == wanted);
        stories.retain(|story| story.file.name.get_ref() == name || file(story));
    }
    Ok(stories)
}

/// The channels that are asked for; none: each story's own.
fn channels(options: &Test) -> Result<Option<Vec<Channel>>, Failure> {
    match options.on.as_deref() {
        None => Ok(None),
        Some("all") => Ok(Some(CHANNELS.to_vec())),
        Some(name) => Ok(Some(vec![reading::channel(name)?])),
    }
}

/// Where the stories of one bot are told.
struct Theatre<'t> {
    bot: &'t Path,
    stage: Stage,
    on: Option<Vec<Channel>>,
    json: bool,
}

impl Theatre<'_> {
    /// One after the other: the model has one script.
    async fn tell(&self, stories: &[Story]) -> Result<Vec<Told>, Failure> {
        let mut told = Vec::new();
        for story in stories {
            let named = self.stage.stack.bot.channel.as_deref().and_then(Channel::named);
            let own = [story.channel.or(named).unwrap_or(Channel::WEB)];
            for channel in self.on.as_deref().unwrap_or(&own) {
                let number = u64::try_from(told.len())? + 1;
                let one = self.tell_one(story, *channel, number).await?;
                if !self.json {
                    report::line(&one);
                }
                told.push(one);
            }
        }
        Ok(told)
    }

    async fn tell_one(&self, story: &Story, channel: Channel, number: u64) -> Result<Told, Failure> {
        let begin = Instant::now();
        let speaks = story
            .file
            .steps
            .iter()
            .any(|step| step.get_ref().voice.is_some() || step.get_ref().sends.is_some());
        let verdict = if speaks && channel == Channel::WEB {
            Verdict::Skipped("the web takes no voice messages")
        } else {
            self.stage.forget_what_is_shared().await?;
            let person = Person::new(&self.stage, channel, number, story.file.language.clone())?;
            match Telling::new(&self.stage, story, person).await?.tell().await {
                None => Verdict::Passed,
                Some(miss) => Verdict::Failed { line: story.line(miss.at), what: miss.what },
            }
        };
        Ok(Told {
            bot: self.bot.display().to_string(),
            story: story.file.name.get_ref().clone(),
            file: story.path.display().to_string(),
            channel,
            verdict,
            took: begin.elapsed(),
        })
    }
}
