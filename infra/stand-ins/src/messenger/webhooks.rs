//! Events in Messenger's words: <https://developers.facebook.com/docs/messenger-platform/reference/webhook-events>
use super::Account;
use crate::chat::{self, Event, Ids, MediaKind, Pressed, Said, Wire, World};
use crate::json::{objects, text, with, without_nulls};
use serde_json::{Value, json};

/// How long a link to an attachment is good: about a day.
const LINK_S: u64 = 24 * 3600;

pub(super) fn mid(ids: &mut Ids) -> String {
    format!("m_{}-{}", ids.hex(44), ids.hex(40))
}

pub(super) fn said(account: &Account, world: &mut World, said: &Said) -> Vec<Event> {
    let mid = &said.line.message_id;
    let attachment = attachment(world, said).map(|attachment| json!([attachment]));
    let message = json!({"mid": mid, "text": said.say.text, "attachments": attachment});
    let what = json!({ "message": without_nulls(message) });
    vec![event(account, said.chat, said.line.at_ms, (mid, Some(mid.as_str())), what)]
}

fn attachment(world: &World, said: &Said) -> Option<Value> {
    if let Some(place) = &said.say.location {
        let coordinates = json!({"lat": place.latitude, "long": place.longitude});
        let url = "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.bing.com%2Fmaps";
        let payload = json!({ "coordinates": coordinates });
        let attachment = json!({"type": "location", "title": place.title, "url": url, "payload": payload});
        return Some(without_nulls(attachment));
    }
    let (id, media) = said.media?;
    let (kind, file) = match media.kind {
        MediaKind::Voice => ("audio", "audioclip.mp4"),
        MediaKind::Image => ("image", "n.jpg"),
    };
    let ends = world.now_ms / 1000 + LINK_S;
    let url = format!("{}/v/t59.3654-21/{id}/{file}?_nc_cat=101&oh=03_3097e26b&oe={ends:X}", world.base_url);
    Some(json!({"type": kind, "payload": {"url": url}}))
}

/// A quick reply is a message; any other button is a postback.
pub(super) fn pressed(account: &Account, world: &mut World, pressed: &Pressed) -> Vec<Event> {
    let mid = mid(&mut world.ids);
    let quick = |json: &Value| text(json, "content_type") == "text" && text(json, "payload") == pressed.data;
    let quick = pressed.line.as_ref().is_some_and(|line| !objects(&line.raw, &quick).is_empty());
    let (what, message_id) = if quick {
        world.chats.user_says(pressed, &mid, pressed.label());
        let payload = json!({"payload": pressed.data});
        let message = json!({"mid": mid, "text": pressed.label(), "quick_reply": payload});
        (json!({ "message": message }), Some(mid.as_str()))
    } else {
        (json!({"postback": {"title": pressed.label(), "payload": pressed.data, "mid": mid}}), None)
    };
    vec![event(account, pressed.chat, pressed.at_ms, (&mid, message_id), what)]
}

/// The mid is that of the message, so the event's id needs the kind and the count.
pub(super) fn edited(account: &Account, world: &World, line: &chat::Line, count: u32) -> Vec<Event> {
    let mid = &line.message_id;
    let what = json!({"message_edit": {"mid": mid, "text": line.text, "num_edit": count}});
    vec![by_writer(account, world, line, &format!("{mid}:edit:{count}"), what)]
}

pub(super) fn unsent(account: &Account, world: &World, line: &chat::Line) -> Vec<Event> {
    let mid = &line.message_id;
    let what = json!({"message": {"mid": mid, "is_deleted": true}});
    vec![by_writer(account, world, line, &format!("{mid}:deleted"), what)]
}

fn by_writer(account: &Account, world: &World, line: &chat::Line, id: &str, what: Value) -> Event {
    let user = line.user.as_deref().unwrap_or_default();
    event(account, user, world.now_ms, (id, Some(&line.message_id)), what)
}

/// The bot's own message as the page sees it.
pub(super) fn echo(account: &Account, world: &World, user: &str, mid: &str, message: &Value) -> Event {
    let echo = without_nulls(json!({
        "mid": mid, "text": message.get("text"), "is_echo": true, "app_id": account.app_id,
        "metadata": message.get("metadata"),
    }));
    let (sender, recipient) = (json!({"id": account.page_id}), json!({"id": user}));
    let what = json!({"sender": sender, "recipient": recipient, "message": echo});
    event(account, user, world.now_ms, (&format!("{mid}:echo"), Some(mid)), what)
}

pub(super) fn delivery(account: &Account, world: &World, user: &str, mid: &str) -> Event {
    let what = json!({"delivery": {"mids": [mid], "watermark": world.now_ms}});
    event(account, user, world.now_ms, (&format!("{mid}:delivery"), Some(mid)), what)
}

/// From the user to the page, unless `what` says otherwise. The ids are the event's and its message's.
fn event(
    account: &Account,
    user: &str,
    at_ms: u64,
    (id, message_id): (&str, Option<&str>),
    what: Value,
) -> Event {
    let (sender, recipient) = (json!({"id": user}), json!({"id": account.page_id}));
    let frame = json!({"sender": sender, "recipient": recipient, "timestamp": at_ms});
    let entry = json!({"id": account.page_id, "time": at_ms, "messaging": [with(frame, what)]});
    let wire = Wire::Json(json!({"object": "page", "entry": [entry]}));
    Event { id: id.to_owned(), chat: user.to_owned(), message_id: message_id.map(str::to_owned), wire }
}
