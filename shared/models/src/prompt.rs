//! What a model is told, and what it says.

use std::sync::Arc;

use domain::history::Speaker;
use serde_json::Value;

/// What the model is told. The system text and the tools come first and do not change from turn to turn, so that
/// providers can cache them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Instructions of the bot's owner.
    pub system: String,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// What was said before and now, oldest first. The users' words stand in the user role only.
    pub lines: Vec<(Speaker, String)>,
    /// What the user shows now.
    pub pictures: Vec<Picture>,
    /// What the model has called in this turn so far, oldest first: each answer to this prompt that asked for
    /// calls, with their results.
    pub rounds: Vec<Round>,
}

/// Something that the model may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Letters, digits, `_` and `-`, at most 64: what every provider takes.
    pub name: String,
    /// When to call it, for the model.
    pub description: String,
    /// JSON Schema of the arguments, of type `object`.
    pub parameters: Value,
}

/// A call that the model asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The provider's name for this call: its result is given under it.
    pub id: String,
    /// The tool. As the model wrote it: it may be one that does not exist.
    pub name: String,
    /// As the model wrote them: they may not fit the schema.
    pub arguments: Value,
    /// What the provider wants back along with the result, unread (Gemini's thought signatures).
    pub signatures: Vec<String>,
}

/// One answer that asked for calls, and what came of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// What the model said beside its calls; often nothing.
    pub text: String,
    /// Each call with its result, as text or JSON. Every call has one: providers refuse a call without.
    pub calls: Vec<(ToolCall, String)>,
}

/// What the model said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The text; empty when the model had nothing to say.
    pub text: String,
    /// What it wants called before it goes on. With calls, the text is no answer yet.
    pub calls: Vec<ToolCall>,
    /// Tokens read and written.
    pub tokens: (u64, u64),
    /// Whether the provider did not count the tokens, and they are our own estimate.
    pub is_estimated: bool,
    /// Whether the answer was cut at the provider's limit; the text then ends with an ellipsis.
    pub is_cut: bool,
}

/// Something spoken.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound {
    /// MIME type.
    pub mime: &'static str,
    /// A file name with the extension of the type: providers go by it.
    pub name: String,
    /// The file. Shared: it is kept for another attempt.
    pub bytes: Arc<[u8]>,
}

/// Something shown along with the last words of the user.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// MIME type.
    pub mime: &'static str,
    /// The file. Shared: a prompt is kept for another attempt.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} bytes", self.mime, self.bytes.len())
    }
}
