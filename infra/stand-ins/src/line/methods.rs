//! What the bot can ask of LINE. The data host's paths are served here as well.
use super::tokens::Accepted;
use super::{Line, limits};
use crate::chat::{Answer, BotLine, Button, Call, MediaKind, World};
use crate::json::{objects, text, without_nulls};
use serde_json::{Value, json};

const RETRY_KEY: &str = "x-line-retry-key";
const MULTICAST_MAX: usize = 500;

pub(super) fn operation(call: &Call) -> &'static str {
    match (call.verb.as_str(), call.segments().as_slice()) {
        ("POST", ["v2", "bot", "message", "reply"]) => "reply",
        ("POST", ["v2", "bot", "message", "push"]) => "push",
        ("POST", ["v2", "bot", "message", "multicast"]) => "multicast",
        ("POST", ["v2", "bot", "chat", "loading", "start"]) => "typing",
        ("POST", ["v2", "bot", "chat", "markAsRead"]) => "read",
        ("GET", ["v2", "bot", "message", _, "content"]) => "media",
        ("GET", ["v2", "bot", "message", _, "content", "transcoding"]) => "transcoding",
        ("GET", ["v2", "bot", "profile", _] | ["v2", "bot", "group" | "room", _, "member", _]) => "profile",
        ("GET", ["v2", "bot", "info"]) => "info",
        ("POST", ["oauth2", "v3", "token"]) => "token",
        _ => "unknown",
    }
}

pub(super) fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message }))
}

pub(super) fn call(line: &mut Line, world: &mut World, operation: &str, call: &Call) -> Answer {
    if operation != "token" && call.bearer() != Some(&line.account.access_token) {
        let why =
            "Authentication failed. Confirm that the access token in the authorization header is valid.";
        return error(401, why);
    }
    let body = call.parameters();
    let last = |back: usize| call.segments().iter().rev().nth(back).copied().unwrap_or_default().to_owned();
    let answer = match operation {
        "reply" => reply(line, world, call, &body),
        "push" | "multicast" => push(line, world, call, &body),
        "typing" => loading(world, &body),
        "read" => mark_as_read(line, world, &body),
        "media" => content(world, &last(1)),
        "transcoding" => Ok(Answer::json(200, &json!({"status": "succeeded"}))),
        "profile" => profile(world, &last(0)),
        "info" => Ok(info(line)),
        "token" => token(line, &body),
        _ => Err(error(404, "Not found")),
    };
    answer.unwrap_or_else(|refused| refused)
}

type Outcome = Result<Answer, Answer>;

/// The token is used up only by a request that is otherwise right.
fn reply(line: &mut Line, world: &mut World, call: &Call, body: &Value) -> Outcome {
    if call.header(RETRY_KEY).is_some() {
        return Err(error(400, "X-Line-Retry-Key is not supported for this endpoint"));
    }
    let messages = limits::messages(body)?;
    let chat = line.reply_tokens.take(text(body, "replyToken"), world.now_ms);
    let chat = chat.ok_or_else(|| error(400, "Invalid reply token"))?;
    Ok(Answer::json(200, &json!({"sentMessages": write(world, &chat, messages)})))
}

/// Also a multicast: the same to many, without ids in the answer.
fn push(line: &mut Line, world: &mut World, call: &Call, body: &Value) -> Outcome {
    let key = call.header(RETRY_KEY);
    key.map_or(Ok(()), limits::check_retry_key)?;
    if let Some(accepted) = key.and_then(|key| line.retry_keys.find(key, world.now_ms)) {
        return Err(conflict(accepted));
    }
    let messages = limits::messages(body)?;
    let sent_messages = match body.get("to") {
        Some(Value::Array(many)) if many.len() <= MULTICAST_MAX => {
            for chat in many.iter().filter_map(Value::as_str) {
                write(world, chat, messages);
            }
            None
        }
        Some(Value::String(chat)) if world.chats.get(chat).is_some() => Some(write(world, chat, messages)),
        Some(Value::String(_)) => return Err(error(400, "Failed to send messages")),
        _ => return Err(limits::refused("to", "May not be empty")),
    };
    let answer = without_nulls(json!({"sentMessages": sent_messages}));
    if let Some(key) = key {
        let accepted = Accepted { request_id: world.ids.uuid(), sent_messages, at_ms: world.now_ms };
        line.retry_keys.keep(key, accepted);
    }
    Ok(Answer::json(200, &answer))
}

