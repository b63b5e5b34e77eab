//! `bot.toml` as written.

use std::collections::BTreeMap;

use crate::spanned::Spanned;
#[cfg(feature = "schema")]
use domain::turn::{Strategy, WhenFull};
use serde::Deserialize;

/// A bot: who it is, what it can do, and its limits.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct BotFile {
    /// Names the bot in keys and logs: lower-case letters, digits, dashes.
    pub name: Spanned<String>,
    /// The channel it is made for: its stories run there. It answers on every channel that has its secrets.
    #[serde(default)]
    pub channel: Option<Spanned<String>>,
    /// What is said to who comes, before the main menu.
    #[serde(default)]
    pub welcome: Option<Spanned<PhraseFile>>,
    /// What `/help` says, in place of the standard words.
    #[serde(default)]
    pub help: Option<Spanned<PhraseFile>>,
    /// BCP 47 tags; the first is spoken where a user's own is missing.
    #[serde(default)]
    pub languages: Option<Spanned<Vec<String>>>,
    /// What happens to a message that arrives during a turn.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = Strategy::NAMES)))]
    #[serde(default)]
    pub strategy: Option<Spanned<String>>,
    /// What happens to a message when as many wait as may wait.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = WhenFull::NAMES)))]
    #[serde(default)]
    pub when_full: Option<Spanned<String>>,
    /// Whether the model is shown what was said before; otherwise every turn is answered by itself.
    #[serde(default)]
    pub context: Option<bool>,
    /// Who answers, and who hears.
    #[serde(default)]
    pub model: ModelFile,
    /// What is kept for all users.
    #[serde(default)]
    pub cache: CacheFile,
    /// What cannot wait.
    #[serde(default)]
    pub urgent: UrgentFile,
    /// More words that act on the conversation, beside the standard ones.
    #[serde(default)]
    pub commands: CommandsFile,
    /// What the bot can be at, each with a prompt of its own. The first is where everybody begins.
    #[serde(default)]
    pub modes: Vec<ModeFile>,
    /// Whether a message that belongs to another mode changes the mode: `off`, `rules` (by the modes' topics), `model`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["off", "rules", "model"])))]
    #[serde(default)]
    pub switch_modes: Option<Spanned<String>>,
    /// Menus by name; `main` is where everybody begins.
    #[serde(default)]
    pub menus: BTreeMap<Spanned<String>, MenuFile>,
    /// What is kept of what a user looks for or fills in: JSON Schema, by name.
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, serde_json::Value>"))]
    #[serde(default)]
    pub state: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// What the model may call, by name.
    #[serde(default)]
    pub tools: BTreeMap<Spanned<String>, ToolFile>,
    /// The hosts that tools may call.
    #[serde(default)]
    pub tool_hosts: Vec<Spanned<String>>,
    /// What a user may choose with `/set NAME VALUE`.
    #[serde(default)]
    pub settings: BTreeMap<Spanned<String>, SettingFile>,
    /// The time zone of schedules and reminders, an IANA name.
    #[serde(default)]
    pub timezone: Option<Spanned<String>>,
    /// What is said ahead of time.
    #[serde(default)]
    pub schedules: Vec<ScheduleFile>,
    /// The bot's mails.
    #[serde(default)]
    pub email: EmailFile,
    /// Documents to answer from, in the folder `knowledge`.
    pub knowledge: Option<KnowledgeFile>,
    /// Telling questions, statements and small talk apart.
    pub classify: Option<ClassifyFile>,
    /// Limits and timings by name, as `answer_timeout_ms = 20000`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::limits"))]
    #[serde(default)]
    pub limits: BTreeMap<Spanned<String>, Spanned<i64>>,
}

#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct UrgentFile {
    /// A message with one of these words waits behind no ordinary one, where the stack has an urgent lane.
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheFile {
    /// Whether the answer to a question that stands alone is given to whoever asks it next.
    #[serde(default)]
    pub answers: bool,
}

#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingFile {
    /// The values it may have; any when absent.
    #[serde(default)]
    pub values: Vec<Spanned<String>>,
    /// The value of who has set none.
    pub default: Option<Spanned<String>>,
    /// What it is for, shown by `/settings`.
    pub about: Option<Spanned<PhraseFile>>,
}

