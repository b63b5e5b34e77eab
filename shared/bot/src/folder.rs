//! The bot folder, as a whole. Its files are handed in as text: reading disks is not done here.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Limits;
use domain::command::{self, Words};
use domain::turn::{Strategy, WhenFull};
use domain::wording::{Phrase, Wording};
use serde_json::Value;

use crate::error::BotError;
use crate::file::BotFile;
use crate::knowing::{self, Classify, Knowledge};
use crate::menus::{self, Menu};
use crate::modes::{self, Mode, SwitchModes};
use crate::phrase;
use crate::schedules::{self, Schedule};
use crate::sections::{
    check_channel, command_words, email, is_name, limits, material, model_named, settings, strategy,
    timezone, urgent_words, when_full,
};
use crate::tools::{self, Tool};
use crate::words;

/// What an owner wrote, with everything unsaid filled in.
#[derive(Debug, Clone)]
pub struct Bot {
    /// Names the bot in keys and logs.
    pub name: String,
    /// What happens to a message that arrives during a turn.
    pub strategy: Strategy,
    /// What happens to a message when as many wait as may wait.
    pub when_full: WhenFull,
    /// Every limit.
    pub limits: Limits,
    /// BCP 47 tags; the first is spoken where a user's own is missing.
    pub languages: Vec<String>,
    /// The channel that its stories run on.
    pub channel: Option<String>,
    /// What is said to who comes.
    pub welcome: Option<Phrase>,
    /// What `/help` says, in place of the standard words.
    pub help: Option<Phrase>,
    /// What it can be at; the first is where everybody begins. Empty: it has one prompt and no modes.
    pub modes: Vec<Mode>,
    /// What changes the mode.
    pub switch_modes: SwitchModes,
    /// The menus, by name.
    pub menus: BTreeMap<String, Menu>,
    /// What is kept of what a user looks for: JSON Schema, by name.
    pub fields: BTreeMap<String, Value>,
    /// What the model may call, by name.
    pub tools: BTreeMap<String, Tool>,
    /// What a user may choose, by name.
    pub settings: BTreeMap<String, Setting>,
    /// The time zone of schedules and reminders, an IANA name.
    pub timezone: String,
    /// What users may subscribe to, by name.
    pub schedules: BTreeMap<String, Schedule>,
    /// The words that act on the conversation.
    pub words: Words,
    /// Words of messages that cannot wait, folded.
    pub urgent_words: Vec<String>,
    /// What the system itself says.
    pub wording: Wording,
    /// Whether the model is shown what was said before.
    pub has_context: bool,
    /// Whether the answer to a question that stands alone is kept for whoever asks it next.
    pub keeps_answers: bool,
    /// The bot's mails.
    pub email: Email,
    /// What may be mailed besides the conversation, by name.
    pub material: BTreeMap<String, String>,
    /// The files of `prompts/`: templates, by path.
    pub prompts: BTreeMap<String, String>,
    /// `provider::model`.
    pub model: String,
    /// What is asked, in this order, when the model itself cannot be: `provider::model` each.
    pub fallbacks: Vec<String>,
    /// The model that writes down voice messages; without a provider, `openai::` is meant.
    pub speech_model: String,
    /// The model that turns texts into vectors; without a provider, `openai::` is meant.
    pub embedding_model: String,
    /// Documents to answer from.
    pub knowledge: Option<Knowledge>,
    /// How messages are sorted into classes. `None`: everything is a question.
    pub classify: Option<Classify>,
}

/// Answered by whatever stands behind `OPENAI_BASE_URL` when nothing else is said.
const STANDARD_MODEL: &str = "openai::gpt-5-mini";

/// At the same place.
const STANDARD_SPEECH_MODEL: &str = "gpt-4o-mini-transcribe";

/// And there.
const STANDARD_EMBEDDING_MODEL: &str = "text-embedding-3-small";

/// What a user may choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// The values allowed; none listed: any.
    pub values: Vec<String>,
    /// The value of who has set none.
    pub default: Option<String>,
    /// What it is for.
    pub about: Option<Phrase>,
}

/// The prompt of a bot without modes.
pub(crate) const PROMPT: &str = "prompts/default.md";

/// How mails look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Email {
    /// From whom.
    pub from: Option<String>,
    /// What they are called.
    pub subject: String,
}

/// The text files of a bot folder by their path inside it, as `prompts/default.md`.
pub type Files = BTreeMap<String, String>;