fn conflict(accepted: &Accepted) -> Answer {
    let body =
        json!({"message": "The retry key is already accepted", "sentMessages": accepted.sent_messages});
    Answer::json(409, &without_nulls(body)).with("x-line-accepted-request-id", accepted.request_id.clone())
}

/// What a user who blocks the bot is sent goes nowhere, and the bot is not told.
fn write(world: &mut World, chat: &str, messages: &[Value]) -> Value {
    let unheard = world.chats.is_blocked(chat);
    let mut sent = Vec::new();
    for message in messages {
        let message_id = format!("58{}", world.ids.number());
        sent.push(json!({"id": message_id, "quoteToken": world.ids.hex(54)}));
        if !unheard {
            let said = ["text", "altText"].map(|field| text(message, field));
            let text = said.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned();
            let (buttons, raw) = (buttons(message), message.clone());
            let said = BotLine { message_id, text, thread: None, buttons, raw };
            world.chats.bot_says(chat, said, world.now_ms);
        }
    }
    sent.into()
}

/// Wherever in the message: under templates, in quick replies, in flex bubbles.
fn buttons(message: &Value) -> Vec<Button> {
    let is_action = |json: &Value| match text(json, "type") {
        "postback" => json.get("data").is_some(),
        "message" => json.get("text").is_some(),
        _ => false,
    };
    let button = |action: &Value| {
        let data = if text(action, "type") == "postback" { "data" } else { "text" };
        Button { label: text(action, "label").to_owned(), data: text(action, data).to_owned() }
    };
    objects(message, &is_action).into_iter().map(button).collect()
}

fn loading(world: &mut World, body: &Value) -> Outcome {
    let chat = text(body, "chatId");
    let seconds = body.get("loadingSeconds").map_or(Some(20), Value::as_u64);
    if !seconds.is_some_and(|seconds| (5..=60).contains(&seconds) && seconds % 5 == 0) {
        return Err(limits::refused("loadingSeconds", "Must be a multiple of 5 between 5 and 60"));
    }
    if !chat.starts_with('U') {
        return Err(limits::refused("chatId", "Must be a user ID"));
    }
    world.chats.sign(chat, "typing", world.now_ms);
    Ok(Answer::json(202, &json!({})))
}

fn mark_as_read(line: &Line, world: &mut World, body: &Value) -> Outcome {
    let chat = line.read_tokens.get(text(body, "markAsReadToken"));
    let chat = chat.ok_or_else(|| error(400, "Invalid mark as read token"))?;
    world.chats.sign(chat, "read", world.now_ms);
    Ok(Answer::json(200, &json!({})))
}

fn content(world: &World, id: &str) -> Outcome {
    let line = world.chats.chat_of(id).and_then(|chat| world.chats.line(chat, id));
    if line.is_some_and(|line| line.unsent) {
        return Err(error(410, "The content is gone"));
    }
    let media = world.media.get(id).ok_or_else(|| error(404, "Not found"))?;
    let kind = match media.kind {
        MediaKind::Voice => "audio/x-m4a",
        MediaKind::Image => "image/jpeg",
    };
    Ok(Answer::bytes(200, kind, media.bytes.clone()))
}

fn profile(world: &World, user: &str) -> Outcome {
    let known = world.chats.get(user).filter(|chat| !chat.blocked);
    let known = known.ok_or_else(|| error(404, "Not found"))?;
    let name = known.name.clone().unwrap_or_else(|| "Friend".to_owned());
    let body = json!({"userId": user, "displayName": name, "language": known.language});
    Ok(Answer::json(200, &without_nulls(body)))
}

fn info(line: &Line) -> Answer {
    let id = &line.account.bot_user_id;
    let body = json!({"userId": id, "basicId": "@standin", "displayName": "Stand-in Bot", "chatMode": "bot"});
    Answer::json(200, &body)
}

/// A stateless token: 15 minutes on paper, here the account's one.
fn token(line: &Line, body: &Value) -> Outcome {
    if text(body, "client_secret") != line.account.channel_secret {
        return Err(Answer::json(400, &json!({"error": "invalid_client"})));
    }
    let token = &line.account.access_token;
    Ok(Answer::json(200, &json!({"token_type": "Bearer", "access_token": token, "expires_in": 900})))
}
