//! The stories of a bot's folder, read and checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bot::{BotError, Tool};
use channels::CHANNELS;
use domain::{Channel, Class, Outcome};

use super::file::{Reply, StepFile, StoryFile};
use crate::cli::Failure;

/// A story that can be told.
#[derive(Debug)]
pub struct Story {
    /// Its file.
    pub path: PathBuf,
    /// What the file says.
    pub text: String,
    /// What it means.
    pub file: StoryFile,
    /// The channel it names.
    pub channel: Option<Channel>,
}

impl Story {
    /// The line at a byte of the file, from 1.
    pub fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    /// A call that the scripted model asks for, of a tool that the bot has not.
    pub fn unknown_call(&self, tools: &BTreeMap<String, Tool>) -> Option<Failure> {
        let models = self.file.steps.iter().filter_map(|step| step.get_ref().model.as_ref());
        models.into_iter().find_map(|model| {
            let call = model.get_ref().iter().find_map(|reply| match reply {
                Reply::Calls(call) if !tools.contains_key(&call.call) => Some(&call.call),
                _ => None,
            })?;
            let what = format!("there is no tool `{call}` in bot.toml");
            Some(BotError::at(&self.path, &self.text, model.span().start, what).into())
        })
    }
}

/// The stories of a folder, in the order of their files' names. Each is fine by itself, or says what is wrong with it.
pub fn read(bot: &Path) -> Vec<Result<Story, Failure>> {
    let folder = bot.join("stories");
    let files = std::fs::read_dir(&folder).map(|entries| entries.flatten().map(|entry| entry.path()));
    let is_story = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    let mut files: Vec<PathBuf> = files.into_iter().flatten().filter(is_story).collect();
    files.sort();
    files.into_iter().map(|path| story(&path)).collect()
}

fn story(path: &Path) -> Result<Story, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file: StoryFile = bot::read_toml(path, &text)?;
    let wrong = |(at, what): Complaint| BotError::at(path, &text, at, what);
    let channel = file
        .channel
        .as_ref()
        .map(|named| channel(named.get_ref()).map_err(|what| (named.span().start, what)));
    let channel = channel.transpose().map_err(wrong)?;
    if file.steps.is_empty() {
        return Err(wrong((0, "a story needs a `[[step]]`".to_owned())).into());
    }
    for step in &file.steps {
        check(step.get_ref(), step.span().start, path).map_err(wrong)?;
    }
    Ok(Story { path: path.to_owned(), text, file, channel })
}

/// The channel of that name.
pub fn channel(name: &str) -> Result<Channel, String> {
    let known = Channel::named(name).filter(|channel| CHANNELS.contains(channel));
    let names = || CHANNELS.iter().map(Channel::name).collect::<Vec<_>>().join(", ");
    known.ok_or_else(|| format!("there is no channel `{name}`; the channels are: {}", names()))
}

/// At which byte, and what.
type Complaint = (usize, String);

/// What the reader of the file does not see.
fn check(step: &StepFile, at: usize, path: &Path) -> Result<(), Complaint> {
    let acts = [step.says.is_some(), step.taps.is_some(), step.sends.is_some(), step.voice.is_some()];
    if acts.into_iter().filter(|given| *given).count() != 1 {
        return Err((at, "a step has exactly one of `says`, `taps`, `sends` and `voice`".to_owned()));
    }
    let ends = [step.model.is_some(), step.fails.is_some(), step.breaks, step.kills];
    if ends.into_iter().filter(|given| *given).count() > 1 {
        return Err((at, "a step has at most one of `model`, `fails`, `breaks` and `kills`".to_owned()));
    }
    if (step.fails.is_some() || step.breaks || step.kills) && !step.while_answering.is_empty() {
        return Err((at, "`while_answering` needs a model that answers".to_owned()));
    }
    if let Some(status) = step.fails.as_ref().filter(|status| !(400..600).contains(status.get_ref())) {
        return Err((
            status.span().start,
            format!("`fails` is {}; it must be from 400 to 599", status.get_ref()),
        ));
    }
    check_names(step)?;
    match &step.sends {
        Some(file) if !path.with_file_name(file.get_ref()).is_file() => {
            Err((file.span().start, format!("there is no file `{}` beside the story", file.get_ref())))
        }
        _ => Ok(()),
    }
}

fn check_names(step: &StepFile) -> Result<(), Complaint> {
    if let Some(class) = &step.sorted_as {
        let names = Class::ALL.map(Class::name);
        if !names.contains(&class.get_ref().as_str()) {
            let what =
                format!("there is no class `{}`; the classes are: {}", class.get_ref(), names.join(", "));
            return Err((class.span().start, what));
        }
    }
    match &step.outcome {
        Some(outcome) if Outcome::named(outcome.get_ref()).is_none() => {
            let names = Outcome::ALL.map(Outcome::name).join(", ");
            let what = format!("there is no outcome `{}`; the outcomes are: {names}", outcome.get_ref());
            Err((outcome.span().start, what))
        }
        _ => Ok(()),
    }
}