impl Bot {
    /// Checks the files of the folder at `folder`.
    ///
    /// # Errors
    /// The first thing that is wrong, with file and line. The owner has to correct it.
    pub fn of(folder: &Path, files: &Files) -> Result<Bot, BotError> {
        let path = folder.join("bot.toml");
        let text = needed(folder, files, "bot.toml")?;
        let file: BotFile = toml::from_str(text).map_err(|error| BotError::of_toml(&path, text, &error))?;
        let wrong = |offset: usize, what: String| BotError::at(&path, text, offset, what);

        let name = file.name.get_ref();
        if !is_name(name) {
            let what = format!("name `{name}` must be 1 to 40 lower-case letters, digits and dashes");
            return Err(wrong(file.name.span().start, what));
        }
        let strategy = strategy(file.strategy.as_ref()).map_err(|(at, what)| wrong(at, what))?;
        let when_full = when_full(&file, strategy).map_err(|(at, what)| wrong(at, what))?;
        let timezone = timezone(file.timezone.as_ref()).map_err(|(at, what)| wrong(at, what))?;
        let model = |named, standard| model_named(named, standard).map_err(|(at, what)| wrong(at, what));
        let modes = modes::modes(&file).map_err(|(at, what)| wrong(at, what))?;
        check_channel(&file).map_err(|(at, what)| wrong(at, what))?;
        let line_of = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let fallbacks =
            file.model.fallbacks.iter().map(|named| model(Some(named), "")).collect::<Result<_, _>>();
        Ok(Bot {
            name: name.clone(),
            strategy,
            when_full,
            urgent_words: urgent_words(&file).map_err(|(at, what)| wrong(at, what))?,
            limits: limits(&file).map_err(|(at, what)| wrong(at, what))?,
            languages: file
                .languages
                .as_ref()
                .map_or_else(|| vec!["en".to_owned()], |tags| tags.get_ref().clone()),
            channel: file.channel.as_ref().map(|channel| channel.get_ref().clone()),
            welcome: phrase::if_any(file.welcome.as_ref()).map_err(|(at, what)| wrong(at, what))?,
            help: phrase::if_any(file.help.as_ref()).map_err(|(at, what)| wrong(at, what))?,
            prompts: prompts(folder, files, &modes)?,
            modes,
            switch_modes: modes::switch_modes(&file).map_err(|(at, what)| wrong(at, what))?,
            menus: menus::menus(&file).map_err(|(at, what)| wrong(at, what))?,
            fields: tools::fields(&file).map_err(|(at, what)| wrong(at, what))?,
            tools: tools::tools(&file, line_of).map_err(|(at, what)| wrong(at, what))?,
            settings: settings(&file).map_err(|(at, what)| wrong(at, what))?,
            words: command_words(&file).map_err(|(at, what)| wrong(at, what))?,
            email: email(&file).map_err(|(at, what)| wrong(at, what))?,
            material: material(files),
            schedules: schedules::schedules(file.schedules, &timezone)
                .map_err(|(at, what)| wrong(at, what))?,
            timezone,
            wording: wording(
                folder,
                files,
                file.languages.as_ref().map_or(&[][..], |languages| languages.get_ref().as_slice()),
            )?,
            has_context: file.context.unwrap_or(true),
            keeps_answers: file.cache.answers,
            model: model(file.model.name.as_ref(), STANDARD_MODEL)?,
            fallbacks: fallbacks?,
            speech_model: model(file.model.speech.as_ref(), STANDARD_SPEECH_MODEL)?,
            embedding_model: model(file.model.embedding.as_ref(), STANDARD_EMBEDDING_MODEL)?,
            knowledge: knowing::knowledge(file.knowledge.as_ref()).map_err(|(at, what)| wrong(at, what))?,
            classify: knowing::classify(file.classify.as_ref()).map_err(|(at, what)| wrong(at, what))?,
        })
    }
}

impl Bot {
    /// Names how texts become vectors: the model, and what is put before them. Vectors of different names are never compared.
    pub fn embedding_name(&self) -> String {
        let knowledge = self.knowledge.clone().unwrap_or_default();
        match (knowledge.question_prefix.as_str(), knowledge.passage_prefix.as_str()) {
            ("", "") => self.embedding_model.clone(),
            (question, passage) => format!("{} (\"{question}\", \"{passage}\")", self.embedding_model),
        }
    }

    /// Whether a message cannot wait behind ordinary ones: one of the bot's urgent words stands in it, in any case and
    /// width.
    pub fn is_urgent(&self, text: &str) -> bool {
        if self.urgent_words.is_empty() {
            return false;
        }
        let text = command::fold(text);
        self.urgent_words.iter().any(|word| command::contains(&text, word))
    }

