//! Notifications in WhatsApp's words:
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
use super::{Account, numbers};
use crate::chat::{self, Event, Media, MediaKind, Pressed, Said, Wire, World};
use crate::json::{deep, with, without_nulls};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How long a link to media is good.
const LINK_S: u64 = 300;

pub(super) fn said(account: &Account, world: &mut World, said: &Said) -> Vec<Event> {
    let what = without_nulls(what(account, world, said));
    vec![message(account, world, said.chat, said.user(), (&said.line.message_id, said.line.at_ms), what)]
}

fn what(account: &Account, world: &World, said: &Said) -> Value {
    let caption = said.say.text.as_deref();
    if let Some(place) = &said.say.location {
        let location = without_nulls(json!({
            "latitude": place.latitude, "longitude": place.longitude, "name": place.title, "address": place.address,
        }));
        return json!({"type": "location", "location": location});
    }
    match said.media {
        Some((id, media)) if media.kind == MediaKind::Voice => {
            let voice = json!({"voice": true});
            json!({"type": "audio", "audio": with(described(world, id, media), voice)})
        }
        Some((id, media)) => {
            let caption = without_nulls(json!({ "caption": caption }));
            json!({"type": "image", "image": with(described(world, id, media), caption)})
        }
        None if said.say.mention => {
            let body = format!("@{} {}", account.display_phone_number, said.line.text);
            json!({"type": "text", "text": {"body": body}})
        }
        None => json!({"type": "text", "text": {"body": said.line.text}}),
    }
}

/// What is said of media, in a message and when the bot asks.
pub(super) fn described(world: &World, id: &str, media: &Media) -> Value {
    json!({"id": id, "mime_type": mime_type(media), "sha256": sha256(media), "url": link(world, id)})
}

pub(super) fn mime_type(media: &Media) -> &'static str {
    match media.kind {
        MediaKind::Voice => "audio/ogg; codecs=opus",
        MediaKind::Image => "image/jpeg",
    }
}

fn sha256(media: &Media) -> String {
    STANDARD.encode(Sha256::digest(&media.bytes))
}

/// On the host that is `lookaside.fbsbx.com` in the world.
fn link(world: &World, id: &str) -> String {
    let ends = world.now_ms / 1000 + LINK_S;
    format!("{}/whatsapp_business/attachments/?mid={id}&source=webhook&ext={ends}&hash=ARm", world.base_url)
}

/// A reply button or a row of a list, as the message that was pressed has it.
pub(super) fn pressed(account: &Account, world: &mut World, pressed: &Pressed) -> Vec<Event> {
    let list = pressed.line.as_ref().is_some_and(|line| deep(&line.raw, "/interactive", "type") == "list");
    let kind = if list { "list_reply" } else { "button_reply" };
    let reply = json!({"type": kind, kind: {"id": pressed.data, "title": pressed.label()}});
    let context = pressed.line.as_ref();
    let context = context.map(|line| json!({"from": account.display_phone_number, "id": line.message_id}));
    let what = without_nulls(json!({"type": "interactive", "interactive": reply, "context": context}));
    let id = numbers::wamid(&mut world.ids, pressed.chat);
    vec![message(account, world, pressed.chat, pressed.user, (&id, pressed.at_ms), what)]
}

pub(super) fn edited(account: &Account, world: &mut World, chat: &str, line: &chat::Line) -> Vec<Event> {
    let new = json!({"type": "text", "text": {"body": line.text}});
    let edit = json!({"original_message_id": line.message_id, "message": new});
    about(account, world, chat, line, json!({"type": "edit", "edit": edit}))
}

pub(super) fn unsent(account: &Account, world: &mut World, chat: &str, line: &chat::Line) -> Vec<Event> {
    let revoke = json!({"original_message_id": line.message_id});
    about(account, world, chat, line, json!({"type": "revoke", "revoke": revoke}))
}

fn about(account: &Account, world: &mut World, chat: &str, line: &chat::Line, what: Value) -> Vec<Event> {
    let id = numbers::wamid(&mut world.ids, chat);
    let user = line.user.as_deref().unwrap_or(chat);
    vec![message(account, world, chat, user, (&id, world.now_ms), what)]
}

/// One message with its id and time, in its envelope.
fn message(
    account: &Account,
    world: &World,
    chat: &str,
    user: &str,
    (id, at_ms): (&str, u64),
    what: Value,
) -> Event {
    let group = world.chats.get(chat).is_some_and(|chat| chat.group).then_some(chat);
    let frame = without_nulls(json!({
        "from": numbers::phone(user), "from_user_id": numbers::scoped(user), "group_id": group,
        "id": id, "timestamp": (at_ms / 1000).to_string(),
    }));
    let name = world.chats.get(chat).and_then(|chat| chat.name.as_deref()).unwrap_or("Aino Virtanen");
    let value = json!({"contacts": [contact(user, name)], "messages": [with(frame, what)]});
    let wire = Wire::Json(envelope(account, value));
    Event { id: id.to_owned(), chat: chat.to_owned(), message_id: Some(id.to_owned()), wire }
}

fn contact(user: &str, name: &str) -> Value {
    let profile = json!({ "name": name });
    let contact =
        json!({"profile": profile, "wa_id": numbers::phone(user), "user_id": numbers::scoped(user)});
    without_nulls(contact)
}

/// What became of a message of the bot: `sent`, `delivered`, or `failed` with an error.
pub(super) fn status(
    account: &Account,
    world: &World,
    (chat, message_id): (&str, &str),
    status: &str,
    more: Value,
) -> Event {
    let frame = without_nulls(json!({
        "id": message_id, "status": status, "timestamp": (world.now_ms / 1000).to_string(),
        "recipient_id": numbers::phone(chat), "recipient_user_id": numbers::scoped(chat),
    }));
    let wire = Wire::Json(envelope(account, json!({"statuses": [with(frame, without_nulls(more))]})));
    let id = format!("{message_id}:{status}");
    Event { id, chat: chat.to_owned(), message_id: Some(message_id.to_owned()), wire }
}

fn envelope(account: &Account, what: Value) -> Value {
    let number = json!({
        "display_phone_number": account.display_phone_number, "phone_number_id": account.phone_number_id,
    });
    let value = with(json!({"messaging_product": "whatsapp", "metadata": number}), what);
    let changes = json!([{"field": "messages", "value": value}]);
    let entry = json!([{"id": account.business_account_id, "changes": changes}]);
    json!({"object": "whatsapp_business_account", "entry": entry})
}
