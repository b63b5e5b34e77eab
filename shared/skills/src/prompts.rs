//! Prompts as templates (minijinja): what is known of the user stands where the owner wants it.
//!
//! No word that a user chose freely can stand in a prompt: a setting can be named when its values are listed, a field of
//! the state when its schema leaves no free text.

use std::collections::BTreeMap;

use bot::{Bot, Mode, Setting};
use domain::State;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde_json::Value as Json;

use crate::SkillError;
use crate::fields::is_closed;

/// Steps of a template's work: a loop that never ends is stopped there.
const FUEL: u64 = 100_000;

/// Every prompt of a bot, ready to be filled in.
pub struct Prompts {
    environment: Environment<'static>,
    bot: String,
    settings: BTreeMap<String, Setting>,
    fields: Vec<String>,
}

/// What is known of the user.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'s> {
    /// What the user has chosen.
    pub state: &'s State,
    /// The mode.
    pub mode: Option<&'s Mode>,
    /// The user's language, BCP 47.
    pub language: Option<&'s str>,
    /// The day, as `2026-12-01`, where the bot is.
    pub today: &'s str,
}

impl Prompts {
    /// Compiles the prompts, and fills each in once, so that a name that there is not is found now.
    pub(crate) fn of(bot: &Bot) -> Result<Prompts, SkillError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        for (path, text) in &bot.prompts {
            let added = environment.add_template_owned(path.clone(), text.clone());
            added.map_err(|error| explained(path, &error, bot))?;
        }
        let fields = bot.fields.iter().filter(|(_, schema)| is_closed(schema)).map(|(name, _)| name.clone());
        let settings = bot.settings.iter().filter(|(_, setting)| !setting.values.is_empty());
        let settings = settings.map(|(name, setting)| (name.clone(), setting.clone())).collect();
        let prompts = Prompts { environment, bot: bot.name.clone(), settings, fields: fields.collect() };
        let nobody = State::default();
        let modes: Vec<Option<&Mode>> =
            if bot.modes.is_empty() { vec![None] } else { bot.modes.iter().map(Some).collect() };
        for mode in modes {
            let situation = Situation { state: &nobody, mode, language: None, today: "2026-01-01" };
            let path = bot.prompt_of(mode);
            prompts.fill_in(path, situation).map_err(|error| explained(path, &error, bot))?;
        }
        Ok(prompts)
    }

    /// A prompt for one user. `None`: it cannot be filled in, though it could when it was read.
    pub fn prompt(&self, path: &str, situation: Situation<'_>) -> Option<String> {
        self.fill_in(path, situation).ok()
    }

    fn fill_in(&self, path: &str, situation: Situation<'_>) -> Result<String, minijinja::Error> {
        let Situation { state, mode, language, today } = situation;
        let settings: BTreeMap<&String, Option<&String>> = self
            .settings
            .iter()
            .map(|(name, setting)| {
                let set = state.settings.get(name).filter(|value| setting.values.contains(value));
                (name, set.or(setting.default.as_ref()))
            })
            .collect();
        let kept = |name: &String| state.fields.get(name).and_then(|text| serde_json::from_str(text).ok());
        let fields: BTreeMap<&String, Json> =
            self.fields.iter().map(|name| (name, kept(name).unwrap_or(Json::Null))).collect();
        let mode = mode.map_or("", |mode| mode.name.as_str());
        let values = context! {
            bot => &self.bot,
            mode => mode,
            language => language.unwrap_or("en"),
            today => today,
            settings => Value::from(Serde(&settings)),
            state => Value::from(Serde(&fields)),
        };
        self.environment.get_template(path)?.render(values)
    }
}

/// What is wrong, in the words of this product where an owner is likely to meet it.
fn explained(path: &str, error: &minijinja::Error, bot: &Bot) -> SkillError {
    let file = error.name().unwrap_or(path).to_owned();
    let line = error.line().unwrap_or(1);
    let text =
        bot.prompts.get(&file).and_then(|text| text.lines().nth(line.saturating_sub(1))).unwrap_or_default();
    let free = bot
        .settings
        .iter()
        .find(|(name, setting)| setting.values.is_empty() && names(text, "settings", name));
    let free_field =
        bot.fields.iter().find(|(name, schema)| !is_closed(schema) && names(text, "state", name));
    let what = match (free, free_field) {
        (Some((name, _)), _) => format!(
            "the setting `{name}` may be any text of the user's, so it cannot stand in a prompt; give it `values`"
        ),
        (_, Some((name, _))) => format!(
            "the field `{name}` may be any text, so it cannot stand in a prompt; give it an `enum`. The model is shown it all the same"
        ),
        _ => format!("{error}; a prompt can name bot, mode, language, today, settings.NAME and state.NAME"),
    };
    SkillError::Prompt { file, line, what }
}

fn names(line: &str, object: &str, name: &str) -> bool {
    line.contains(&format!("{object}.{name}")) || line.contains(&format!("{object}[\"{name}\"]"))
}
