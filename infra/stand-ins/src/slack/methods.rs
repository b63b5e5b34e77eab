//! What the bot can ask of Slack. An error is HTTP 200 with `ok: false`.
use super::hooks::Hook;
use super::interactions::{data, is_button};
use super::{Slack, limits, ts, webhooks};
use crate::chat::{Answer, Author, BotLine, Button, Call, World};
use crate::json::{deep, objects, text, with, without_nulls};
use serde_json::{Value, json};

/// A refusal has Slack's name for it.
type Outcome = Result<Value, &'static str>;

pub(super) fn operation(call: &Call) -> &'static str {
    match (call.verb.as_str(), call.segments().as_slice()) {
        (_, ["api", "chat.postMessage" | "chat.postEphemeral"]) => "send",
        (_, ["api", "chat.update"]) => "edit",
        (_, ["api", "chat.delete"]) => "delete",
        (_, ["api", "assistant.threads.setStatus"]) => "typing",
        (_, ["api", "users.info"]) => "profile",
        (_, ["api", "auth.test"]) => "info",
        ("POST", ["commands" | "actions", _, _, _]) => "respond",
        ("GET", ["files-pri", ..]) => "media",
        _ => "unknown",
    }
}

pub(super) fn call(
    slack: &mut Slack,
    world: &mut World,
    operation: &str,
    call: &Call,
) -> Result<Answer, Answer> {
    let mut body = call.parameters();
    if body.is_null() {
        body = form(&call.query);
    }
    // In a form the blocks are JSON inside a text.
    if let Some(blocks) =
        body.get("blocks").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok())
    {
        let blocks: Value = blocks;
        body = with(body, json!({ "blocks": blocks }));
    }
    match operation {
        "respond" => return respond(slack, world, call, &body),
        "media" => return Ok(media(slack, world, call)),
        _ => {}
    }
    let token = call.bearer().or_else(|| body.get("token").and_then(Value::as_str));
    let outcome = match token {
        None => Err("not_authed"),
        Some(token) if token != slack.account.bot_token => Err("invalid_auth"),
        Some(_) => carry_out(slack, world, operation, &body),
    };
    Ok(match outcome {
        Ok(fields) => Answer::json(200, &with(json!({"ok": true}), fields)),
        Err(name) => Answer::json(200, &json!({"ok": false, "error": name})),
    })
}

fn form(query: &str) -> Value {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    fields
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn carry_out(slack: &Slack, world: &mut World, operation: &str, body: &Value) -> Outcome {
    match operation {
        "send" => post_message(slack, world, body),
        "edit" => update(world, body),
        "delete" => delete(world, body),
        "typing" => set_status(world, body),
        "profile" => user_info(slack, world, body),
        "info" => Ok(json!({
            "url": "https://demo.slack.com/", "team": "Demo", "user": "stand_in_bot",
            "team_id": slack.account.team_id, "user_id": slack.account.bot_user_id, "bot_id": slack.account.bot_id,
        })),
        _ => Err("unknown_method"),
    }
}

/// A user's id stands for the direct messages with the user.
fn channel(world: &World, wanted: &str) -> Result<String, &'static str> {
    let direct = wanted.strip_prefix('U').map(|rest| format!("D{rest}"));
    let chat = direct.unwrap_or_else(|| wanted.to_owned());
    if world.chats.get(&chat).is_some() { Ok(chat) } else { Err("channel_not_found") }
}

fn post_message(slack: &Slack, world: &mut World, body: &Value) -> Outcome {
    let chat = channel(world, text(body, "channel"))?;
    limits::check(body)?;
    let ts = ts(&mut world.ids, world.now_ms);
    let thread = body.get("thread_ts").and_then(Value::as_str).map(str::to_owned);
    let said = bot_line(ts.clone(), thread.clone(), body);
    let account = &slack.account;
    let message = without_nulls(json!({
        "type": "message", "user": account.bot_user_id, "bot_id": account.bot_id, "app_id": account.app_id,
        "team": account.team_id, "text": said.text, "ts": ts, "thread_ts": thread, "blocks": body.get("blocks"),
    }));
    world.chats.bot_says(&chat, said, world.now_ms);
    Ok(json!({"channel": chat, "ts": ts, "message": message}))
}

fn bot_line(message_id: String, thread: Option<String>, body: &Value) -> BotLine {
    BotLine { message_id, text: words(body), thread, buttons: buttons(body), raw: body.clone() }
}

