//! Prompts as genai's requests, and its streams as replies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::history::Speaker;
use futures_util::StreamExt;
use genai::chat::{
    CacheControl, ChatMessage, ChatRequest, ChatStream, ChatStreamEvent, ContentPart, MessageContent,
    StopReason, StreamEnd, ToolCall as AskedCall, ToolResponse, Usage,
};

use crate::config::Api;
use crate::{ModelError, Picture, Prompt, Reply, Round, Tool, ToolCall, fate, tokens};

/// The prompt as a request. What does not change from turn to turn comes first and is marked for the provider's
/// cache: <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>; the others cache by themselves.
pub(crate) fn request(prompt: &Prompt, api: Api) -> ChatRequest {
    let Prompt { system, tools, lines, pictures, rounds } = prompt.clone();
    let mut request = ChatRequest::default();
    if !system.trim().is_empty() {
        let system = ChatMessage::system(system);
        let is_marked = api == Api::Anthropic;
        request = request.append_message(if is_marked {
            system.with_options(CacheControl::Ephemeral)
        } else {
            system
        });
    }
    // The others want the user to begin: what the bot said to words that are no longer told goes with them.
    let is_told = |(speaker, _): &(Speaker, String)| api != Api::OpenAi && *speaker == Speaker::Bot;
    let said = lines.into_iter().skip_while(is_told).map(|(speaker, text)| match speaker {
        Speaker::User => ChatMessage::user(text),
        Speaker::Bot => ChatMessage::assistant(text),
    });
    let mut request = request.append_messages(said);
    if !pictures.is_empty() {
        request = request.append_message(shown(pictures));
    }
    if !tools.is_empty() {
        request = request.with_tools(tools.into_iter().map(tool));
    }
    rounds.into_iter().fold(request, |request, round| request.append_messages(called(round)))
}

fn shown(pictures: Vec<Picture>) -> ChatMessage {
    let part = |Picture { mime, bytes }| ContentPart::from_binary_base64(mime, STANDARD.encode(bytes), None);
    ChatMessage::user(pictures.into_iter().map(part).collect::<Vec<_>>())
}

fn tool(tool: Tool) -> genai::chat::Tool {
    genai::chat::Tool::new(tool.name).with_description(tool.description).with_schema(tool.parameters)
}

fn called(round: Round) -> [ChatMessage; 2] {
    let (calls, results): (Vec<_>, Vec<_>) = round.calls.into_iter().map(asked).unzip();
    let text = (!round.text.is_empty()).then_some(ContentPart::Text(round.text));
    let parts = text.into_iter().chain(calls.into_iter().map(ContentPart::ToolCall));
    [
        ChatMessage::assistant(MessageContent::from_parts(parts.collect::<Vec<_>>())),
        ChatMessage::from(results),
    ]
}

fn asked((call, result): (ToolCall, String)) -> (AskedCall, ToolResponse) {
    let ToolCall { id, name, arguments, signatures } = call;
    let call = AskedCall {
        call_id: id,
        fn_name: name,
        fn_arguments: arguments,
        thought_signatures: (!signatures.is_empty()).then_some(signatures),
    };
    let response = ToolResponse::from_tool_call(&call, result);
    (call, response)
}

/// Reads a stream to its end. `prompt`: for counting where the server does not.
pub(crate) async fn reply(mut stream: ChatStream, prompt: &Prompt) -> Result<Reply, ModelError> {
    let mut text = String::new();
    let mut has_begun = false;
    while let Some(event) = stream.next().await {
        // Some streams go on after an error, to an end without a reason.
        match event.map_err(|error| fate::of(&error, has_begun))? {
            ChatStreamEvent::Chunk(chunk) => text.push_str(&chunk.content),
            ChatStreamEvent::End(end) => return whole(text, end, prompt),
            ChatStreamEvent::Start => continue,
            _ => {}
        }
        has_begun = true;
    }
    Err(ModelError::NoAnswer("the stream broke off".to_owned()))
}

/// An end without a stop reason is a stream that broke off, never an answer.
fn whole(text: String, end: StreamEnd, prompt: &Prompt) -> Result<Reply, ModelError> {
    let is_cut = match &end.captured_stop_reason {
        None => return Err(ModelError::NoAnswer("the stream ended without a reason".to_owned())),
        Some(StopReason::ContentFilter(_)) => {
            return Err(ModelError::Refused("the provider's filter stopped the answer".to_owned()));
        }
        Some(StopReason::Other(reason)) if is_failure(reason) => {
            return Err(ModelError::NoAnswer("the provider gave up".to_owned()));
        }
        Some(reason) => reason.is_max_tokens(),
    };
    let counted = end.captured_usage.as_ref().and_then(counted);
    // The last call of a cut answer may be half a call.
    let calls = if is_cut { Vec::new() } else { end.captured_into_tool_calls().unwrap_or_default() };
    let calls = calls.into_iter().map(ToolCall::from).collect();
    Reply { text, calls, is_cut, ..Reply::default() }.finished(counted, prompt)
}

impl Reply {
    /// Marks what was cut, and counts what was not counted.
    pub(crate) fn finished(
        mut self,
        counted: Option<(u64, u64)>,
        prompt: &Prompt,
    ) -> Result<Reply, ModelError> {
        if self.is_cut {
            if self.text.trim().is_empty() {
                return Err(ModelError::NoAnswer("its limit was reached before a word".to_owned()));
            }
            self.text.push_str(" …");
        }
        self.is_estimated = counted.is_none();
        self.tokens = counted.unwrap_or_else(|| tokens::estimated(prompt, &self));
        Ok(self)
    }
}

impl From<AskedCall> for ToolCall {
    fn from(call: AskedCall) -> ToolCall {
        ToolCall {
            id: call.call_id,
            name: call.fn_name,
            arguments: call.fn_arguments,
            signatures: call.thought_signatures.unwrap_or_default(),
        }
    }
}

/// Stop reasons that say that something went wrong: OpenRouter's and vLLM's, and Gemini's, of which
/// <https://ai.google.dev/api/generate-content#FinishReason> has the list.
fn is_failure(reason: &str) -> bool {
    const FAILURES: [&str; 8] = [
        "error",
        "abort",
        "failed",
        "cancelled",
        "OTHER",
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
    ];
    FAILURES.contains(&reason)
}

/// `None`: the server counted nothing. genai then has zeros.
fn counted(usage: &Usage) -> Option<(u64, u64)> {
    let count = |tokens: Option<i32>| tokens.and_then(|tokens| u64::try_from(tokens).ok()).unwrap_or(0);
    let tokens = (count(usage.prompt_tokens), count(usage.completion_tokens));
    (tokens != (0, 0)).then_some(tokens)
}