    /// The mode of that name; the first without one, or without one that there still is. `None`: the bot has no modes.
    pub fn mode(&self, name: Option<&str>) -> Option<&Mode> {
        self.modes.iter().find(|mode| Some(mode.name.as_str()) == name).or_else(|| self.modes.first())
    }

    /// The prompt file of a mode.
    pub fn prompt_of<'m>(&self, mode: Option<&'m Mode>) -> &'m str {
        mode.map_or(PROMPT, |mode| mode.prompt.as_str())
    }
}

/// The prompts that are needed, and those that they may include.
fn prompts(folder: &Path, files: &Files, modes: &[Mode]) -> Result<BTreeMap<String, String>, BotError> {
    let first = modes.is_empty().then_some(PROMPT);
    for name in modes.iter().map(|mode| mode.prompt.as_str()).chain(first) {
        needed(folder, files, name)?;
    }
    let prompts = files.iter().filter(|(path, _)| path.starts_with("prompts/"));
    Ok(prompts.map(|(path, text)| (path.clone(), text.clone())).collect())
}

fn wording(folder: &Path, files: &Files, languages: &[String]) -> Result<Wording, BotError> {
    let mut wording = Wording::new(languages);
    words::add(&mut wording, Path::new("wording.toml"), words::STANDARD)?;
    if let Some(own) = files.get("wording.toml") {
        words::add(&mut wording, &folder.join("wording.toml"), own)?;
    }
    Ok(wording)
}