/// Something that is said: one text for all languages, or a table of texts by language (BCP 47).
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a text, or a table of texts by language")]
pub(crate) enum PhraseFile {
    Same(String),
    ByLanguage(BTreeMap<String, String>),
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ModeFile {
    /// Names it in this file: lower-case letters, digits, dashes.
    pub name: Spanned<String>,
    /// What users call it.
    pub title: Spanned<PhraseFile>,
    /// What a message says, and nothing else, to go there, in any case and width.
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
    /// Words that belong to this mode, for `switch_modes = "rules"`.
    #[serde(default)]
    pub topics: Vec<Spanned<String>>,
    /// What it is for, in one sentence, for `switch_modes = "model"`.
    pub about: Option<String>,
    /// Its file in `prompts/`, without `.md`; as the mode is called, when absent.
    pub prompt: Option<Spanned<String>>,
    /// What is said when it begins.
    pub says: Option<Spanned<PhraseFile>>,
    /// The tools it has; all, when absent.
    pub tools: Option<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct MenuFile {
    /// What is said above its entries.
    pub says: Spanned<PhraseFile>,
    /// Its entries, at most ten.
    #[serde(default)]
    pub items: Vec<Spanned<ItemFile>>,
}

/// An entry of a menu. It does one of three things.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemFile {
    /// What is written on it.
    pub label: Spanned<PhraseFile>,
    /// The mode it leads to.
    pub mode: Option<Spanned<String>>,
    /// The menu it leads to.
    pub menu: Option<Spanned<String>>,
    /// What it says for the user.
    pub says: Option<Spanned<PhraseFile>>,
}

/// A tool. It searches bundled data, calls a server, or only keeps what it is called with.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ToolFile {
    /// When to call it, for the model.
    pub about: Spanned<String>,
    /// JSON Schema of each argument, by name.
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, serde_json::Value>"))]
    #[serde(default)]
    pub arguments: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// The arguments that each call must have.
    #[serde(default)]
    pub required: Vec<Spanned<String>>,
    /// Fields of `[state]` that are arguments as well: what they are called with is kept, and `null` forgets it.
    #[serde(default)]
    pub keeps: Vec<Spanned<String>>,
    /// A file in `data/`, `.json` (a list of objects) or `.csv` (with a heading).
    pub data: Option<Spanned<String>>,
    /// Which rows are found, as `rent <= $rent_max`: all conditions hold whose argument or kept field is given. Operators:
    /// `=` `!=` `<` `<=` `>` `>=`, and `~` (the words stand in one of the columns, as `title, text ~ $words`).
    #[serde(default, rename = "where")]
    pub conditions: Vec<Spanned<String>>,
    /// The column that rows are sorted by; `-rent` the other way round.
    pub sort: Option<Spanned<String>>,
    /// Most rows shown to the model.
    pub rows: Option<Spanned<i64>>,
    /// The address that is read, as `https://api.example.org/weather?city={city}`.
    pub get: Option<Spanned<String>>,
    /// The address that the arguments are posted to, as JSON.
    pub post: Option<Spanned<String>>,
    /// Headers; `${NAME}` stands for a secret of the environment's `TOOL_SECRETS`.
    #[serde(default)]
    pub headers: BTreeMap<String, Spanned<String>>,
    /// Milliseconds that a call may take.
    pub timeout_ms: Option<Spanned<i64>>,
    /// Seconds for which what was read is given again to the same call.
    pub cache_s: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["subscribers"])))]
    pub to: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailFile {
    /// The bot's own address; the environment's `EMAIL_FROM` goes before.
    pub from: Option<Spanned<String>>,
    /// What its mails are called.
    pub subject: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassifyFile {
    /// `rules` or `model`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["rules", "model"])))]
    pub by: Spanned<String>,
    /// More words that a statement begins with.
    #[serde(default)]
    pub statement: Vec<Spanned<String>>,
    /// More words that are small talk.
    #[serde(default)]
    pub small_talk: Vec<Spanned<String>>,
}
