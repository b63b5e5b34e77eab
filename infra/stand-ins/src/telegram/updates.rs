//! Users, chats, messages and updates in the shapes of the Bot API: <https://core.telegram.org/bots/api>
use super::chats::{Author, Chat, Line};
use crate::json::without_nulls;
use serde_json::{Value, json};

/// The bot's own account.
pub(super) fn bot(token: &str) -> Value {
    let id: i64 = token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or(1);
    json!({"id": id, "is_bot": true, "first_name": "Stand-in Bot", "username": "stand_in_bot"})
}

pub(super) fn message(line: &Line, chat: &Chat, bot: &Value) -> Value {
    let from = match line.from {
        Author::User => user(chat),
        Author::Bot => bot.clone(),
    };
    without_nulls(json!({
        "message_id": line.message_id,
        "from": from,
        "chat": {"id": chat.id, "first_name": chat.first_name, "type": "private"},
        "date": line.at_ms / 1000,
        "edit_date": line.edited_at_ms.map(|at_ms| at_ms / 1000),
        "text": line.text,
        "reply_markup": line.reply_markup,
    }))
}

fn user(chat: &Chat) -> Value {
    let Chat { id, first_name, language_code, .. } = chat;
    without_nulls(json!({
        "id": id, "is_bot": false, "first_name": first_name, "language_code": language_code
    }))
}

pub(super) fn said(update_id: i64, message: &Value) -> Value {
    json!({"update_id": update_id, "message": message})
}

pub(super) fn edited(update_id: i64, message: &Value) -> Value {
    json!({"update_id": update_id, "edited_message": message})
}

pub(super) fn pressed(
    update_id: i64,
    query_id: &str,
    chat: &Chat,
    message: Option<&Value>,
    data: &str,
) -> Value {
    let query = without_nulls(json!({
        "id": query_id,
        "from": user(chat),
        "message": message,
        "chat_instance": chat.id.wrapping_mul(7_919).to_string(),
        "data": data,
    }));
    json!({"update_id": update_id, "callback_query": query})
}

/// The text begins with a bot's name.
pub(super) fn mention(message: &mut Value, name: &str) {
    let length = name.encode_utf16().count();
    set(message, "entities", json!([{"type": "mention", "offset": 0, "length": length}]));
}

/// The message as one of several people wrote it.
pub(super) fn in_group(message: &mut Value, chat: i64, member: i64) {
    set(message, "chat", json!({"id": chat, "title": "Group", "type": "group"}));
    set(message, "from", json!({"id": member, "is_bot": false, "first_name": format!("User {member}")}));
}

/// A file in the place of the text, which becomes its caption.
pub(super) fn attach(message: &mut Value, kind: &str, file_id: &str, size: usize) {
    let file = match kind {
        "voice" => json!({
            "file_id": file_id, "file_unique_id": file_id, "file_size": size, "duration": 4, "mime_type": "audio/ogg"
        }),
        _ => {
            json!([{"file_id": file_id, "file_unique_id": file_id, "file_size": size, "width": 1, "height": 1}])
        }
    };
    set(message, kind, file);
    if let Some(fields) = message.as_object_mut() {
        let text = fields.remove("text").filter(|text| text.as_str().is_some_and(|text| !text.is_empty()));
        fields.extend(text.map(|text| ("caption".to_owned(), text)));
    }
}

fn set(message: &mut Value, field: &str, value: Value) {
    if let Some(fields) = message.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}
