//! A story as written: `stories/*.toml`.

use std::fmt;

use bot::Spanned;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A conversation of one user with the bot, and what has to come of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoryFile {
    /// What happens in it, in a few words.
    pub name: Spanned<String>,
    /// The channel it happens on, as `line`. Without it the bot's own, and without that `web`.
    pub channel: Option<Spanned<String>>,
    /// The user's language, a BCP 47 tag, as far as the channel tells a bot of it.
    pub language: Option<String>,
    /// What happens, in order.
    #[serde(default, rename = "step")]
    pub steps: Vec<Spanned<StepFile>>,
}

/// Something that the user does, and what has to come of it. Exactly one of `says`, `taps`, `sends` and `voice`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    /// What the user writes.
    pub says: Option<String>,
    /// The label of the button that the user taps. On a channel without buttons the user writes what the button says.
    pub taps: Option<Spanned<String>>,
    /// A sound file beside the story that the user sends.
    pub sends: Option<Spanned<String>>,
    /// What the user speaks: a voice message that is written down as these words.
    pub voice: Option<String>,
    /// What the user writes while the model is at work on this.
    #[serde(default)]
    pub while_answering: Vec<String>,

    /// What the model does, in order, one entry for each request: a text is its answer, a table a call that it asks for. Then
    /// it has to be asked exactly so often. Without this it repeats what it was told.
    pub model: Option<Spanned<Vec<Reply>>>,
    /// The class that the model puts the message into, where the bot lets it sort them: `question` otherwise.
    pub sorted_as: Option<Spanned<String>>,
    /// The model refuses every request with this HTTP status.
    pub fails: Option<Spanned<u16>>,
    /// The model's connection is cut in the middle of its answer.
    #[serde(default)]
    pub breaks: bool,
    /// The processor is killed while the model is at work. Such a step takes some seconds.
    #[serde(default)]
    pub kills: bool,

    /// Texts that the bot says in reply, in this order; there may be more around them.
    pub hears: Option<Spanned<Vec<String>>>,
    /// Texts that the bot does not say.
    pub hears_not: Option<Spanned<Vec<String>>>,
    /// The labels of the buttons under the bot's last message, exactly these. Not looked at on a channel without buttons.
    pub buttons: Option<Spanned<Vec<String>>>,
    /// Texts in the last request to the model: in its instructions, what was quoted, what tools said, or what was said.
    pub model_hears: Option<Spanned<Vec<String>>>,
    /// Texts that are not in that request.
    pub model_hears_not: Option<Spanned<Vec<String>>>,
    /// How many requests the model gets, those that sort messages left out.
    pub asks_model: Option<Spanned<usize>>,
    /// The recorded outcome of the user's message, as `answered`.
    pub outcome: Option<Spanned<String>>,
    /// What the user's state has afterwards, as `{ mode = "news", settings = { tone = "short" }, fields = { city = "Taipei" } }`: of `mode`,
    /// `menu`, `fields`, `settings`, `subscriptions` and `reminders` those that are named. There may be more in it.
    pub state: Option<Spanned<Map<String, Value>>>,
}

/// What the model does with a request.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Reply {
    /// It answers.
    Says(String),
    /// It asks for a call.
    Calls(CallFile),
}

/// A call that the model asks for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallFile {
    /// The tool's name.
    pub call: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Reply, D::Error> {
        reader.deserialize_any(TextOrTable)
    }
}

struct TextOrTable;

impl<'de> Visitor<'de> for TextOrTable {
    type Value = Reply;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a table like { call = \"search\", arguments = { city = \"Taipei\" } }")
    }

    fn visit_str<E>(self, text: &str) -> Result<Reply, E> {
        Ok(Reply::Says(text.to_owned()))
    }

    fn visit_map<M: MapAccess<'de>>(self, table: M) -> Result<Reply, M::Error> {
        CallFile::deserialize(MapAccessDeserializer::new(table)).map(Reply::Calls)
    }
}
