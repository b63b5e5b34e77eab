//! The bodies of the chat completions API: <https://platform.openai.com/docs/api-reference/chat>
use super::script::{Answer, Call};
use crate::json::without_nulls;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct ChatRequest {
    #[serde(default)]
    pub(super) model: String,
    pub(super) messages: Vec<ChatMessage>,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    pub(super) stream: bool,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
pub(super) struct ChatMessage {
    role: String,
    content: Option<Content>,
    #[serde(default)]
    tool_calls: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Value>),
}

impl Answer {
    pub(super) fn finish_reason(&self) -> &str {
        let standard = if self.calls.is_empty() { "stop" } else { "tool_calls" };
        self.finish_reason.as_deref().unwrap_or(standard)
    }
}

const CHUNK: &str = "chat.completion.chunk";

/// What an answer repeats in each of its parts.
pub(super) struct Heading {
    pub(super) sequence: u64,
    pub(super) created_at_s: u64,
    pub(super) model: String,
    /// Words, for want of a tokenizer.
    pub(super) prompt_tokens: usize,
}

impl ChatRequest {
    /// The user messages that come last in a row, joined.
    pub(super) fn last_said(&self) -> String {
        let from_last = self.messages.iter().rev().skip_while(|message| message.role != "user");
        let mut said: Vec<String> =
            from_last.take_while(|message| message.role == "user").map(ChatMessage::text).collect();
        said.retain(|text| !is_quoted(text));
        said.reverse();
        said.join(" / ")
    }

    /// What is shown to the model and was not said: a user message that is a `<quoted>` element.
    pub(super) fn quoted(&self) -> Option<String> {
        let said = self.messages.iter().filter(|message| message.role == "user");
        said.map(ChatMessage::text).find(|text| is_quoted(text))
    }

    pub(super) fn has_system_prompt(&self) -> bool {
        self.messages.iter().any(ChatMessage::is_system)
    }

    /// What the model is told first.
    pub(super) fn system(&self) -> String {
        let told = self.messages.iter().filter(|message| message.is_system());
        told.map(ChatMessage::text).collect::<Vec<_>>().join("\n")
    }

    /// All of it, for people: a line for each message, call and tool.
    pub(super) fn shown(&self) -> String {
        let mut lines = Vec::new();
        for message in &self.messages {
            lines.push(format!("{}: {}", message.role, message.text()));
            lines.extend(
                message.tool_calls.iter().map(|call| called(call.get("function"), "calls", "arguments")),
            );
        }
        lines.extend(self.tools.iter().map(|tool| called(tool.get("function"), "may call", "description")));
        lines.join("\n")
    }

    /// The results of calls that come last, joined.
    pub(super) fn last_results(&self) -> Option<String> {
        let last = self.messages.iter().rev().take_while(|message| message.role == "tool");
        let mut results: Vec<String> = last.map(ChatMessage::text).collect();
        results.reverse();
        (!results.is_empty()).then(|| results.join(" / "))
    }

    pub(super) fn wants_usage(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|options| options.include_usage)
    }

    pub(super) fn words(&self) -> usize {
        self.messages.iter().map(|message| message.text().split_whitespace().count()).sum()
    }
}

/// A call or a tool in one line.
fn called(function: Option<&Value>, verb: &str, detail: &str) -> String {
    let field = |name| function.and_then(|function| function.get(name)?.as_str()).unwrap_or_default();
    format!("{verb} {}: {}", field("name"), field(detail))
}

fn is_quoted(text: &str) -> bool {
    text.starts_with("<quoted>") && text.ends_with("</quoted>")
}

/// What a part says; a picture says what it is.
fn words_of(part: &Value) -> Option<String> {
    if let Some(url) = part.get("image_url").and_then(|image| image.get("url")?.as_str()) {
        let kind = url.strip_prefix("data:").and_then(|data| data.split(';').next());
        return Some(format!("[{}]", kind.unwrap_or("image")));
    }
    part.get("text")?.as_str().map(ToOwned::to_owned)
}

impl ChatMessage {
    fn is_system(&self) -> bool {
        matches!(self.role.as_str(), "system" | "developer")
    }

    fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => parts.iter().filter_map(words_of).collect::<Vec<_>>().join(" "),
        }
    }
}

impl Heading {
    pub(super) fn completion(&self, answer: &Answer) -> Value {
        let message = match answer.calls.as_slice() {
            [] => json!({"role": "assistant", "content": answer.reply, "refusal": null}),
            calls => {
                let content = (!answer.reply.is_empty()).then_some(&answer.reply);
                let calls = self.calls(calls);
                json!({"role": "assistant", "content": content, "tool_calls": calls, "refusal": null})
            }
        };
        let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": answer.finish_reason()});
        let usage = answer.is_counted.then(|| self.usage(&answer.reply));
        self.body("chat.completion", &json!([choice]), usage.as_ref())
    }

    /// Calls as a stream has them: first the names, then the arguments in two halves.
    pub(super) fn call_deltas(&self, calls: &[Call]) -> Vec<Value> {
        let mut deltas = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let text = call.arguments.to_string();
            let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
            let (head, tail) = text.split_at(half);
            let function = json!({"name": call.name, "arguments": ""});
            let begin =
                json!({"index": index, "id": self.call_id(index), "type": "function", "function": function});
            deltas.push(json!({ "tool_calls": [begin] }));
            for part in [head, tail] {
                deltas.push(json!({"tool_calls": [{"index": index, "function": {"arguments": part}}]}));
            }
        }
        deltas
    }

    fn calls(&self, calls: &[Call]) -> Value {
        let call = |(index, call): (usize, &Call)| {
            let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
            json!({"id": self.call_id(index), "type": "function", "function": function})
        };
        calls.iter().enumerate().map(call).collect()
    }

    fn call_id(&self, index: usize) -> String {
        format!("call_scripted_{}_{index}", self.sequence)
    }

    pub(super) fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        self.body(CHUNK, &json!([choice]), None)
    }

    pub(super) fn usage_chunk(&self, reply: &str) -> Value {
        self.body(CHUNK, &json!([]), Some(&self.usage(reply)))
    }

    fn body(&self, object: &str, choices: &Value, usage: Option<&Value>) -> Value {
        without_nulls(json!({
            "id": format!("chatcmpl-scripted-{}", self.sequence),
            "object": object,
            "created": self.created_at_s,
            "model": self.model,
            "choices": choices,
            "usage": usage,
        }))
    }

    fn usage(&self, reply: &str) -> Value {
        let completion = reply.split_whitespace().count();
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
        })
    }
}

/// The words of a reply, each with the space that follows it.
pub(super) fn words(reply: &str) -> Vec<&str> {
    reply.split_inclusive(char::is_whitespace).collect()
}

pub(super) fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

pub(super) fn models(model: &str) -> Value {
    json!({"object": "list", "data": [{"id": model, "object": "model", "created": 0, "owned_by": "scripted"}]})
}

/// <https://platform.openai.com/docs/guides/error-codes>
pub(super) fn error(status: u16, message: &str) -> Value {
    let (kind, code) = match status {
        401 => ("invalid_request_error", Some("invalid_api_key")),
        429 => ("requests", Some("rate_limit_exceeded")),
        500.. => ("server_error", None),
        _ => ("invalid_request_error", None),
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}
