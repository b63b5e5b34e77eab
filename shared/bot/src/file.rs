//! `bot.toml` as written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BotFile {
    /// Names the bot in keys and logs: lower-case letters, digits, dashes.
    pub name: Spanned<String>,
    /// BCP 47 tags; the first is spoken where a user's own is missing.
    #[serde(default)]
    pub languages: Option<Spanned<Vec<String>>>,
    /// What happens to a message that arrives during a turn.
    #[serde(default)]
    pub strategy: Option<Spanned<String>>,
    /// What happens to a message when as many wait as may wait.
    #[serde(default)]
    pub when_full: Option<Spanned<String>>,
    /// Whether the model is shown what was said before; otherwise every turn is answered by itself.
    #[serde(default)]
    pub context: Option<bool>,
    #[serde(default)]
    pub model: ModelFile,
    #[serde(default)]
    pub cache: CacheFile,
    #[serde(default)]
    pub urgent: UrgentFile,
    #[serde(default)]
    pub commands: CommandsFile,
    /// What a user may choose with `/set NAME VALUE`.
    #[serde(default)]
    pub settings: BTreeMap<Spanned<String>, SettingFile>,
    /// The time zone of schedules and reminders, an IANA name.
    #[serde(default)]
    pub timezone: Option<Spanned<String>>,
    /// What is said ahead of time.
    #[serde(default)]
    pub schedules: Vec<ScheduleFile>,
    #[serde(default)]
    pub email: EmailFile,
    /// Documents to answer from, in the folder `knowledge`.
    pub knowledge: Option<KnowledgeFile>,
    /// Telling questions, statements and small talk apart.
    pub classify: Option<ClassifyFile>,
    #[serde(default)]
    pub limits: BTreeMap<Spanned<String>, Spanned<i64>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelFile {
    /// `provider::model`, as `openai::gpt-5-mini`; the environment's `MODEL` goes before.
    pub name: Option<Spanned<String>>,
    /// What is asked, in this order, when the model itself cannot be.
    #[serde(default)]
    pub fallbacks: Vec<Spanned<String>>,
    /// The model that writes down voice messages, as `whisper-1` or `gemini::gemini-2.5-flash`.
    pub speech: Option<Spanned<String>>,
    /// The model that turns texts into vectors, as `text-embedding-3-small` or `gemini::gemini-embedding-001`.
    pub embedding: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UrgentFile {
    /// A message with one of these words waits behind no ordinary one, where the stack has an urgent lane.
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheFile {
    /// Whether the answer to a question that stands alone is given to whoever asks it next.
    #[serde(default)]
    pub answers: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandsFile {
    /// More words that stop the running answer.
    #[serde(default)]
    pub cancel: Vec<Spanned<String>>,
    /// More words that go one menu back.
    #[serde(default)]
    pub back: Vec<Spanned<String>>,
    /// More words that leave all menus.
    #[serde(default)]
    pub main_menu: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingFile {
    /// The values it may have; any when absent.
    #[serde(default)]
    pub values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleFile {
    /// What users subscribe to: `/subscribe NAME`.
    pub name: Spanned<String>,
    /// `cron(...)`, `rate(...)` or `at(...)`.
    pub at: Spanned<String>,
    /// Where that is; the bot's own when absent.
    pub timezone: Option<Spanned<String>>,
    /// What the model makes a message of.
    pub prompt: Option<String>,
    /// The message itself.
    pub says: Option<String>,
    /// Who gets it: `subscribers`.
    pub to: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailFile {
    /// The bot's own address; the environment's `EMAIL_FROM` goes before.
    pub from: Option<Spanned<String>>,
    /// What its mails are called.
    pub subject: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnowledgeFile {
    /// Most passages for one answer.
    pub passages: Option<Spanned<i64>>,
    /// How much nearer than small talk the best passage must be, 0 to 1.
    pub min_score: Option<Spanned<f64>>,
    /// What the embedding model wants before a question, as `query: `.
    #[serde(default)]
    pub question_prefix: String,
    /// And before a passage.
    #[serde(default)]
    pub passage_prefix: String,
    /// `file` or `s3-vectors`: what has the vectors.
    pub engine: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassifyFile {
    /// `rules` or `model`.
    pub by: Spanned<String>,
    /// More words that a statement begins with.
    #[serde(default)]
    pub statement: Vec<Spanned<String>>,
    /// More words that are small talk.
    #[serde(default)]
    pub small_talk: Vec<Spanned<String>>,
}
