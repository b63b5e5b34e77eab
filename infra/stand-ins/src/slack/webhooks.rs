//! Messages in the Events API's words: <https://docs.slack.dev/reference/events/message>
use super::{Account, ts};
use crate::chat::{self, Event, Media, MediaKind, Said, Wire, World};
use crate::json::{with, without_nulls};
use serde_json::{Value, json};

/// Voice is as long as this on paper: the bytes are not decoded.
const VOICE_MS: u64 = 4280;

/// A mention in a channel makes two requests, with one `ts` and two event ids.
pub(super) fn said(account: &Account, world: &mut World, said: &Said) -> Vec<Event> {
    let chat = said.chat;
    let message = with(message(account, world, said), thread(account, world, said));
    let message = with(message, content(account, world, said));
    let at_ms = said.line.at_ms;
    let direct = json!({"type": "message", "channel_type": channel_type(chat)});
    let event = with(message.clone(), direct);
    let mut events = vec![envelope(account, world, chat, &event, (said.say.event.clone(), at_ms))];
    if said.say.mention && !is_direct(chat) {
        let mention = with(message, json!({"type": "app_mention"}));
        events.push(envelope(account, world, chat, &mention, (None, at_ms)));
    }
    let about = |event| Event { message_id: Some(said.line.message_id.clone()), ..event };
    events.into_iter().map(about).collect()
}

pub(super) fn is_direct(chat: &str) -> bool {
    chat.starts_with('D')
}

fn channel_type(chat: &str) -> &'static str {
    match chat.as_bytes().first() {
        Some(b'D') => "im",
        Some(b'G') => "group",
        _ => "channel",
    }
}

fn message(account: &Account, world: &mut World, said: &Said) -> Value {
    let mention = format!("<@{}> ", account.bot_user_id);
    let text = format!("{}{}", if said.say.mention { &mention } else { "" }, escaped(&said.line.text));
    let ts = &said.line.message_id;
    json!({
        "user": said.user(), "ts": ts, "event_ts": ts, "client_msg_id": world.ids.uuid(), "text": text,
        "channel": said.chat,
    })
}

/// A file without words has no blocks.
fn content(account: &Account, world: &World, said: &Said) -> Value {
    let words = &said.line.text;
    let blocks = (!words.is_empty()).then(|| blocks(words));
    let Some((id, media)) = said.media else { return json!({"team": account.team_id, "blocks": blocks}) };
    let files = json!([file(account, world, said, id, media)]);
    without_nulls(json!({
        "subtype": "file_share", "upload": false, "display_as_bot": false, "files": files, "blocks": blocks,
    }))
}

/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn blocks(text: &str) -> Value {
    let section = json!({"type": "rich_text_section", "elements": [{"type": "text", "text": text}]});
    json!([{"type": "rich_text", "block_id": "kQ1aZ", "elements": [section]}])
}

fn thread(account: &Account, world: &World, said: &Said) -> Value {
    let Some(thread) = &said.line.thread else { return json!({}) };
    let parent = world.chats.line(said.chat, thread);
    let parent = parent.map(|line| line.user.as_deref().unwrap_or(&account.bot_user_id));
    without_nulls(json!({"thread_ts": thread, "parent_user_id": parent}))
}

fn file(account: &Account, world: &World, said: &Said, id: &str, media: &Media) -> Value {
    let (name, kind) = (file_name(media.kind), mime_type(media.kind));
    let (at_s, size) = (media.at_ms / 1000, media.bytes.len());
    let url = format!("{}/files-pri/{}-{id}", world.base_url, account.team_id);
    let file = json!({
        "id": id, "created": at_s, "timestamp": at_s, "name": name, "title": name, "mimetype": kind,
        "user": said.user(), "user_team": account.team_id, "editable": false, "size": size, "mode": "hosted",
        "is_external": false, "external_type": "", "is_public": false, "public_url_shared": false,
        "display_as_bot": false, "username": "", "has_rich_preview": false, "url_private": format!("{url}/{name}"),
        "url_private_download": format!("{url}/download/{name}"), "file_access": "visible",
    });
    let more = match media.kind {
        MediaKind::Voice => json!({
            "filetype": "m4a", "subtype": "slack_audio", "duration_ms": VOICE_MS, "media_display_type": "audio",
            "transcription": {"status": "processing"},
        }),
        MediaKind::Image => json!({"filetype": "jpg", "original_w": 1280, "original_h": 960}),
    };
    with(file, more)
}

fn file_name(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Voice => "audio_message.m4a",
        MediaKind::Image => "part.jpg",
    }
}

pub(super) fn mime_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Voice => "audio/mp4",
        MediaKind::Image => "image/jpeg",
    }
}

/// The message before is still in the chat; the line has the new text.
pub(super) fn edited(account: &Account, world: &mut World, chat: &str, line: &chat::Line) -> Event {
    let at = ts(&mut world.ids, world.now_ms);
    let edit = json!({"edited": {"user": line.user, "ts": at}});
    let now = with(kept(account, line), edit);
    let before = world.chats.line(chat, &line.message_id).map(|line| kept(account, line));
    changed(
        account,
        world,
        chat,
        line,
        &at,
        json!({
            "subtype": "message_changed", "message": now, "previous_message": before,
        }),
    )
}

pub(super) fn unsent(account: &Account, world: &mut World, chat: &str, line: &chat::Line) -> Event {
    let at = ts(&mut world.ids, world.now_ms);
    let before = kept(account, line);
    changed(
        account,
        world,
        chat,
        line,
        &at,
        json!({
            "subtype": "message_deleted", "deleted_ts": line.message_id, "previous_message": before,
        }),
    )
}

fn kept(account: &Account, line: &chat::Line) -> Value {
    without_nulls(json!({
        "type": "message", "user": line.user, "text": escaped(&line.text), "ts": line.message_id,
        "team": account.team_id, "thread_ts": line.thread, "blocks": blocks(&line.text),
    }))
}

fn changed(
    account: &Account,
    world: &mut World,
    chat: &str,
    line: &chat::Line,
    at: &str,
    what: Value,
) -> Event {
    let frame = json!({
        "type": "message", "hidden": true, "channel": chat, "channel_type": channel_type(chat), "ts": at,
        "event_ts": at,
    });
    let now_ms = world.now_ms;
    let event = envelope(account, world, chat, &with(frame, what), (None, now_ms));
    Event { message_id: Some(line.message_id.clone()), ..event }
}

fn envelope(
    account: &Account,
    world: &mut World,
    chat: &str,
    event: &Value,
    (wanted, at_ms): (Option<String>, u64),
) -> Event {
    let id = wanted.unwrap_or_else(|| format!("Ev0{}", world.ids.hex(8).to_uppercase()));
    let team = &account.team_id;
    let authorization = json!({
        "enterprise_id": null, "team_id": team, "user_id": account.bot_user_id, "is_bot": true,
        "is_enterprise_install": false,
    });
    let body = json!({
        "token": account.verification_token, "team_id": team, "context_team_id": team,
        "context_enterprise_id": null, "api_app_id": account.app_id, "event": event, "type": "event_callback",
        "event_id": id, "event_time": at_ms / 1000, "authorizations": [authorization],
        "is_ext_shared_channel": false, "event_context": format!("4-{}", world.ids.hex(60)),
    });
    Event { id, chat: chat.to_owned(), message_id: None, wire: Wire::Json(body) }
}
