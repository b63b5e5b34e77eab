//! An event in the words of `expected.json`.

use channels::{Event, EventKind, Scope};
use domain::{Channel, MediaKind};
use serde_json::{Map, Value, json};

/// Everything the event tells, by the names of `expected.json`. `wanted` decides between two names for one thing.
pub(super) fn of(channel: Channel, event: &Event, wanted: &Value) -> Value {
    let mut form = Map::new();
    let mut tell = |name: &str, value: Value| {
        if !value.is_null() {
            form.insert(name.to_owned(), value);
        }
    };
    let details = &event.details;
    let when = |is: bool| if is { Value::Bool(true) } else { Value::Null };
    tell("kind", event.kind.name().into());
    // Telegram's updates do not say which bot they are for: the key is that of the bot's own webhook.
    let account = if channel.name() == "telegram" { "telegram:7100200300:" } else { "" };
    tell("dedup", event.dedup.replacen("telegram:", account, usize::from(!account.is_empty())).into());
    tell("user", event.user.clone().into());
    tell("chat", event.chat.clone().into());
    tell("thread", event.thread.clone().into());
    tell("ts_ms", event.sent_at.map(|at| at.0).into());
    tell("language", event.language.clone().into());
    tell("message_id", event.message_id.clone().into());
    let (said, beside) = match event.kind {
        // A form: what was written into it is said, and its name stands beside.
        EventKind::Action if wanted.get("text").is_some() => ("text", "action_id"),
        EventKind::Action => ("action_id", "action_value"),
        _ => ("text", "action_value"),
    };
    tell(said, event.text.clone().into());
    tell(beside, details.value.clone().into());
    tell("scope", event.scope.map(|scope| if scope == Scope::Direct { "direct" } else { "group" }).into());
    tell("mentions_bot", when(event.mentions_bot));
    tell("album", details.album.clone().into());
    tell("reply_to", details.reply_to.clone().into());
    tell("lat", details.place.map(|place| place.latitude).into());
    tell("lon", details.place.map(|place| place.longitude).into());
    tell("new_chat", details.new_chat.clone().into());
    tell("phone", details.phone.clone().into());
    tell("target", details.target.clone().into());
    tell("status", details.status.clone().into());
    tell("error_code", details.error_code.into());
    tell("action_label", details.label.clone().into());
    // Discord names its commands without the slash that people write.
    let slash = if channel.name() == "discord" { "/" } else { "" };
    tell("command", details.command.as_deref().map(|name| name.replacen(slash, "", 1)).into());
    tell("unblocked", when(details.unblocked));
    tell("redelivery", when(details.redelivery));
    tell("second_key", details.second_key.clone().into());
    if event.kind == EventKind::Reaction {
        tell("emoji", details.emoji.clone().unwrap_or_default().into());
    }
    for (name, handle) in handles(channel, event) {
        tell(name, handle.into());
    }
    if wanted.get("media_count").is_some() {
        tell("media_count", event.media.len().into());
    } else if let Some(media) = event.media.first() {
        tell("media", attached(media, &wanted["media"]));
    }
    Value::Object(form)
}

/// What the platform gave along, under its own name for it.
fn handles(channel: Channel, event: &Event) -> Vec<(&'static str, Option<String>)> {
    let (reply, seen) = (event.handles.reply.clone(), event.handles.seen.clone());
    match channel.name() {
        "line" => vec![("reply_token", reply), ("mark_read_token", seen)],
        "telegram" => vec![("callback_id", seen)],
        // `<application id>:<token>`: both stand in the URL of an answer.
        "discord" => {
            let token = reply.and_then(|handle| handle.split_once(':').map(|(_, token)| token.to_owned()));
            vec![("interaction_token", token)]
        }
        _ => Vec::new(),
    }
}

/// Where a file has both an id and a URL, one of them is enough to fetch it by.
fn attached(media: &domain::Media, wanted: &Value) -> Value {
    let by = ["id", "url"].into_iter().find(|name| wanted[*name] == media.handle.as_str());
    let kind = match media.kind {
        MediaKind::Audio if wanted["kind"] == "voice" => "voice",
        MediaKind::Audio => "audio",
        MediaKind::Image => "image",
        MediaKind::File => "file",
    };
    let mut form = json!({ "kind": kind, by.unwrap_or("handle"): media.handle });
    let more = [
        ("mime", Value::from(media.mime.clone())),
        ("size", media.size.into()),
        ("duration_ms", media.duration_ms.into()),
        ("name", media.name.clone().into()),
    ];
    for (name, value) in more.into_iter().filter(|(_, value)| !value.is_null()) {
        form[name] = value;
    }
    let other = if by == Some("id") { "url" } else { "id" };
    if let (Some(_), Some(known)) = (by, wanted.get(other)) {
        form[other] = known.clone();
    }
    form
}
