//! The bodies of Amazon Bedrock's `ConverseStream`:
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>.
use super::frames::event;
use super::script::{Answer, Call};
use super::wire::words;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConverseRequest {
    #[serde(default)]
    system: Vec<Value>,
    pub(super) messages: Vec<Message>,
    tool_config: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    role: String,
    content: Vec<Value>,
}

impl ConverseRequest {
    /// What Bedrock would not take: <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>.
    pub(super) fn complaint(&self) -> Option<&'static str> {
        let blocks = || self.messages.iter().flat_map(|message| &message.content);
        let is_blank = |block: &Value| block["text"].as_str().is_some_and(|text| text.trim().is_empty());
        let has_calls = blocks().any(|block| block["toolUse"].is_object() || block["toolResult"].is_object());
        let roles: Vec<&str> = self.messages.iter().map(|message| message.role.as_str()).collect();
        if roles.first() != Some(&"user") {
            return Some("A conversation must start with a user message.");
        }
        if roles.windows(2).any(|pair| pair.first() == pair.last()) {
            return Some("The roles must alternate between user and assistant.");
        }
        if blocks().any(is_blank) {
            return Some("The text field in the ContentBlock object is blank.");
        }
        if has_calls && self.tool_config.is_none() {
            return Some(
                "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
            );
        }
        None
    }

    /// What the user said last.
    pub(super) fn last_said(&self) -> String {
        let said = |message: &&Message| message.role == "user" && !texts(message).is_empty();
        self.messages.iter().rev().find(said).map(|message| texts(message).join(" / ")).unwrap_or_default()
    }

    /// The results of calls that come last, joined.
    pub(super) fn last_results(&self) -> Option<String> {
        let blocks = &self.messages.last()?.content;
        let result = |block: &Value| Some(block.pointer("/toolResult/content/0/text")?.as_str()?.to_owned());
        let results: Vec<String> = blocks.iter().filter_map(result).collect();
        (!results.is_empty()).then(|| results.join(" / "))
    }

    pub(super) fn has_system_prompt(&self) -> bool {
        !self.system.is_empty()
    }

    /// What the model is told first.
    pub(super) fn system(&self) -> String {
        self.system.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
    }

    /// All of it, for people: a line for each message, call and result.
    pub(super) fn shown(&self) -> String {
        let mut lines = vec![format!("system: {}", self.system())];
        for message in &self.messages {
            lines.push(format!("{}: {}", message.role, texts(message).join(" ")));
            let calls = message.content.iter().filter_map(|block| block.get("toolUse"));
            lines.extend(calls.map(|call| {
                format!("calls {}: {}", call["name"].as_str().unwrap_or_default(), call["input"])
            }));
            let results = message.content.iter().filter_map(|block| block.pointer("/toolResult/content"));
            lines.extend(results.map(|result| format!("tool: {result}")));
        }
        lines.join("\n")
    }

    fn words(&self) -> usize {
        let count = |text: &str| text.split_whitespace().count();
        let system = self.system.iter().filter_map(|block| block["text"].as_str()).map(count);
        let said = self.messages.iter().flat_map(texts).map(|text| count(&text));
        system.chain(said).sum()
    }

    pub(super) fn usage(&self, answer: &Answer) -> Bytes {
        let (read, written) = (self.words(), answer.reply.split_whitespace().count());
        let usage = json!({"inputTokens": read, "outputTokens": written, "totalTokens": read + written});
        event("metadata", &json!({"usage": usage, "metrics": {"latencyMs": 1}}))
    }
}

/// What a message says; a picture says what it is.
fn texts(message: &Message) -> Vec<String> {
    let text = |block: &Value| match block.pointer("/image/format").and_then(Value::as_str) {
        Some(format) => Some(format!("[image/{format}]")),
        None => block["text"].as_str().map(ToOwned::to_owned),
    };
    message.content.iter().filter_map(text).collect()
}

pub(super) fn begin() -> Bytes {
    event("messageStart", &json!({"role": "assistant"}))
}

/// The words of the text, each as an event.
pub(super) fn text_events(reply: &str) -> Vec<Bytes> {
    let delta =
        |word: &&str| event("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": word}}));
    words(reply).iter().map(delta).collect()
}

/// A call, its arguments in one piece: the block before it is the text's.
pub(super) fn call_events(sequence: u64, calls: &[Call]) -> Vec<Bytes> {
    let mut events = vec![event("contentBlockStop", &json!({"contentBlockIndex": 0}))];
    for (index, call) in calls.iter().enumerate() {
        let index = index + 1;
        let start =
            json!({"toolUse": {"toolUseId": format!("tooluse_{sequence}_{index}"), "name": call.name}});
        let delta = json!({"toolUse": {"input": call.arguments.to_string()}});
        events.push(event("contentBlockStart", &json!({"contentBlockIndex": index, "start": start})));
        events.push(event("contentBlockDelta", &json!({"contentBlockIndex": index, "delta": delta})));
        events.push(event("contentBlockStop", &json!({"contentBlockIndex": index})));
    }
    events
}

pub(super) fn end(answer: &Answer) -> Bytes {
    let standard = if answer.calls.is_empty() { "end_turn" } else { "tool_use" };
    event("messageStop", &json!({"stopReason": answer.finish_reason.as_deref().unwrap_or(standard)}))
}

/// The exception of a status.
pub(super) fn exception(status: u16) -> &'static str {
    match status {
        403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        408 => "ModelTimeoutException",
        424 => "ModelErrorException",
        429 => "ThrottlingException",
        503 => "ServiceUnavailableException",
        500.. => "InternalServerException",
        _ => "ValidationException",
    }
}
