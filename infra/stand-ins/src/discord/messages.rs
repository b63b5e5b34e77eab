//! Messages of the bot as the channel keeps them.
use super::Account;
use crate::chat::{BotLine, Button, Line, World};
use crate::json::{deep, objects, text, with};
use serde_json::{Value, json};

/// Writes a message and gives its id.
pub(super) fn write(world: &mut World, chat: &str, thread: Option<String>, message: &Value) -> String {
    let message_id = super::snowflake(&mut world.ids, world.now_ms);
    let (text, buttons, raw) = (words(message), buttons(message), message.clone());
    let said = BotLine { message_id: message_id.clone(), text, thread, buttons, raw };
    world.chats.bot_says(chat, said, world.now_ms);
    message_id
}

/// Changes the fields that the edit has; to repeat it changes nothing. `false` when there is no such message.
pub(super) fn edit(world: &mut World, chat: &str, message_id: &str, edit: &Value) -> bool {
    let now_ms = world.now_ms;
    let line = world.chats.line_mut(chat, message_id).filter(|line| line.user.is_none() && !line.unsent);
    let Some(line) = line else { return false };
    line.raw = with(line.raw.take(), edit.clone());
    line.text = words(&line.raw);
    line.buttons = buttons(&line.raw);
    line.edited_at_ms = Some(now_ms);
    true
}

/// The content, or what the first embed says.
fn words(message: &Value) -> String {
    let content = text(message, "content");
    if content.is_empty() { deep(message, "/embeds/0", "description").to_owned() } else { content.to_owned() }
}

fn buttons(message: &Value) -> Vec<Button> {
    let pressable = objects(message, &|json| json.get("custom_id").is_some());
    let button =
        |json: &Value| Button { label: text(json, "label").into(), data: text(json, "custom_id").into() };
    pressable.into_iter().map(button).collect()
}

/// <https://discord.com/developers/docs/resources/message#message-object>, shortened.
pub(super) fn json(account: &Account, chat: &str, line: &Line) -> Value {
    let author = json!({"id": account.application_id, "username": "Stand-in Bot", "bot": true});
    let sent = |field: &str| line.raw.get(field).cloned().unwrap_or_else(|| json!([]));
    json!({
        "id": line.message_id, "type": 0, "channel_id": line.thread.as_deref().unwrap_or(chat),
        "content": line.text, "author": author, "application_id": account.application_id,
        "embeds": sent("embeds"), "components": sent("components"), "attachments": [], "mentions": [],
        "flags": line.raw.get("flags").cloned().unwrap_or_else(|| json!(0)), "pinned": false, "tts": false,
        "nonce": line.raw.get("nonce"),
    })
}
