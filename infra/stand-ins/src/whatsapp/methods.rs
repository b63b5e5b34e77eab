//! What the bot can ask of WhatsApp, on the Graph API and the media host.
use super::{Account, limits, numbers, webhooks};
use crate::chat::{Answer, BotLine, Button, Call, Event, Reply, World};
use crate::json::{deep, objects, text, with, without_nulls};
use crate::meta::{self, WINDOW_MS};
use serde_json::{Value, json};

/// A refusal is the error.
type Outcome = Result<Reply, Answer>;

pub(super) fn operation(call: &Call) -> &'static str {
    match (call.verb.as_str(), call.segments().as_slice()) {
        ("POST", [_, _, "messages"]) if text(&call.parameters(), "status") == "read" => "read",
        ("POST", [_, _, "messages"]) => "send",
        ("GET", ["whatsapp_business", ..]) => "download",
        ("GET", [_, _]) => "media",
        _ => "unknown",
    }
}

pub(super) fn call(account: &Account, world: &mut World, operation: &str, call: &Call) -> Outcome {
    if !meta::has_token(call, &account.access_token) {
        return Err(meta::unauthorized());
    }
    let body = call.parameters();
    let named = call.segments().get(1).copied().unwrap_or_default();
    match operation {
        "send" | "read" if named != account.phone_number_id => Err(unknown_object()),
        "send" => send(account, world, &body),
        "read" => read(world, &body),
        "media" => media(world, named),
        "download" => download(world, call),
        _ => Err(unknown_object()),
    }
}

fn unknown_object() -> Answer {
    let why = "Unsupported request. Object does not exist, or cannot be loaded due to missing permissions";
    meta::error(400, 100, Some(33), why, None)
}

fn send(account: &Account, world: &mut World, body: &Value) -> Outcome {
    limits::check(body)?;
    let recipient =
        ["to", "recipient"].map(|field| text(body, field)).into_iter().find(|name| !name.is_empty());
    let recipient = recipient.ok_or_else(|| limits::invalid(100, "The parameter to is required."))?;
    let chat = numbers::chat(world, recipient);
    let free = world.chats.heard_within(&chat, world.now_ms, WINDOW_MS);
    if !free && text(body, "type") != "template" {
        let why = "More than 24 hours have passed since the customer last replied.";
        return Err(meta::error(400, 131_047, None, "Re-engagement message", Some(why)));
    }
    let id = numbers::wamid(&mut world.ids, &chat);
    let events = if world.chats.is_blocked(&chat) {
        vec![undeliverable(account, world, &chat, &id)]
    } else {
        write(world, &chat, &id, body);
        receipts(account, world, &chat, &id, body)
    };
    let contact =
        json!({"input": recipient, "wa_id": numbers::phone(&chat), "user_id": numbers::scoped(&chat)});
    let message = json!({"id": id, "message_status": "accepted"});
    let sent = json!({
        "messaging_product": "whatsapp", "contacts": [without_nulls(contact)], "messages": [message],
    });
    Ok(Reply { answer: Answer::json(200, &sent), events })
}

fn write(world: &mut World, chat: &str, id: &str, body: &Value) {
    let said = [
        deep(body, "/text", "body"),
        deep(body, "/interactive/body", "text"),
        deep(body, "/template", "name"),
    ];
    let text = said.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned();
    let (buttons, raw) = (buttons(body), body.clone());
    let said = BotLine { message_id: id.to_owned(), text, thread: None, buttons, raw };
    world.chats.bot_says(chat, said, world.now_ms);
}

/// Reply buttons and the rows of lists have an id and a title.
fn buttons(body: &Value) -> Vec<Button> {
    let choices = objects(body, &|json| json.get("id").is_some() && json.get("title").is_some());
    let button =
        |choice: &Value| Button { label: text(choice, "title").into(), data: text(choice, "id").into() };
    choices.into_iter().map(button).collect()
}

fn receipts(account: &Account, world: &World, chat: &str, id: &str, body: &Value) -> Vec<Event> {
    let kinds: &[&str] = if account.receipts { &["sent", "delivered"] } else { &[] };
    let opaque = body.get("biz_opaque_callback_data");
    let pricing = json!({
        "billable": false, "pricing_model": "PMP", "category": "service", "type": "free_customer_service",
    });
    let more = json!({"biz_opaque_callback_data": opaque, "pricing": pricing});
    kinds.iter().map(|kind| webhooks::status(account, world, (chat, id), kind, more.clone())).collect()
}

/// A user who blocks the bot just does not get it; whether this is said so at the real place is not documented.
fn undeliverable(account: &Account, world: &World, chat: &str, id: &str) -> Event {
    let data = json!({"details": "Message Undeliverable."});
    let why = "Message undeliverable";
    let error = json!({"code": 131_026, "title": why, "message": why, "error_data": data});
    webhooks::status(account, world, (chat, id), "failed", json!({"errors": [error]}))
}

/// Marking as read and the typing sign are one call.
fn read(world: &mut World, body: &Value) -> Outcome {
    let chat = world.chats.chat_of(text(body, "message_id")).map(str::to_owned);
    let chat = chat.ok_or_else(|| limits::invalid(131_009, "Message ID is not valid"))?;
    world.chats.sign(&chat, "read", world.now_ms);
    if body.get("typing_indicator").is_some() {
        world.chats.sign(&chat, "typing", world.now_ms);
    }
    Ok(Answer::json(200, &json!({"success": true})).into())
}

fn media(world: &World, id: &str) -> Outcome {
    let media = world.media.get(id).ok_or_else(unknown_object)?;
    let more = json!({"messaging_product": "whatsapp", "file_size": media.bytes.len()});
    Ok(Answer::json(200, &with(webhooks::described(world, id, media), more)).into())
}

fn download(world: &World, call: &Call) -> Outcome {
    let ends = call.query("ext").and_then(|ends| ends.parse().ok());
    let media = call.query("mid").and_then(|id| world.media.get(&id));
    let media = media.filter(|_| meta::link_is_good(ends, world.now_ms));
    let media = media.ok_or_else(|| meta::error(404, 100, Some(33), "Media not found", None))?;
    Ok(Answer::bytes(200, webhooks::mime_type(media), media.bytes.clone()).into())
}
