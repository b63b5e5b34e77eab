//! What the bot can ask of Messenger, on the Graph API and the hosts of attachments.
use super::{Account, limits, webhooks};
use crate::chat::{Answer, BotLine, Button, Call, Event, MediaKind, Reply, World};
use crate::json::{deep, objects, text, without_nulls};
use crate::meta::{self, WINDOW_MS};
use serde_json::{Value, json};

/// With the tag HUMAN_AGENT.
const HUMAN_WINDOW_MS: u64 = 7 * WINDOW_MS;

/// A refusal is the error.
type Outcome = Result<Reply, Answer>;

pub(super) fn operation(call: &Call) -> &'static str {
    match (call.verb.as_str(), call.segments().as_slice()) {
        ("POST", [_, _, "messages"]) => match text(&call.parameters(), "sender_action") {
            "" => "send",
            "typing_on" | "typing_off" => "typing",
            "mark_seen" => "read",
            _ => "react",
        },
        ("GET", ["v", "t59.3654-21", _, _]) => "media",
        ("GET", [_, _]) => "profile",
        _ => "unknown",
    }
}

pub(super) fn call(account: &Account, world: &mut World, operation: &str, call: &Call) -> Outcome {
    let segments = call.segments();
    if operation == "media" {
        return media(world, call, segments.get(2).copied().unwrap_or_default());
    }
    if !meta::has_token(call, &account.page_access_token) {
        return Err(meta::unauthorized());
    }
    let (body, named) = (call.parameters(), segments.get(1).copied().unwrap_or_default());
    let of_page = named == account.page_id || named == "me";
    match operation {
        "send" if of_page => send(account, world, &body),
        "typing" | "read" | "react" if of_page => sign(world, &body),
        "profile" => profile(world, named),
        _ => Err(meta::error(400, 100, Some(33), "Unsupported request. Object does not exist", None)),
    }
}

fn send(account: &Account, world: &mut World, body: &Value) -> Outcome {
    let message = body.get("message").unwrap_or(&Value::Null);
    limits::check(message)?;
    let user = recipient(world, body)?;
    check_window(world, &user, body)?;
    let mid = webhooks::mid(&mut world.ids);
    let said = [text(message, "text"), deep(message, "/attachment/payload", "text")];
    let text = said.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned();
    let (buttons, raw) = (buttons(message), message.clone());
    let said = BotLine { message_id: mid.clone(), text, thread: None, buttons, raw };
    world.chats.bot_says(&user, said, world.now_ms);
    let events = receipts(account, world, &user, &mid, message);
    let answer = Answer::json(200, &json!({"recipient_id": user, "message_id": mid}));
    Ok(Reply { answer, events })
}

/// A user who has written to the page and has not blocked it.
fn recipient(world: &World, body: &Value) -> Result<String, Answer> {
    let user = deep(body, "/recipient", "id");
    if world.chats.get(user).is_none() {
        return Err(meta::error(400, 100, Some(2_018_001), "No matching user found.", None));
    }
    if world.chats.is_blocked(user) {
        return Err(meta::error(400, 551, Some(1_545_041), "This person is not available right now.", None));
    }
    Ok(user.to_owned())
}

/// Of the tags only the one for humans is left, since 2026-04-27.
fn check_window(world: &World, user: &str, body: &Value) -> Result<(), Answer> {
    let window = match (text(body, "messaging_type"), text(body, "tag")) {
        ("MESSAGE_TAG", "HUMAN_AGENT") => HUMAN_WINDOW_MS,
        ("MESSAGE_TAG", _) => return Err(limits::invalid(None, "The tag is not supported")),
        _ => WINDOW_MS,
    };
    if world.chats.heard_within(user, world.now_ms, window) {
        return Ok(());
    }
    Err(meta::error(400, 10, Some(2_018_278), "This message is sent outside of allowed window.", None))
}

/// Quick replies and postback buttons have a payload and a title.
fn buttons(message: &Value) -> Vec<Button> {
    let pressable = objects(message, &|json| json.get("payload").is_some_and(Value::is_string));
    let button =
        |json: &Value| Button { label: text(json, "title").into(), data: text(json, "payload").into() };
    pressable.into_iter().map(button).collect()
}

fn receipts(account: &Account, world: &World, user: &str, mid: &str, message: &Value) -> Vec<Event> {
    if !account.receipts {
        return Vec::new();
    }
    let echo = webhooks::echo(account, world, user, mid, message);
    vec![echo, webhooks::delivery(account, world, user, mid)]
}

fn sign(world: &mut World, body: &Value) -> Outcome {
    let user = recipient(world, body)?;
    let kind = match text(body, "sender_action") {
        "typing_on" => "typing",
        "mark_seen" => "read",
        other => other,
    };
    world.chats.sign(&user, kind, world.now_ms);
    Ok(Answer::json(200, &json!({ "recipient_id": user })).into())
}

fn profile(world: &World, user: &str) -> Outcome {
    let chat = world.chats.get(user);
    let chat = chat.ok_or_else(|| meta::error(400, 100, Some(33), "Object does not exist", None))?;
    let name = chat.name.as_deref().unwrap_or("Aino Virtanen");
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let locale = chat.language.as_deref().map(|language| language.replace('-', "_"));
    let body = json!({"id": user, "first_name": first, "last_name": last, "locale": locale});
    Ok(Answer::json(200, &without_nulls(body)).into())
}

/// No token is needed, but the link ends.
fn media(world: &World, call: &Call, id: &str) -> Outcome {
    let ends = call.query("oe").and_then(|ends| u64::from_str_radix(&ends, 16).ok());
    let media = world.media.get(id).filter(|_| meta::link_is_good(ends, world.now_ms));
    let media = media.ok_or_else(|| Answer::bytes(403, "text/plain", b"URL signature expired".to_vec()))?;
    let kind = match media.kind {
        MediaKind::Voice => "video/mp4",
        MediaKind::Image => "image/jpeg",
    };
    Ok(Answer::bytes(200, kind, media.bytes.clone()).into())
}
