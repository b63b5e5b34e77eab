//! Prompts as Bedrock's messages. Roles have to alternate, the user begins, and no text may be blank.

use aws_sdk_bedrockruntime::error::BuildError;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ImageBlock, ImageFormat, ImageSource, Message, SystemContentBlock, Tool,
    ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock, ToolSpecification,
    ToolUseBlock,
};
use aws_smithy_types::Blob;
use domain::history::Speaker;

use super::document;
use crate::{ModelError, Picture, Prompt, Round};

#[expect(clippy::unnecessary_wraps, reason = "the three parts of a request are made alike")]
pub(super) fn system(prompt: &Prompt) -> Result<Option<Vec<SystemContentBlock>>, ModelError> {
    let system = prompt.system.trim();
    Ok((!system.is_empty()).then(|| vec![SystemContentBlock::Text(system.to_owned())]))
}

pub(super) fn messages(prompt: &Prompt) -> Result<Vec<Message>, ModelError> {
    let mut messages = Messages::default();
    for (speaker, text) in prompt.lines.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let role = match speaker {
            Speaker::User => ConversationRole::User,
            Speaker::Bot => ConversationRole::Assistant,
        };
        messages.add(role, ContentBlock::Text(text.clone()));
    }
    for picture in &prompt.pictures {
        messages.add(ConversationRole::User, shown(picture)?);
    }
    for round in &prompt.rounds {
        messages.add_round(round).map_err(not_made)?;
    }
    messages.0.into_iter().map(message).collect::<Result<_, _>>().map_err(not_made)
}

pub(super) fn tools(prompt: &Prompt) -> Result<Option<ToolConfiguration>, ModelError> {
    if prompt.tools.is_empty() {
        return Ok(None);
    }
    let tool = |tool: &crate::Tool| {
        let schema = ToolInputSchema::Json(document::of(&tool.parameters));
        let tool = ToolSpecification::builder().name(&tool.name).description(&tool.description);
        tool.input_schema(schema).build().map(Tool::ToolSpec)
    };
    let tools: Vec<Tool> = prompt.tools.iter().map(tool).collect::<Result<_, _>>().map_err(not_made)?;
    ToolConfiguration::builder().set_tools(Some(tools)).build().map(Some).map_err(not_made)
}

/// What was said, by whom, in turns.
#[derive(Default)]
struct Messages(Vec<(ConversationRole, Vec<ContentBlock>)>);

impl Messages {
    fn add(&mut self, role: ConversationRole, block: ContentBlock) {
        match self.0.last_mut() {
            Some((last, blocks)) if *last == role => blocks.push(block),
            None if role == ConversationRole::Assistant => {}
            _ => self.0.push((role, vec![block])),
        }
    }

    fn add_round(&mut self, round: &Round) -> Result<(), BuildError> {
        if !round.text.trim().is_empty() {
            self.add(ConversationRole::Assistant, ContentBlock::Text(round.text.clone()));
        }
        for (call, _) in &round.calls {
            let call = ToolUseBlock::builder()
                .tool_use_id(&call.id)
                .name(&call.name)
                .input(document::of(&call.arguments));
            self.add(ConversationRole::Assistant, ContentBlock::ToolUse(call.build()?));
        }
        for (call, result) in &round.calls {
            let content = ToolResultContentBlock::Text(result.clone());
            let result = ToolResultBlock::builder().tool_use_id(&call.id).content(content).build()?;
            self.add(ConversationRole::User, ContentBlock::ToolResult(result));
        }
        Ok(())
    }
}

fn message((role, blocks): (ConversationRole, Vec<ContentBlock>)) -> Result<Message, BuildError> {
    Message::builder().role(role).set_content(Some(blocks)).build()
}

fn shown(picture: &Picture) -> Result<ContentBlock, ModelError> {
    let format = match picture.mime {
        "image/png" => ImageFormat::Png,
        "image/jpeg" => ImageFormat::Jpeg,
        "image/gif" => ImageFormat::Gif,
        "image/webp" => ImageFormat::Webp,
        other => return Err(ModelError::Refused(format!("it sees no {other}"))),
    };
    let source = ImageSource::Bytes(Blob::new(picture.bytes.to_vec()));
    ImageBlock::builder().format(format).source(source).build().map(ContentBlock::Image).map_err(not_made)
}

fn not_made(_: BuildError) -> ModelError {
    ModelError::Refused("the request could not be made".to_owned())
}
