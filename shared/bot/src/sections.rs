//! What the lines of `bot.toml` mean: each section checked by itself.

use std::collections::BTreeMap;

use crate::spanned::Spanned;
use domain::Limits;
use domain::command::{self, Command, Words};
use domain::turn::{Strategy, WhenFull};

use crate::file::BotFile;
use crate::folder::{Email, Files, Setting};
use crate::{modes, phrase, schedules};

/// What a mail is called when nothing else is said.
const STANDARD_SUBJECT: &str = "What you asked for";

/// Where nothing is said.
const STANDARD_TIMEZONE: &str = "UTC";

/// Whether a bot, a schedule, a setting and the like can be called so: 1 to 40 lower-case letters, digits and dashes.
pub fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&name.len()) && name.bytes().all(allowed)
}

/// What is wrong, and at which byte of the file.
pub(crate) type Complaint = (usize, String);

pub(crate) fn strategy(written: Option<&Spanned<String>>) -> Result<Strategy, Complaint> {
    let Some(written) = written else { return Ok(Strategy::default()) };
    let unknown = || {
        let names = Strategy::NAMES.join(", ");
        format!("unknown strategy `{}`; the strategies are: {names}", written.get_ref())
    };
    Strategy::named(written.get_ref()).ok_or_else(|| (written.span().start, unknown()))
}

/// Whose models can be named; without a provider, the first is meant.
const PROVIDERS: [&str; 4] = ["openai", "gemini", "anthropic", "bedrock"];

pub(crate) fn model_named(written: Option<&Spanned<String>>, standard: &str) -> Result<String, Complaint> {
    let Some(written) = written else { return Ok(standard.to_owned()) };
    let name = written.get_ref();
    let (provider, model) = name.split_once("::").unwrap_or(("openai", name));
    if !PROVIDERS.contains(&provider) || model.is_empty() {
        let providers = PROVIDERS.join(", ");
        let what = format!("`{name}` names no model; write provider::model, the providers are: {providers}");
        return Err((written.span().start, what));
    }
    Ok(name.clone())
}

pub(crate) fn when_full(file: &BotFile, strategy: Strategy) -> Result<WhenFull, Complaint> {
    let Some(written) = &file.when_full else { return Ok(WhenFull::default()) };
    let (at, names) = (written.span().start, WhenFull::NAMES.join(" or "));
    let unknown = || format!("`when_full` is `{}`; it must be {names}", written.get_ref());
    let policy = WhenFull::named(written.get_ref()).ok_or_else(|| (at, unknown()))?;
    if strategy == Strategy::Reject && policy == WhenFull::DropOldest {
        return Err((
            at,
            "`when_full` is `drop_oldest`, but the strategy `reject` refuses the newest".to_owned(),
        ));
    }
    Ok(policy)
}

pub(crate) fn timezone(written: Option<&Spanned<String>>) -> Result<String, Complaint> {
    let Some(written) = written else { return Ok(STANDARD_TIMEZONE.to_owned()) };
    schedules::check_timezone(written)?;
    Ok(written.get_ref().clone())
}

pub(crate) fn email(file: &BotFile) -> Result<Email, Complaint> {
    let written = &file.email;
    let line =
        |text: &&Spanned<String>| text.get_ref().chars().any(char::is_control) || text.get_ref().len() > 200;
    if let Some(wrong) = [&written.from, &written.subject].into_iter().flatten().find(line) {
        return Err((wrong.span().start, "this must be one line of at most 200 bytes".to_owned()));
    }
    let text = |written: &Option<Spanned<String>>| written.as_ref().map(|text| text.get_ref().clone());
    let subject = text(&written.subject).unwrap_or_else(|| STANDARD_SUBJECT.to_owned());
    Ok(Email { from: text(&written.from), subject })
}

/// `material/NAME.md`.
pub(crate) fn material(files: &Files) -> BTreeMap<String, String> {
    let name = |path: &String| path.strip_prefix("material/")?.strip_suffix(".md").map(ToOwned::to_owned);
    files.iter().filter_map(|(path, text)| Some((name(path)?, text.clone()))).collect()
}

pub(crate) fn settings(file: &BotFile) -> Result<BTreeMap<String, Setting>, Complaint> {
    let mut settings = BTreeMap::new();
    for (name, written) in &file.settings {
        if !is_name(name.get_ref()) {
            let what =
                format!("setting `{}` must be 1 to 40 lower-case letters, digits and dashes", name.get_ref());
            return Err((name.span().start, what));
        }
        let values: Vec<String> = written.values.iter().map(|value| value.get_ref().clone()).collect();
        let stray =
            written.default.as_ref().filter(|value| !values.is_empty() && !values.contains(value.get_ref()));
        if let Some(stray) = stray {
            return Err((stray.span().start, format!("`{}` is not one of the values", stray.get_ref())));
        }
        let default = written.default.as_ref().map(|value| value.get_ref().clone());
        let about = phrase::if_any(written.about.as_ref())?;
        settings.insert(name.get_ref().clone(), Setting { values, default, about });
    }
    Ok(settings)
}

/// By its form: whether there is such a channel, `turnwise check` says.
pub(crate) fn check_channel(file: &BotFile) -> Result<(), Complaint> {
    match &file.channel {
        Some(channel) if domain::Channel::named(channel.get_ref()).is_none() => {
            Err((channel.span().start, format!("`{}` is not the name of a channel", channel.get_ref())))
        }
        _ => Ok(()),
    }
}

pub(crate) fn urgent_words(file: &BotFile) -> Result<Vec<String>, Complaint> {
    modes::folded(&file.urgent.words)
}

pub(crate) fn command_words(file: &BotFile) -> Result<Words, Complaint> {
    let own = &file.commands;
    let mut words = Words::standard();
    for (command, spoken) in
        [(Command::Cancel, &own.cancel), (Command::Back, &own.back), (Command::MainMenu, &own.main_menu)]
    {
        if let Some(silence) = spoken.iter().find(|word| command::fold(word.get_ref()).is_empty()) {
            return Err((silence.span().start, format!("`{}` is not a word", silence.get_ref())));
        }
        words = words.with(command, spoken.iter().map(|word| word.get_ref().as_str()));
    }
    Ok(words)
}

pub(crate) fn limits(file: &BotFile) -> Result<Limits, Complaint> {
    let mut limits = Limits::default();
    for (name, value) in &file.limits {
        let number = u64::try_from(*value.get_ref());
        let number =
            number.map_err(|_| (value.span().start, format!("limit `{}` is negative", name.get_ref())))?;
        limits.set(name.get_ref(), number).map_err(|error| (name.span().start, error.to_string()))?;
    }
    Ok(limits)
}
