//! The events of a stream as a reply.

use std::collections::BTreeMap;

use aws_sdk_bedrockruntime::types::{
    ContentBlockDelta, ContentBlockStart, ConverseStreamOutput as Event, StopReason, TokenUsage,
};
use serde_json::{Value, json};

use super::fate::broken_off;
use crate::{ModelError, Prompt, Reply, ToolCall};

/// What has come so far.
#[derive(Default)]
pub(super) struct Heard {
    text: String,
    /// Calls by the index of their block: id, name, and the arguments as far as they have come.
    calls: BTreeMap<i32, (String, String, String)>,
    stop_reason: Option<StopReason>,
    usage: Option<TokenUsage>,
}

impl Heard {
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::ContentBlockStart(begin) => {
                if let Some(ContentBlockStart::ToolUse(call)) = begin.start {
                    let call = (call.tool_use_id, call.name, String::new());
                    self.calls.insert(begin.content_block_index, call);
                }
            }
            Event::ContentBlockDelta(delta) => match delta.delta {
                Some(ContentBlockDelta::Text(text)) => self.text.push_str(&text),
                Some(ContentBlockDelta::ToolUse(part)) => {
                    if let Some((_, _, arguments)) = self.calls.get_mut(&delta.content_block_index) {
                        arguments.push_str(&part.input);
                    }
                }
                _ => {}
            },
            Event::MessageStop(end) => self.stop_reason = Some(end.stop_reason),
            Event::Metadata(metadata) => self.usage = metadata.usage,
            _ => {}
        }
    }

    /// The whole reply: an end without a stop reason is a stream that broke off.
    pub(super) fn whole(self, prompt: &Prompt) -> Result<Reply, ModelError> {
        let is_cut = match self.stop_reason.ok_or_else(broken_off)? {
            StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => true,
            StopReason::ContentFiltered | StopReason::GuardrailIntervened => {
                return Err(ModelError::Refused("the provider's filter stopped the answer".to_owned()));
            }
            StopReason::MalformedModelOutput | StopReason::MalformedToolUse => return Err(unreadable()),
            _ => false,
        };
        // The last call of a cut answer may be half a call.
        let calls = if is_cut { BTreeMap::new() } else { self.calls };
        let calls = calls.into_values().map(call).collect::<Result<_, _>>()?;
        Reply { text: self.text, calls, is_cut, ..Reply::default() }
            .finished(self.usage.and_then(counted), prompt)
    }
}

fn call((id, name, arguments): (String, String, String)) -> Result<ToolCall, ModelError> {
    let arguments: Value = match arguments.trim() {
        "" => json!({}),
        arguments => serde_json::from_str(arguments).map_err(|_| unreadable())?,
    };
    Ok(ToolCall { id, name, arguments, signatures: Vec::new() })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `and_then` wants")]
fn counted(usage: TokenUsage) -> Option<(u64, u64)> {
    Some((u64::try_from(usage.input_tokens).ok()?, u64::try_from(usage.output_tokens).ok()?))
}

fn unreadable() -> ModelError {
    ModelError::NoAnswer("a call could not be read".to_owned())
}
