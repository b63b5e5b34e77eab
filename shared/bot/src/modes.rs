//! `[[modes]]`: what a bot can be at, each with a prompt of its own.

use std::collections::BTreeMap;

use crate::spanned::Spanned;
use domain::command;
use domain::limits::nearest;
use domain::wording::Phrase;

use crate::file::{BotFile, ModeFile};
use crate::phrase::{if_any, phrase};
use crate::sections::{Complaint, is_name};

/// What a bot can be at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mode {
    /// Names it in the bot's files and in stored states.
    pub name: String,
    /// What users call it.
    pub title: Phrase,
    /// What a message says to go there, folded.
    pub words: Vec<String>,
    /// Words that belong to it, folded.
    pub topics: Vec<String>,
    /// What it is for, for a model that sorts messages.
    pub about: String,
    /// Its prompt's file.
    pub prompt: String,
    /// What is said when it begins.
    pub says: Option<Phrase>,
    /// The tools it has; `None`: all.
    pub tools: Option<Vec<String>>,
}

/// What changes the mode, beside words and menus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SwitchModes {
    /// Nothing.
    #[default]
    Off,
    /// A message in which more topics of another mode stand than of this one.
    Rules,
    /// A message that the model takes to belong to another mode.
    Model,
}

/// Most modes of a bot: a model that sorts is told them all.
const MODES_MAX: usize = 20;

pub(crate) fn modes(file: &BotFile) -> Result<Vec<Mode>, Complaint> {
    let mut modes: Vec<Mode> = Vec::new();
    let mut spoken: BTreeMap<String, String> = BTreeMap::new();
    for written in &file.modes {
        let (at, name) = (written.name.span().start, written.name.get_ref());
        if !is_name(name) {
            return Err((at, format!("mode `{name}` must be 1 to 40 lower-case letters, digits and dashes")));
        }
        if modes.len() == MODES_MAX {
            return Err((at, format!("a bot has at most {MODES_MAX} modes")));
        }
        if modes.iter().any(|mode| mode.name == *name) {
            return Err((at, format!("there are two modes `{name}`")));
        }
        let mode = mode(written, file)?;
        for word in &written.words {
            let earlier = spoken.insert(command::fold(word.get_ref()), name.clone());
            if let Some(earlier) = earlier.filter(|earlier| earlier != name) {
                let what = format!("`{}` already leads to mode `{earlier}`", word.get_ref());
                return Err((word.span().start, what));
            }
        }
        modes.push(mode);
    }
    Ok(modes)
}

fn mode(written: &ModeFile, file: &BotFile) -> Result<Mode, Complaint> {
    let name = written.name.get_ref();
    let prompt = written.prompt.as_ref().map_or(name.as_str(), |prompt| prompt.get_ref());
    Ok(Mode {
        name: name.clone(),
        title: phrase(&written.title)?,
        words: folded(&written.words)?,
        topics: folded(&written.topics)?,
        about: written.about.clone().unwrap_or_default(),
        prompt: format!("prompts/{prompt}.md"),
        says: if_any(written.says.as_ref())?,
        tools: written.tools.as_ref().map(|tools| known_tools(tools, file)).transpose()?,
    })
}

pub(crate) fn folded(words: &[Spanned<String>]) -> Result<Vec<String>, Complaint> {
    let folded = words.iter().map(|word| match command::fold(word.get_ref()) {
        nothing if nothing.is_empty() => {
            Err((word.span().start, format!("`{}` is not a word", word.get_ref())))
        }
        folded => Ok(folded),
    });
    folded.collect()
}

fn known_tools(tools: &[Spanned<String>], file: &BotFile) -> Result<Vec<String>, Complaint> {
    let known: Vec<&str> = file.tools.keys().map(|name| name.get_ref().as_str()).collect();
    let check = |tool: &Spanned<String>| {
        let name = tool.get_ref().as_str();
        if known.contains(&name) {
            Ok(name.to_owned())
        } else {
            Err((tool.span().start, missing("tool", name, &known)))
        }
    };
    tools.iter().map(check).collect()
}

/// What is missing, and what may have been meant.
pub(crate) fn missing(kind: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("there is no {kind} `{name}`; did you mean `{near}`?"),
        None => format!("there is no {kind} `{name}`"),
    }
}

pub(crate) fn switch_modes(file: &BotFile) -> Result<SwitchModes, Complaint> {
    let Some(written) = &file.switch_modes else { return Ok(SwitchModes::Off) };
    let at = written.span().start;
    let lacks = |has: fn(&ModeFile) -> bool| {
        file.modes.iter().find(|mode| !has(mode)).map(|mode| mode.name.get_ref())
    };
    match written.get_ref().as_str() {
        "off" => Ok(SwitchModes::Off),
        "rules" if file.modes.iter().all(|mode| mode.topics.is_empty()) => {
            Err((at, "`switch_modes` is `rules`, but no mode has `topics`".to_owned()))
        }
        "rules" => Ok(SwitchModes::Rules),
        "model" => match lacks(|mode| mode.about.is_some()) {
            Some(mode) => Err((at, format!("`switch_modes` is `model`, but mode `{mode}` has no `about`"))),
            None => Ok(SwitchModes::Model),
        },
        other => Err((at, format!("`switch_modes` is `{other}`; it must be off, rules or model"))),
    }
}