/// The text, the Markdown, or what the blocks say.
fn words(body: &Value) -> String {
    let said = [text(body, "text"), text(body, "markdown_text")];
    let of_blocks = || {
        let blocks = body.get("blocks").and_then(Value::as_array).into_iter().flatten();
        let text_of = |block| [deep(block, "", "text"), deep(block, "/text", "text")].concat();
        blocks.map(text_of).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    };
    let said = said.into_iter().find(|text| !text.is_empty()).map_or_else(of_blocks, str::to_owned);
    said.chars().take(limits::TEXT_MAX).collect()
}

pub(super) fn buttons(body: &Value) -> Vec<Button> {
    let button = |json: &Value| Button { label: deep(json, "/text", "text").into(), data: data(json).into() };
    objects(body, &is_button).into_iter().map(button).collect()
}

fn update(world: &mut World, body: &Value) -> Outcome {
    let chat = channel(world, text(body, "channel"))?;
    limits::check(body)?;
    let (ts, now_ms) = (text(body, "ts"), world.now_ms);
    let line = world.chats.line_mut(&chat, ts).ok_or("message_not_found")?;
    if line.from != Author::Bot {
        return Err("cant_update_message");
    }
    line.text = words(body);
    line.edited_at_ms = Some(now_ms);
    (line.buttons, line.raw) = (buttons(body), body.clone());
    Ok(json!({"channel": chat, "ts": ts, "text": words(body)}))
}

fn delete(world: &mut World, body: &Value) -> Outcome {
    let chat = channel(world, text(body, "channel"))?;
    let ts = text(body, "ts");
    let line = world.chats.line_mut(&chat, ts).ok_or("message_not_found")?;
    if line.from != Author::Bot {
        return Err("cant_delete_message");
    }
    line.unsent = true;
    Ok(json!({"channel": chat, "ts": ts}))
}

/// An empty status takes the sign away.
fn set_status(world: &mut World, body: &Value) -> Outcome {
    let chat = channel(world, text(body, "channel_id"))?;
    if text(body, "thread_ts").is_empty() {
        return Err("invalid_arguments");
    }
    let kind = if text(body, "status").is_empty() { "typing_off" } else { "typing" };
    world.chats.sign(&chat, kind, world.now_ms);
    Ok(json!({}))
}

fn user_info(slack: &Slack, world: &World, body: &Value) -> Outcome {
    let user = text(body, "user");
    let chats = world.chats.ids();
    let theirs = chats.iter().filter_map(|id| world.chats.get(id)).find(|chat| chat.user == user);
    let theirs = theirs.ok_or("user_not_found")?;
    let wanted = body.get("include_locale").is_some_and(|flag| flag == true || flag == "true" || flag == "1");
    let locale = theirs.language.as_ref().filter(|_| wanted);
    let name = theirs.name.as_deref().unwrap_or("Aino");
    let info = json!({
        "id": user, "team_id": slack.account.team_id, "name": "aino", "real_name": name, "locale": locale,
        "is_bot": false, "profile": {"real_name": name, "display_name": name},
    });
    Ok(json!({"user": without_nulls(info)}))
}

/// Needs no token: whoever has the URL may answer.
fn respond(slack: &mut Slack, world: &mut World, call: &Call, body: &Value) -> Result<Answer, Answer> {
    let refused = |name: &str| Answer::json(404, &json!({"ok": false, "error": name}));
    let Hook { chat, thread, message_id, .. } =
        slack.hooks.take(&call.path, world.now_ms).map_err(refused)?;
    let replaces = body.get("replace_original").is_some_and(|flag| flag == true || flag == "true");
    if let Some(original) = message_id.filter(|_| replaces) {
        let update_of = with(body.clone(), json!({"channel": chat, "ts": original}));
        update(world, &update_of).map_err(refused)?;
    } else {
        limits::check(body).map_err(refused)?;
        let said = bot_line(ts(&mut world.ids, world.now_ms), thread, body);
        world.chats.bot_says(&chat, said, world.now_ms);
    }
    Ok(Answer::bytes(200, "text/html", b"ok".to_vec()))
}

/// Without the right to read, a login page with status 200.
fn media(slack: &Slack, world: &World, call: &Call) -> Answer {
    if call.bearer() != Some(&slack.account.bot_token) {
        let page =
            "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to Demo</body></html>";
        return Answer::bytes(200, "text/html; charset=utf-8", page.as_bytes().to_vec());
    }
    let segments = call.segments();
    let id = segments.get(1).and_then(|place| place.split_once('-')).map(|(_, id)| id);
    match id.and_then(|id| world.media.get(id)) {
        Some(media) => Answer::bytes(200, webhooks::mime_type(media.kind), media.bytes.clone()),
        None => Answer::bytes(404, "text/html", b"Not found".to_vec()),
    }
}
