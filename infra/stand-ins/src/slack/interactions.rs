//! Slash commands and presses: forms with a response URL, sent once.
//! <https://docs.slack.dev/interactivity/implementing-slash-commands>
use super::hooks::Hook;
use super::{Slack, webhooks};
use crate::chat::{Event, Pressed, Refused, Said, Wire, World, refused_if};
use crate::json::{objects, text, with, without_nulls};
use serde_json::{Value, json};

pub(super) fn command(slack: &mut Slack, world: &mut World, said: &Said, command: &str) -> Event {
    let hook = hook(said.chat, said.line.thread.as_deref(), None, world.now_ms);
    let response_url = give(slack, world, "commands", hook);
    let trigger = said.say.event.clone().unwrap_or_else(|| trigger_id(world));
    let command = format!("/{command}");
    let account = &slack.account;
    let fields = [
        ("token", account.verification_token.as_str()),
        ("team_id", &account.team_id),
        ("team_domain", "demo"),
        ("channel_id", said.chat),
        ("channel_name", channel_name(said.chat)),
        ("user_id", said.user()),
        ("user_name", "aino"),
        ("command", &command),
        ("text", &said.line.text),
        ("api_app_id", &account.app_id),
        ("is_enterprise_install", "false"),
        ("response_url", &response_url),
        ("trigger_id", &trigger),
    ];
    form(said.chat, &trigger, Some(said.line.message_id.clone()), &fields)
}

/// A button of the bot's; there is nothing else to press.
pub(super) fn pressed(slack: &mut Slack, world: &mut World, pressed: &Pressed) -> Result<Event, Refused> {
    let is_it = |json: &Value| is_button(json) && data(json) == pressed.data;
    let line = pressed.line.as_ref();
    let button = line.and_then(|line| objects(&line.raw, &is_it).into_iter().next().cloned());
    refused_if(button.is_none(), "the bot has sent no such button")?;
    let (Some(line), Some(button)) = (line, button) else { return Err(Refused::Impossible("no button")) };
    let hook = hook(pressed.chat, line.thread.as_deref(), Some(&line.message_id), world.now_ms);
    let (response_url, trigger) = (give(slack, world, "actions", hook), trigger_id(world));
    let (account, ts) = (&slack.account, &line.message_id);
    let message = without_nulls(json!({
        "user": account.bot_user_id, "type": "message", "ts": ts, "bot_id": account.bot_id,
        "app_id": account.app_id, "text": line.text, "team": account.team_id, "thread_ts": line.thread,
        "blocks": line.raw.get("blocks"),
    }));
    let container = without_nulls(json!({
        "type": "message", "message_ts": ts, "channel_id": pressed.chat, "thread_ts": line.thread,
        "is_ephemeral": false,
    }));
    let at = super::ts(&mut world.ids, pressed.at_ms);
    let action = with(button, json!({"block_id": "P0z+f", "action_ts": at}));
    let payload = json!({
        "type": "block_actions", "user": user(slack, pressed.user), "api_app_id": slack.account.app_id,
        "token": slack.account.verification_token, "container": container, "trigger_id": trigger,
        "team": {"id": slack.account.team_id, "domain": "demo"}, "enterprise": null,
        "is_enterprise_install": false, "message": message, "state": {"values": {}},
        "channel": {"id": pressed.chat, "name": channel_name(pressed.chat)}, "response_url": response_url,
        "actions": [action],
    });
    Ok(form(pressed.chat, &trigger, Some(ts.clone()), &[("payload", &payload.to_string())]))
}

fn user(slack: &Slack, user: &str) -> Value {
    json!({"id": user, "username": "aino", "name": "aino", "team_id": slack.account.team_id})
}

pub(super) fn is_button(json: &Value) -> bool {
    text(json, "type") == "button"
}

/// What tells the bot which button it was: the value, or the action when there is none.
pub(super) fn data(button: &Value) -> &str {
    let value = text(button, "value");
    if value.is_empty() { text(button, "action_id") } else { value }
}

fn channel_name(chat: &str) -> &'static str {
    if webhooks::is_direct(chat) { "directmessage" } else { "general" }
}

fn trigger_id(world: &mut World) -> String {
    format!("{}.3901254001572.{}", world.ids.number(), world.ids.hex(32))
}

fn hook(chat: &str, thread: Option<&str>, message_id: Option<&str>, at_ms: u64) -> Hook {
    let (thread, message_id) = (thread.map(str::to_owned), message_id.map(str::to_owned));
    Hook { chat: chat.to_owned(), thread, message_id, at_ms, uses: 0 }
}

/// A response URL, on the host that is `hooks.slack.com` in the world.
fn give(slack: &mut Slack, world: &mut World, kind: &str, hook: Hook) -> String {
    let path = format!("/{kind}/{}/{}/{}", slack.account.team_id, world.ids.number(), world.ids.hex(24));
    slack.hooks.give(path.clone(), hook);
    format!("{}{path}", world.base_url)
}

fn form(chat: &str, id: &str, message_id: Option<String>, fields: &[(&str, &str)]) -> Event {
    let wire = Wire::Form(serde_urlencoded::to_string(fields).unwrap_or_default());
    Event { id: id.to_owned(), chat: chat.to_owned(), message_id, wire }
}
