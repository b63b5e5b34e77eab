//! The first answer to an interaction, in the webhook's body or by the callback:
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object>
use super::tokens::{Dead, Interaction, State};
use super::{Discord, limits, messages};
use crate::chat::{Answer, World};
use serde_json::Value;

/// Types of answers.
const MESSAGE: u64 = 4;
const DEFERRED: u64 = 5;
const DEFERRED_UPDATE: u64 = 6;
const UPDATE: u64 = 7;

/// Why an answer does not count.
pub(super) enum Bad {
    Token(Dead),
    Message(Answer),
    Kind,
}

pub(super) fn take(discord: &mut Discord, world: &mut World, id: &str, reply: &Value) -> Result<(), Bad> {
    let token = discord.tokens.of(id).ok_or(Bad::Token(Dead::Unknown))?;
    let interaction = discord.tokens.waiting(&token, world.now_ms).map_err(Bad::Token)?;
    let message = reply.get("data").unwrap_or(&Value::Null);
    interaction.state = match reply.get("type").and_then(Value::as_u64) {
        Some(MESSAGE) => State::Answered(write(world, interaction, message)?),
        Some(DEFERRED) => {
            world.chats.sign(&interaction.chat, "typing", world.now_ms);
            State::Deferred
        }
        Some(DEFERRED_UPDATE) => State::Answered(interaction.source.clone().ok_or(Bad::Kind)?),
        Some(UPDATE) => State::Answered(update(world, interaction, message)?),
        _ => return Err(Bad::Kind),
    };
    Ok(())
}

fn write(world: &mut World, interaction: &Interaction, message: &Value) -> Result<String, Bad> {
    limits::check(message).map_err(Bad::Message)?;
    Ok(messages::write(world, &interaction.chat, interaction.thread.clone(), message))
}

fn update(world: &mut World, interaction: &Interaction, message: &Value) -> Result<String, Bad> {
    limits::check(message).map_err(Bad::Message)?;
    let source = interaction.source.clone().ok_or(Bad::Kind)?;
    messages::edit(world, &interaction.chat, &source, message);
    Ok(source)
}
