//! What the bot can ask of Discord, on the API and the CDN.
use super::replies::{self, Bad};
use super::tokens::{Dead, State};
use super::{Discord, limits, messages};
use crate::chat::{Answer, Call, MediaKind, World};
use serde_json::{Value, json};

/// A refusal is the error.
type Outcome = Result<Answer, Answer>;

pub(super) fn operation(call: &Call) -> &'static str {
    match (call.verb.as_str(), call.segments().as_slice()) {
        ("POST", ["api", _, "interactions", _, _, "callback"]) => "callback",
        ("POST", ["api", _, "webhooks", _, _]) => "followup",
        ("PATCH", ["api", _, "webhooks", _, _, "messages", _]) => "edit",
        ("DELETE", ["api", _, "webhooks", _, _, "messages", _]) => "delete",
        ("POST", ["api", _, "channels", _, "messages"]) => "send",
        ("POST", ["api", _, "channels", _, "typing"]) => "typing",
        ("GET", ["api", _, "users", "@me"]) => "info",
        ("GET", ["attachments" | "ephemeral-attachments", ..]) => "media",
        _ => "unknown",
    }
}

pub(super) fn error(status: u16, code: u32, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message, "code": code}))
}

pub(super) fn call(discord: &mut Discord, world: &mut World, operation: &str, call: &Call) -> Outcome {
    let segments = call.segments();
    let segment = |at: usize| segments.get(at).copied().unwrap_or_default();
    let body = call.parameters();
    match operation {
        "callback" => callback(discord, world, segment(3), segment(4), &body),
        "followup" | "edit" | "delete" if segment(3) != discord.account.application_id => {
            Err(dead(Dead::Unknown))
        }
        "followup" => follow_up(discord, world, segment(4), &body),
        "edit" => edit(discord, world, segment(4), segment(6), &body),
        "delete" => delete(discord, world, segment(4), segment(6)),
        "media" => media(world, call, segment(2)),
        _ if !is_bot(discord, call) => Err(error(401, 0, "401: Unauthorized")),
        "send" => send(discord, world, segment(3), &body),
        "typing" => typing(world, segment(3)),
        "info" => Ok(Answer::json(200, &json!({"id": discord.account.application_id, "bot": true}))),
        _ => Err(error(404, 0, "404: Not Found")),
    }
}

fn is_bot(discord: &Discord, call: &Call) -> bool {
    let token = call.header("authorization").and_then(|value| value.strip_prefix("Bot "));
    token == Some(&discord.account.bot_token)
}

fn dead(why: Dead) -> Answer {
    match why {
        Dead::Unknown => error(404, 10_015, "Unknown Webhook"),
        Dead::Expired => error(401, 50_027, "Invalid Webhook Token"),
        Dead::Acknowledged => error(400, 40_060, "Interaction has already been acknowledged."),
        Dead::TooLate => error(404, 10_062, "Unknown interaction"),
    }
}

fn callback(discord: &mut Discord, world: &mut World, id: &str, token: &str, body: &Value) -> Outcome {
    if discord.tokens.of(id).as_deref() != Some(token) {
        return Err(dead(Dead::TooLate));
    }
    match replies::take(discord, world, id, body) {
        Ok(()) => Ok(Answer::empty(204)),
        Err(Bad::Token(why)) => Err(dead(why)),
        Err(Bad::Message(answer)) => Err(answer),
        Err(Bad::Kind) => Err(error(400, 50_035, "Invalid Form Body")),
    }
}

fn follow_up(discord: &mut Discord, world: &mut World, token: &str, body: &Value) -> Outcome {
    let interaction = discord.tokens.open(token, world.now_ms).map_err(dead)?.clone();
    limits::check(body)?;
    let id = messages::write(world, &interaction.chat, interaction.thread, body);
    shown(discord, world, &interaction.chat, &id)
}

/// The first edit of what was deferred writes it; the same edit again changes nothing.
fn edit(discord: &mut Discord, world: &mut World, token: &str, which: &str, body: &Value) -> Outcome {
    let interaction = discord.tokens.open(token, world.now_ms).map_err(dead)?;
    limits::check(body)?;
    let chat = interaction.chat.clone();
    let id = match (which, &interaction.state) {
        ("@original", State::Deferred) => {
            let id = messages::write(world, &chat, interaction.thread.clone(), body);
            interaction.state = State::Answered(id.clone());
            return shown(discord, world, &chat, &id);
        }
        ("@original", State::Answered(id)) => id.clone(),
        ("@original", _) => return Err(unknown_message()),
        (id, _) => id.to_owned(),
    };
    if messages::edit(world, &chat, &id, body) {
        shown(discord, world, &chat, &id)
    } else {
        Err(unknown_message())
    }
}

