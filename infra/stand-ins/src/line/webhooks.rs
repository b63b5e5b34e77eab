//! Events in LINE's words: <https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects>
use super::Line;
use crate::chat::{self, Event, MediaKind, Pressed, Said, Wire, World};
use crate::json::{objects, text, with, without_nulls};
use serde_json::{Value, json};

/// Voice is as long as this on paper: the bytes are not decoded.
const VOICE_MS: u64 = 4280;
const BOT_NAME: &str = "@Stand-in Bot";

pub(super) fn said(line: &mut Line, world: &mut World, said: &Said) -> Vec<Event> {
    let read_token = world.ids.hex(43);
    let message = with(message(line, world, said), json!({"markAsReadToken": read_token}));
    line.read_tokens.insert(read_token, said.chat.to_owned());
    let what = json!({"type": "message", "message": message});
    let about = About { user: Some(said.user()), at_ms: said.line.at_ms, wanted: said.say.event.clone() };
    let event = event(line, world, said.chat, what, about, true);
    vec![Event { message_id: Some(said.line.message_id.clone()), ..event }]
}

fn message(line: &Line, world: &mut World, said: &Said) -> Value {
    let id = &said.line.message_id;
    let provider = json!({"type": "line"});
    if let Some(place) = &said.say.location {
        return without_nulls(json!({
            "type": "location", "id": id, "title": place.title, "address": place.address,
            "latitude": place.latitude, "longitude": place.longitude,
        }));
    }
    match said.media.map(|(_, media)| media.kind) {
        Some(MediaKind::Voice) => {
            json!({"type": "audio", "id": id, "duration": VOICE_MS, "contentProvider": provider})
        }
        Some(MediaKind::Image) => {
            json!({"type": "image", "id": id, "quoteToken": world.ids.hex(54), "contentProvider": provider})
        }
        None => text_message(line, world, said),
    }
}

/// A mention stands before the words.
fn text_message(line: &Line, world: &mut World, said: &Said) -> Value {
    let (id, quote, words) = (&said.line.message_id, world.ids.hex(54), &said.line.text);
    if !said.say.mention {
        return json!({"type": "text", "id": id, "quoteToken": quote, "text": words});
    }
    let mention = json!({"mentionees": [{
        "index": 0, "length": BOT_NAME.encode_utf16().count(), "type": "user",
        "userId": line.account.bot_user_id, "isSelf": true,
    }]});
    let text = format!("{BOT_NAME} {words}");
    json!({"type": "text", "id": id, "quoteToken": quote, "text": text, "mention": mention})
}

/// A postback, or the words that a message action puts into the user's mouth.
pub(super) fn pressed(line: &mut Line, world: &mut World, pressed: &Pressed) -> Vec<Event> {
    let about = About { user: Some(pressed.user), at_ms: pressed.at_ms, wanted: None };
    let says = |action: &Value| text(action, "type") == "message" && text(action, "text") == pressed.data;
    let spoken = pressed.line.as_ref().is_some_and(|line| !objects(&line.raw, &says).is_empty());
    if !spoken {
        let what = json!({"type": "postback", "postback": {"data": pressed.data}});
        return vec![event(line, world, pressed.chat, what, about, true)];
    }
    let (id, quote) = (format!("58{}", world.ids.number()), world.ids.hex(54));
    world.chats.user_says(pressed, &id, pressed.data);
    let message = json!({"type": "text", "id": id, "quoteToken": quote, "text": pressed.data});
    let event = event(line, world, pressed.chat, json!({"type": "message", "message": message}), about, true);
    vec![Event { message_id: Some(id), ..event }]
}

pub(super) fn edited(line: &mut Line, world: &mut World, chat: &str, changed: &chat::Line) -> Vec<Event> {
    let (id, quote) = (&changed.message_id, world.ids.hex(54));
    let message = json!({"type": "text", "id": id, "quoteToken": quote, "text": changed.text});
    let what = json!({"type": "messageEdited", "message": message});
    vec![event(line, world, chat, what, About::now(changed.user.as_deref(), world.now_ms), true)]
}

pub(super) fn unsent(line: &mut Line, world: &mut World, chat: &str, gone: &chat::Line) -> Vec<Event> {
    let what = json!({"type": "unsend", "unsend": {"messageId": gone.message_id}});
    vec![event(line, world, chat, what, About::now(gone.user.as_deref(), world.now_ms), false)]
}

/// A friend leaves or comes; in a group it is the bot that leaves or comes.
pub(super) fn blocked(line: &mut Line, world: &mut World, chat: &str, blocked: bool) -> Vec<Event> {
    let group = world.chats.get(chat).is_some_and(|chat| chat.group);
    let what = match (group, blocked) {
        (true, true) => json!({"type": "leave"}),
        (true, false) => json!({"type": "join"}),
        (false, true) => json!({"type": "unfollow"}),
        (false, false) => json!({"type": "follow", "follow": {"isUnblocked": world.chats.is_blocked(chat)}}),
    };
    let user = (!group).then_some(chat);
    vec![event(line, world, chat, what, About::now(user, world.now_ms), !blocked)]
}

/// Who did it and when.
struct About<'a> {
    user: Option<&'a str>,
    at_ms: u64,
    /// The event's id when it is not to be a fresh one.
    wanted: Option<String>,
}

impl<'a> About<'a> {
    fn now(user: Option<&'a str>, at_ms: u64) -> Self {
        Self { user, at_ms, wanted: None }
    }
}

fn event(
    line: &mut Line,
    world: &mut World,
    chat: &str,
    what: Value,
    about: About,
    replyable: bool,
) -> Event {
    let id = about.wanted.unwrap_or_else(|| ulid(about.at_ms, &world.ids.hex(16)));
    let token = replyable.then(|| world.ids.hex(32));
    if let Some(token) = &token {
        line.reply_tokens.give(token.clone(), chat, about.at_ms);
    }
    let frame = json!({
        "webhookEventId": id, "deliveryContext": {"isRedelivery": false}, "timestamp": about.at_ms,
        "source": source(world, chat, about.user), "replyToken": token, "mode": "active",
    });
    let event = with(what, without_nulls(frame));
    let wire = Wire::Json(json!({"destination": line.account.bot_user_id, "events": [event]}));
    Event { id, chat: chat.to_owned(), message_id: None, wire }
}

fn source(world: &World, chat: &str, user: Option<&str>) -> Value {
    let group = world.chats.get(chat).is_some_and(|chat| chat.group);
    let source = match (group, chat.starts_with('R')) {
        (false, _) => json!({"type": "user", "userId": chat}),
        (true, true) => json!({"type": "room", "roomId": chat, "userId": user}),
        (true, false) => json!({"type": "group", "groupId": chat, "userId": user}),
    };
    without_nulls(source)
}

/// <https://github.com/ulid/spec>: ten characters of time, sixteen of noise.
fn ulid(at_ms: u64, noise: &str) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit =
        |n: u64| DIGITS.get(usize::try_from(n % 32).unwrap_or_default()).map_or('0', |d| char::from(*d));
    let time = (0..10).rev().map(|place| digit(at_ms >> (5 * place)));
    time.chain(noise.to_uppercase().chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::ulid;

    #[test]
    fn an_event_id_begins_with_the_time() {
        assert_eq!(ulid(1_795_165_200_000, "095ajpacp3cn34r2"), "01M7W2Y7M0095AJPACP3CN34R2");
    }
}
