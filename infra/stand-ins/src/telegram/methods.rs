//! What the bot can call. Descriptions are those of the Bot API server.
use super::chats::Author;
use super::platform::{Platform, Webhook};
use super::updates;
use crate::json::without_nulls;
use serde_json::{Value, json};

/// <https://core.telegram.org/bots/api#sendmessage>; counted in UTF-16 units.
const TEXT_UNITS_MAX: usize = 4096;
/// <https://core.telegram.org/bots/api#getfile>
const FILE_BYTES_MAX: usize = 20_000_000;
/// How long a button press can be answered.
const QUERY_MS_MAX: u64 = 150_000;

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// What a call does besides answering.
pub(super) enum Effect {
    SetWebhook(Option<Webhook>),
}

type Outcome = Result<(Value, Option<Effect>), Answer>;

impl Answer {
    fn ok(result: &Value) -> Self {
        Self { status: 200, body: json!({"ok": true, "result": result}) }
    }

    pub(super) fn error(status: u16, description: &str) -> Self {
        Self::error_with(status, description, None)
    }

    /// <https://core.telegram.org/bots/api#responseparameters>
    pub(super) fn error_with(status: u16, description: &str, parameters: Option<&Value>) -> Self {
        let body = json!({
            "ok": false, "error_code": status, "description": description, "parameters": parameters
        });
        Self { status, body: without_nulls(body) }
    }
}

/// Carries a method out. The parameters are one JSON object, whatever form they came in.
pub(super) fn call(
    platform: &mut Platform,
    method: &str,
    parameters: &Value,
    now_ms: u64,
) -> (Answer, Option<Effect>) {
    let outcome = match method.to_ascii_lowercase().as_str() {
        "getme" => Ok((get_me(platform), None)),
        "sendmessage" => send_message(platform, parameters, now_ms),
        "sendchataction" => send_chat_action(parameters),
        "answercallbackquery" => answer_callback_query(platform, parameters, now_ms),
        "setwebhook" => set_webhook(parameters),
        "deletewebhook" => Ok((json!(true), Some(Effect::SetWebhook(None)))),
        "getfile" => get_file(platform, parameters),
        _ => Err(Answer::error(404, "Not Found")),
    };
    match outcome {
        Ok((result, effect)) => (Answer::ok(&result), effect),
        Err(answer) => (answer, None),
    }
}

pub(super) fn webhook_info(platform: &Platform, webhook: Option<&Webhook>, pending: usize) -> Answer {
    let error = platform.delivery_error.as_ref();
    Answer::ok(&without_nulls(json!({
        "url": webhook.map_or("", |webhook| webhook.url.as_str()),
        "has_custom_certificate": false,
        "pending_update_count": pending,
        "max_connections": 40,
        "last_error_date": error.map(|(at_ms, _)| at_ms / 1000),
        "last_error_message": error.map(|(_, error)| error),
    })))
}

pub(super) fn chat_id(parameters: &Value) -> Option<i64> {
    let id = parameters.get("chat_id")?;
    id.as_i64().or_else(|| id.as_str()?.parse().ok())
}

fn text<'a>(parameters: &'a Value, name: &str) -> &'a str {
    parameters.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn bad_request(description: &str) -> Answer {
    Answer::error(400, &format!("Bad Request: {description}"))
}

fn get_me(platform: &Platform) -> Value {
    let flags = ["can_join_groups", "can_read_all_group_messages", "supports_inline_queries"];
    let mut me = platform.bot.as_object().cloned().unwrap_or_default();
    me.extend(flags.map(|flag| (flag.to_owned(), false.into())));
    Value::Object(me)
}

fn send_message(platform: &mut Platform, parameters: &Value, now_ms: u64) -> Outcome {
    let text = text(parameters, "text");
    let chat = chat_id(parameters).ok_or_else(|| bad_request("chat_id is empty"))?;
    if text.trim().is_empty() {
        return Err(bad_request("message text is empty"));
    }
    if text.encode_utf16().count() > TEXT_UNITS_MAX {
        return Err(bad_request("message is too long"));
    }
    let markup = reply_markup(parameters)?;
    let line = platform.chats.write(chat, Author::Bot, text, now_ms, markup);
    let bot = platform.bot.clone();
    Ok((updates::message(&line, platform.chats.chat(chat), &bot), None))
}

/// The inline keyboard, which forms carry as text. Other markups do not show in a message.
fn reply_markup(parameters: &Value) -> Result<Option<Value>, Answer> {
    let markup = match parameters.get("reply_markup") {
        Some(Value::String(text)) => {
            serde_json::from_str(text).map_err(|_| bad_request("object expected as reply markup"))?
        }
        Some(markup) => markup.clone(),
        None => return Ok(None),
    };
    let rows = markup.get("inline_keyboard").and_then(Value::as_array);
    let data = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    // https://core.telegram.org/bots/api#inlinekeyboardbutton: 1 to 64 bytes
    let invalid = |button: &Value| {
        let data = button.get("callback_data").and_then(Value::as_str);
        data.is_some_and(|data| !(1..=64).contains(&data.len()))
    };
    if data.into_iter().any(invalid) {
        return Err(bad_request("BUTTON_DATA_INVALID"));
    }
    Ok(rows.is_some().then_some(markup))
}

fn send_chat_action(parameters: &Value) -> Outcome {
    chat_id(parameters).ok_or_else(|| bad_request("chat_id is empty"))?;
    if text(parameters, "action").is_empty() {
        return Err(bad_request("wrong parameter action in request"));
    }
    Ok((json!(true), None))
}

fn answer_callback_query(platform: &mut Platform, parameters: &Value, now_ms: u64) -> Outcome {
    let asked_at = platform.queries.remove(text(parameters, "callback_query_id"));
    match asked_at {
        Some(at) if now_ms.saturating_sub(at) <= QUERY_MS_MAX => Ok((json!(true), None)),
        _ => Err(bad_request("query is too old and response timeout expired or query ID is invalid")),
    }
}

/// Plain HTTP is accepted: the webhook of a stand-in is on the same machine.
fn set_webhook(parameters: &Value) -> Outcome {
    let url = text(parameters, "url");
    if url.is_empty() {
        return Ok((json!(true), Some(Effect::SetWebhook(None))));
    }
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(bad_request("bad webhook: invalid webhook URL specified"));
    }
    let secret_token = parameters.get("secret_token").and_then(Value::as_str).map(str::to_owned);
    if secret_token.as_deref().is_some_and(|secret| !is_secret(secret)) {
        return Err(bad_request("secret token contains unallowed characters"));
    }
    Ok((json!(true), Some(Effect::SetWebhook(Some(Webhook { url: url.to_owned(), secret_token })))))
}

/// <https://core.telegram.org/bots/api#setwebhook>
fn is_secret(secret: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=256).contains(&secret.len()) && secret.bytes().all(allowed)
}

fn get_file(platform: &Platform, parameters: &Value) -> Outcome {
    let id = text(parameters, "file_id");
    let file = platform.files.get(id).ok_or_else(|| bad_request("invalid file_id"))?;
    if file.len() > FILE_BYTES_MAX {
        return Err(bad_request("file is too big"));
    }
    let path = format!("files/{id}");
    Ok((json!({"file_id": id, "file_unique_id": id, "file_size": file.len(), "file_path": path}), None))
}
