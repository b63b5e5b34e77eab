//! Users, chats, messages and updates in the shapes of the Bot API: https://core.telegram.org/bots/api
use super::chats::{Author, Chat, Line};
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
    let mut message = json!({
        "message_id": line.message_id,
        "from": from,
        "chat": {"id": chat.id, "first_name": chat.first_name, "type": "private"},
        "date": line.at_ms / 1000,
        "text": line.text,
    });
    if let Some(at_ms) = line.edited_at_ms {
        message["edit_date"] = (at_ms / 1000).into();
    }
    if let Some(markup) = &line.reply_markup {
        message["reply_markup"] = markup.clone();
    }
    message
}

fn user(chat: &Chat) -> Value {
    let mut user = json!({"id": chat.id, "is_bot": false, "first_name": chat.first_name});
    if let Some(code) = &chat.language_code {
        user["language_code"] = code.as_str().into();
    }
    user
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
    let mut query = json!({
        "id": query_id,
        "from": user(chat),
        "chat_instance": format!("{}", chat.id.wrapping_mul(7_919)),
        "data": data,
    });
    if let Some(message) = message {
        query["message"] = message.clone();
    }
    json!({"update_id": update_id, "callback_query": query})
}
