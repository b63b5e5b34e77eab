//! Interactions in Discord's words:
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object>
use super::tokens::{Interaction, State};
use super::{Discord, messages, snowflake};
use crate::chat::{Event, Media, MediaKind, Pressed, Refused, Said, Wire, World, refused_if};
use crate::json::{with, without_nulls};
use serde_json::{Value, json};

/// What is said without naming a command is said with this one.
const COMMAND: &str = "ask";
const PERMISSIONS: &str = "2248473465835073";
/// How long a link to an attachment is good: about a day.
const LINK_S: u64 = 24 * 3600;
/// Voice is as long as this on paper: the bytes are not decoded.
const VOICE_S: f64 = 4.28;

/// Types of interactions.
const PING: u8 = 1;
const APPLICATION_COMMAND: u8 = 2;
const MESSAGE_COMPONENT: u8 = 3;
/// Types of options and components.
const STRING: u8 = 3;
const ATTACHMENT: u8 = 11;
const BUTTON: u8 = 2;

/// Who does what where, and with what.
struct Deed<'a> {
    id: String,
    chat: &'a str,
    thread: Option<&'a str>,
    user: &'a str,
    source: Option<String>,
    kind: u8,
    data: Value,
}

pub(super) fn said(discord: &mut Discord, world: &mut World, said: &Said) -> Event {
    let attachment = said.media.map(|(id, media)| (id, attachment(discord, world, id, media)));
    let file = attachment.as_ref().map(|(id, _)| json!({"name": "file", "type": ATTACHMENT, "value": id}));
    let words = said.say.text.as_ref().map(|text| json!({"name": "question", "type": STRING, "value": text}));
    let options: Vec<Value> = file.into_iter().chain(words).collect();
    let resolved = attachment.map(|(id, attachment)| json!({"attachments": {id: attachment}}));
    let data = without_nulls(json!({
        "id": "1186000000000000007", "name": said.say.command.as_deref().unwrap_or(COMMAND), "type": 1,
        "options": options, "resolved": resolved,
    }));
    let (id, thread) = (said.line.message_id.clone(), said.line.thread.as_deref());
    let (chat, user) = (said.chat, said.user());
    interaction(
        discord,
        world,
        Deed { id, chat, thread, user, source: None, kind: APPLICATION_COMMAND, data },
    )
}

fn attachment(discord: &Discord, world: &World, id: &str, media: &Media) -> Value {
    let (name, kind) = match media.kind {
        MediaKind::Voice => ("voice-message.ogg", "audio/ogg"),
        MediaKind::Image => ("part.jpg", "image/jpeg"),
    };
    let (now_s, application) = (world.now_ms / 1000, &discord.account.application_id);
    let path = format!("/ephemeral-attachments/{application}/{id}/{name}");
    let url = format!("{}{path}?ex={:x}&is={now_s:x}&hm=c66908fb&", world.base_url, now_s + LINK_S);
    let more = match media.kind {
        MediaKind::Voice => json!({"duration_secs": VOICE_S, "waveform": "AAAA"}),
        MediaKind::Image => json!({"height": 960, "width": 1280}),
    };
    let attachment = json!({
        "id": id, "filename": name, "content_type": kind, "size": media.bytes.len(), "ephemeral": true, "url": url,
        "proxy_url": url,
    });
    with(attachment, more)
}

pub(super) fn pressed(discord: &mut Discord, world: &mut World, pressed: &Pressed) -> Result<Event, Refused> {
    refused_if(pressed.button.is_none(), "the bot has sent no such button")?;
    let line = pressed.line.as_ref().ok_or(Refused::Impossible("the bot has sent nothing"))?;
    let message = messages::json(&discord.account, pressed.chat, line);
    let data = json!({"component_type": BUTTON, "custom_id": pressed.data, "id": 1});
    let (id, thread) = (snowflake(&mut world.ids, pressed.at_ms), line.thread.as_deref());
    let (chat, user, source) = (pressed.chat, pressed.user, Some(line.message_id.clone()));
    let deed = Deed { id, chat, thread, user, source, kind: MESSAGE_COMPONENT, data };
    let event = interaction(discord, world, deed);
    let Wire::Json(body) = event.wire else { return Ok(event) };
    Ok(Event { wire: Wire::Json(with(body, json!({ "message": message }))), ..event })
}