fn delete(discord: &mut Discord, world: &mut World, token: &str, which: &str) -> Outcome {
    let interaction = discord.tokens.open(token, world.now_ms).map_err(dead)?;
    let id = match (which, &interaction.state) {
        ("@original", State::Answered(id)) => id.clone(),
        ("@original", State::Deferred) => {
            interaction.state = State::Deleted;
            return Ok(Answer::empty(204));
        }
        ("@original", _) => return Err(unknown_message()),
        (id, _) => id.to_owned(),
    };
    if which == "@original" {
        interaction.state = State::Deleted;
    }
    let line = world.chats.line_mut(&interaction.chat, &id).filter(|line| !line.unsent);
    line.ok_or_else(unknown_message)?.unsent = true;
    Ok(Answer::empty(204))
}

fn unknown_message() -> Answer {
    error(404, 10_008, "Unknown Message")
}

fn shown(discord: &Discord, world: &World, chat: &str, id: &str) -> Outcome {
    let line = world.chats.line(chat, id).ok_or_else(unknown_message)?;
    Ok(Answer::json(200, &messages::json(&discord.account, chat, line)))
}

/// A message in a channel. The same nonce again, when it is to be enforced, gives the first message back.
fn send(discord: &mut Discord, world: &mut World, channel: &str, body: &Value) -> Outcome {
    limits::check(body)?;
    let (chat, thread) = place(world, channel)?;
    let direct = world.chats.get(&chat).is_some_and(|chat| !chat.group);
    if direct && world.chats.is_blocked(&chat) {
        return Err(error(403, 50_007, "Cannot send messages to this user"));
    }
    let nonce =
        body.get("nonce").map(|nonce| nonce.as_str().map_or_else(|| nonce.to_string(), str::to_owned));
    let nonce = nonce.filter(|_| body.get("enforce_nonce") == Some(&json!(true)));
    if let Some(sent) = nonce.as_ref().and_then(|nonce| discord.nonces.find(channel, nonce, world.now_ms)) {
        return Ok(Answer::json(200, sent));
    }
    let id = messages::write(world, &chat, thread, body);
    let line = world.chats.line(&chat, &id).ok_or_else(unknown_message)?;
    let message = messages::json(&discord.account, &chat, line);
    if let Some(nonce) = nonce {
        discord.nonces.keep(channel, &nonce, message.clone(), world.now_ms);
    }
    Ok(Answer::json(200, &message))
}

/// The chat of a channel, or the chat and the thread when it is a thread.
fn place(world: &World, channel: &str) -> Result<(String, Option<String>), Answer> {
    if world.chats.get(channel).is_some() {
        return Ok((channel.to_owned(), None));
    }
    let is_in = |chat: &String| {
        let lines = world.chats.get(chat).map(|chat| chat.lines.iter());
        lines.into_iter().flatten().any(|line| line.thread.as_deref() == Some(channel))
    };
    let parent = world.chats.ids().into_iter().find(is_in);
    let parent = parent.ok_or_else(|| error(404, 10_003, "Unknown Channel"))?;
    Ok((parent, Some(channel.to_owned())))
}

fn typing(world: &mut World, channel: &str) -> Outcome {
    let (chat, _) = place(world, channel)?;
    world.chats.sign(&chat, "typing", world.now_ms);
    Ok(Answer::empty(204))
}

/// No token is needed, but the link ends.
fn media(world: &World, call: &Call, id: &str) -> Outcome {
    let ends = call.query("ex").and_then(|ends| u64::from_str_radix(&ends, 16).ok());
    let good = ends.is_some_and(|ends| world.now_ms / 1000 <= ends);
    let gone = || Answer::bytes(404, "text/plain", b"This content is no longer available.".to_vec());
    let media = world.media.get(id).filter(|_| good).ok_or_else(gone)?;
    let kind = match media.kind {
        MediaKind::Voice => "audio/ogg",
        MediaKind::Image => "image/jpeg",
    };
    Ok(Answer::bytes(200, kind, media.bytes.clone()))
}