fn needed<'f>(folder: &Path, files: &'f Files, name: &str) -> Result<&'f str, BotError> {
    let file = files.get(name).map(String::as_str);
    file.ok_or_else(|| BotError::Missing { path: folder.join(name) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::wording::Sentence;

    /// A bot folder with this `bot.toml`.
    fn bot(toml: &str) -> Result<Bot, String> {
        let files = [("bot.toml", toml), ("prompts/default.md", "Be kind.")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        Bot::of(Path::new(""), &files).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_is_enough() {
        let bot = bot("name = \"demo\"").unwrap();
        assert_eq!((bot.strategy, bot.prompts["prompts/default.md"].as_str()), (Strategy::Burst, "Be kind."));
        assert_eq!(bot.limits, Limits::default());
    }

    #[test]
    fn models_are_those_named_or_the_standard_ones() {
        let toml = "name = \"d\"\n[model]\nname = \"anthropic::a\"\nfallbacks = [\"gemini::b\", \"c\"]\nspeech = \"d\"";
        let bot = bot(toml).unwrap();
        assert_eq!((bot.model.as_str(), bot.speech_model.as_str()), ("anthropic::a", "d"));
        assert_eq!(
            (bot.fallbacks, bot.embedding_model),
            (vec!["gemini::b".to_owned(), "c".to_owned()], STANDARD_EMBEDDING_MODEL.to_owned())
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_line_and_nearest_key() {
        for (toml, said) in [
            (
                "name = \"demo\"\nstrategie = \"queue\"",
                "bot.toml:2: unknown key `strategie`; did you mean `strategy`?",
            ),
            (
                "name = \"Demo\"",
                "bot.toml:1: name `Demo` must be 1 to 40 lower-case letters, digits and dashes",
            ),
            (
                "name = \"d\"\nstrategy = \"fast\"",
                "bot.toml:2: unknown strategy `fast`; the strategies are: queue, collect, burst, latest, interrupt, reject",
            ),
            (
                "name = \"d\"\nwhen_full = \"grow\"",
                "bot.toml:2: `when_full` is `grow`; it must be reject_newest or drop_oldest",
            ),
            (
                "name = \"d\"\nstrategy = \"reject\"\nwhen_full = \"drop_oldest\"",
                "bot.toml:3: `when_full` is `drop_oldest`, but the strategy `reject` refuses the newest",
            ),
            (
                "name = \"d\"\n[settings.Target]",
                "bot.toml:2: setting `Target` must be 1 to 40 lower-case letters, digits and dashes",
            ),
            (
                "name = \"d\"\n[model]\nfallbacks = [\"openai::a\",\n\"claude::b\"]",
                "bot.toml:4: `claude::b` names no model; write provider::model, the providers are: openai, gemini, anthropic, bedrock",
            ),
            (
                "name = \"d\"\n[knowledge]\nminscore = 0.1",
                "bot.toml:3: unknown key `minscore`; did you mean `min_score`?",
            ),
            (
                "name = \"d\"\n[knowledge]\npassages = 0",
                "bot.toml:3: `passages` is 0; it must be from 1 to 10",
            ),
            (
                "name = \"d\"\n[knowledge]\nmin_score = 1.5",
                "bot.toml:3: `min_score` is 1.5; it must be from 0 to 1",
            ),
            (
                "name = \"d\"\n[knowledge]\npassages = 3\nengine = \"s3vectors\"",
                "bot.toml:4: `engine` is `s3vectors`; it must be file or s3-vectors",
            ),
            (
                "name = \"d\"\n[knowledge]\nengin = \"file\"",
                "bot.toml:3: unknown key `engin`; did you mean `engine`?",
            ),
            (
                "name = \"d\"\n[classify]\nby = \"feeling\"",
                "bot.toml:3: `by` is `feeling`; it must be rules or model",
            ),
            (
                "name = \"d\"\n[classify]\nby = \"model\"\nstatement = [\"merke\"]",
                "bot.toml:4: the model sorts by meaning: words belong to `by = \"rules\"`",
            ),
            ("name = \"d\"\n[commands]\ncancel = [\"halt\",\n\" !\"]", "bot.toml:4: ` !` is not a word"),
            (
                "name = \"d\"\n[limits]\npol_ms = 5",
                "bot.toml:3: unknown limit `pol_ms`; did you mean `poll_ms`?",
            ),
            (
                "name = \"d\"\n[[schedules]]\nname = \"news\"\nat = \"8 o'clock\"\nsays = \"Hi\"",
                "bot.toml:4: `at` is `8 o'clock`; it must be like `cron(0 8 * * ? *)` (six fields), `rate(1 day)` or `at(2026-12-01T08:00:00)`",
            ),
            (
                "name = \"d\"\n[[schedules]]\nname = \"news\"\nat = \"rate(1 day)\"",
                "bot.toml:3: schedule `news` must have either `prompt` or `says`",
            ),
            (
                "name = \"d\"\ntimezone = \"Taipei!\"",
                "bot.toml:2: `Taipei!` is not the name of a time zone, as `Asia/Taipei`",
            ),
            (
                "name = \"d\"\n[[schedules]]\nname = \"news\"\nat = \"rate(1 day)\"\nsays = \"Hi\"\nto = \"all\"",
                "bot.toml:6: `to` is `all`; it must be subscribers",
            ),
            (
                "name = \"d\"\n[limits]\npoll_ms = 5",
                "bot.toml:3: limit `poll_ms` is 5; it must be from 20 to 5000",
            ),
        ] {
            assert_eq!(bot(toml).unwrap_err(), said);
        }
        assert!(bot("strategy = \"queue\"").unwrap_err().starts_with("bot.toml:1: missing field `name`"));
        assert!(bot("name = ").unwrap_err().starts_with("bot.toml:1: "));
    }

    #[test]
    fn a_schedule_is_read_in_the_bots_time_zone_unless_it_has_its_own() {
        let toml = "name = \"d\"\ntimezone = \"Asia/Taipei\"\n\
            [[schedules]]\nname = \"news\"\nat = \"cron(0 8 * * ? *)\"\nprompt = \"Today's news.\"\n\
            [[schedules]]\nname = \"tea\"\nat = \"at(2026-12-01T16:00:00)\"\ntimezone = \"Asia/Tokyo\"\nsays = \"Tea!\"";
        let schedules = bot(toml).unwrap().schedules;
        let (news, tea) = (&schedules["news"], &schedules["tea"]);
        assert_eq!(
            (news.timezone.as_str(), news.content()),
            ("Asia/Taipei", domain::Content::Prompt("Today's news."))
        );
        assert_eq!((tea.timezone.as_str(), tea.content()), ("Asia/Tokyo", domain::Content::Says("Tea!")));
    }

    #[test]
    fn an_urgent_word_is_found_in_any_case_and_width_and_only_as_a_word() {
        let bot = bot("name = \"d\"\n[urgent]\nwords = [\"help\", \"緊急\"]").unwrap();
        for urgent in ["HELP!", "please help me", "ｈｅｌｐ", "這很緊急嗎"] {
            assert!(bot.is_urgent(urgent), "{urgent}");
        }
        for calm in ["a helpful answer", "hello", "緊張"] {
            assert!(!bot.is_urgent(calm), "{calm}");
        }
    }

    #[test]
    fn every_sentence_stands_in_every_standard_language() {
        let wording = bot("name = \"demo\"").unwrap().wording;
        for language in ["en", "zh-TW", "zh-CN", "ja"] {
            assert_eq!(wording.missing(language), [] as [Sentence; 0], "{language}");
        }
    }
}