fn interaction(discord: &mut Discord, world: &mut World, deed: Deed) -> Event {
    let token = format!("aW50ZXJhY3Rpb246{}", world.ids.hex(64));
    let Deed { id, chat, thread, user, source, kind, data } = deed;
    let known = world.chats.get(chat);
    let locale = known.and_then(|chat| chat.language.clone()).unwrap_or_else(|| "en-US".to_owned());
    let name = known.and_then(|chat| chat.name.clone()).unwrap_or_else(|| "Aino".to_owned());
    let group = known.is_some_and(|chat| chat.group);
    let place = place(discord, chat, thread, group);
    let who = who(user, &name, group);
    let frame = json!({
        "application_id": discord.account.application_id, "id": id, "token": token, "type": kind, "version": 1,
        "app_permissions": PERMISSIONS, "attachment_size_limit": 10_485_760, "entitlements": [],
        "entitlement_sku_ids": [], "locale": locale, "data": data,
        "channel_id": thread.unwrap_or(chat),
    });
    let (chat, thread) = (chat.to_owned(), thread.map(str::to_owned));
    let at_ms = world.now_ms;
    let waiting =
        Interaction { id: id.clone(), chat: chat.clone(), thread, at_ms, state: State::Waiting, source };
    discord.tokens.give(token, waiting);
    let wire = Wire::Json(with(with(frame, place), who));
    Event { message_id: Some(id.clone()), id, chat, wire }
}

/// A channel or a thread of the server, or the direct messages with the bot.
fn place(discord: &Discord, chat: &str, thread: Option<&str>, group: bool) -> Value {
    let guild = &discord.account.guild_id;
    if !group {
        let bot = json!({"id": discord.account.application_id, "username": "Stand-in Bot", "bot": true});
        let channel = json!({"id": chat, "type": 1, "flags": 0, "recipients": [bot]});
        return json!({"channel": channel, "context": 1, "authorizing_integration_owners": {"0": "0"}});
    }
    let channel = match thread {
        Some(thread) => json!({
            "id": thread, "type": 11, "parent_id": chat, "guild_id": guild, "name": "A thread", "flags": 0,
            "permissions": PERMISSIONS,
        }),
        None => {
            json!({"id": chat, "type": 0, "parent_id": null, "guild_id": guild, "name": "general", "flags": 0})
        }
    };
    json!({
        "channel": channel, "context": 0, "authorizing_integration_owners": {"0": guild}, "guild_id": guild,
        "guild": {"features": [], "id": guild, "locale": "en-US"}, "guild_locale": "en-US",
    })
}

/// A member in the server, a user elsewhere.
fn who(user: &str, name: &str, group: bool) -> Value {
    let user = json!({
        "id": user, "username": "aino_v", "global_name": name, "discriminator": "0", "avatar": null,
        "public_flags": 0, "avatar_decoration_data": null, "clan": null, "collectibles": null,
        "display_name_styles": null, "primary_guild": null,
    });
    if !group {
        return json!({ "user": user });
    }
    json!({"member": {
        "user": user, "roles": [], "permissions": PERMISSIONS, "nick": null, "mute": false, "deaf": false,
        "joined_at": "2026-01-04T20:21:10.139000+00:00", "pending": false, "flags": 0,
        "avatar": null, "banner": null, "collectibles": null, "communication_disabled_until": null,
        "premium_since": null, "unusual_dm_activity_until": null,
    }})
}

pub(super) fn ping(discord: &Discord, world: &mut World) -> Value {
    let (id, token) = (snowflake(&mut world.ids, world.now_ms), world.ids.hex(64));
    json!({
        "application_id": discord.account.application_id, "id": id, "token": token, "type": PING, "version": 1,
        "app_permissions": "562949953601536", "authorizing_integration_owners": {}, "entitlements": [],
    })
}
