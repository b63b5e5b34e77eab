//! Interactions and webhook events to events of ours, and what Discord is told at once.

use std::time::Duration;

use domain::{Handles, Media, MediaKind, Millis};
use serde_json::Value;

use super::wire::{
    AUTOCOMPLETE, Attachment, COMMAND, COMPONENT, Choice, Command, Component, Field, GUILD, MODAL, Modal,
    OF_MESSAGE, Occurrence, PING, Request, WEBHOOK_PING,
};
use crate::event::{Details, Event, EventKind, Scope};
use crate::registry::Acknowledgement;

/// Milliseconds from 1970 to 2015, which ids are counted from.
const EPOCH_MS: u64 = 1_420_070_400_000;

/// What is to be answered shows that somebody is at work (5), until the answer takes its place. To anything unknown, 202
/// says that no answer comes this way: nobody waits for one that nobody writes.
pub(super) fn acknowledgement(body: &[u8]) -> Acknowledgement {
    let Ok(request) = serde_json::from_slice::<Request>(body) else { return Acknowledgement::status(202) };
    match request.kind {
        _ if request.event.is_some() => Acknowledgement::status(204),
        WEBHOOK_PING => Acknowledgement::status(204),
        PING => Acknowledgement::json(r#"{"type":1}"#),
        COMMAND | COMPONENT | MODAL if events(body).iter().any(Event::is_said) => {
            Acknowledgement::json(r#"{"type":5}"#)
        }
        AUTOCOMPLETE => Acknowledgement::json(r#"{"type":8,"data":{"choices":[]}}"#),
        _ => Acknowledgement::status(202),
    }
}

/// The events of a request: one at most.
pub(super) fn events(body: &[u8]) -> Vec<Event> {
    let Ok(mut request) = serde_json::from_slice::<Request>(body) else { return vec![unreadable()] };
    match request.event.take() {
        Some(event) => vec![occurred(&event, &request)],
        None if matches!(request.kind, PING | WEBHOOK_PING) => Vec::new(),
        None => vec![interaction(request)],
    }
}

fn unreadable() -> Event {
    Event::nothing(EventKind::Unreadable, "discord:unreadable".to_owned())
}

fn occurred(event: &Occurrence, request: &Request) -> Event {
    let kind = match event.kind.as_str() {
        "APPLICATION_AUTHORIZED" => EventKind::Start,
        "APPLICATION_DEAUTHORIZED" => EventKind::Uninstalled,
        _ => EventKind::Ignored,
    };
    let user = event.data.pointer("/user/id").and_then(Value::as_str);
    let who = user.unwrap_or_default();
    let dedup = format!("discord:{}:{}:{who}:{}", request.application_id, event.kind, event.timestamp);
    Event { user: user.map(str::to_owned), ..Event::nothing(kind, dedup) }
}

fn interaction(mut request: Request) -> Event {
    let data = request.data.take();
    let begun = begun(&request);
    let read = match request.kind {
        COMMAND => serde_json::from_value(data).map(|command| commanded(&command, begun)),
        COMPONENT => serde_json::from_value(data).map(|component| pressed(component, begun)),
        MODAL => serde_json::from_value(data).map(|modal| filled(modal, begun)),
        _ => Ok(begun),
    };
    read.unwrap_or_else(|_| unreadable())
}

/// What every interaction tells. A thread is a channel of its own, below another.
fn begun(request: &Request) -> Event {
    let parent = request.channel.as_ref().filter(|channel| matches!(channel.kind, 10..=12));
    let parent = parent.and_then(|thread| thread.parent_id.clone());
    let member = request.member.as_ref();
    let user = member.and_then(|member| member.user.as_ref()).or(request.user.as_ref());
    let in_guild = request.context.map_or(member.is_some(), |context| context == GUILD);
    let reply = request.token.as_ref().map(|token| format!("{}:{token}", request.application_id));
    Event {
        message_id: request.message.as_ref().map(|message| message.id.clone()),
        user: user.map(|user| user.id.clone()),
        thread: request.channel_id.clone().filter(|_| parent.is_some()),
        chat: parent.or_else(|| request.channel_id.clone()),
        scope: Some(if in_guild { Scope::Group } else { Scope::Direct }),
        sent_at: time(&request.id),
        language: request.locale.clone(),
        handles: Handles { reply, seen: None },
        ..Event::nothing(EventKind::Ignored, format!("discord:{}", request.id))
    }
}

/// With a file, the command is about the file.
fn commanded(command: &Command, begun: Event) -> Event {
    let target = command.target_id.as_ref().filter(|_| command.kind == OF_MESSAGE);
    let target = target.and_then(|id| command.resolved.messages.get(id));
    let content = target.and_then(|message| message.content.clone());
    let text: Vec<_> = command.options.iter().flat_map(words).chain(content).collect();
    let files = command.resolved.attachments.values();
    let files = files.chain(target.iter().flat_map(|message| &message.attachments));
    let media: Vec<_> = files.map(attached).collect();
    let name = format!("/{}", full_name(&command.name, &command.options));
    Event {
        kind: media.first().map_or(EventKind::Command, |file| about(file.kind)),
        text: Some(text.join(" ")).filter(|text| !text.is_empty()),
        media,
        details: Details { command: Some(name), ..Details::default() },
        ..begun
    }
}

/// Commands below a command are named behind it.
fn full_name(name: &str, options: &[Choice]) -> String {
    match options.first().filter(|option| is_command(option)) {
        Some(below) => format!("{name} {}", full_name(&below.name, &below.options)),
        None => name.to_owned(),
    }
}

fn is_command(option: &Choice) -> bool {
    matches!(option.kind, 1 | 2)
}

fn words(option: &Choice) -> Vec<String> {
    match option.kind {
        3 | 4 | 5 | 10 => written(&option.value).into_iter().collect(),
        _ => option.options.iter().flat_map(words).collect(),
    }
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A button of this bot has for its id what it says.
fn pressed(component: Component, begun: Event) -> Event {
    let chosen = Some(component.values.join(",")).filter(|chosen| !chosen.is_empty());
    Event {
        kind: EventKind::Action,
        text: Some(component.custom_id),
        details: Details { value: chosen, ..Details::default() },
        ..begun
    }
}

/// What is said with a form is what was written into it.
fn filled(modal: Modal, begun: Event) -> Event {
    let written: Vec<_> = modal.components.iter().flat_map(fields).collect();
    Event {
        kind: EventKind::Action,
        text: Some(written.join("\n")),
        details: Details { value: Some(modal.custom_id), ..Details::default() },
        ..begun
    }
}

fn fields(field: &Field) -> Vec<String> {
    let inside = field.component.as_deref().into_iter().chain(&field.components);
    written(&field.value).into_iter().chain(inside.flat_map(fields)).collect()
}

fn attached(file: &Attachment) -> Media {
    let mime = file.content_type.as_deref().unwrap_or_default();
    let kind = match mime.split('/').next() {
        Some("audio") => MediaKind::Audio,
        Some("image") => MediaKind::Image,
        _ => MediaKind::File,
    };
    let length = file.duration_secs.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Media {
        kind,
        handle: file.url.clone(),
        mime: file.content_type.clone(),
        size: file.size,
        duration_ms: length.and_then(|length| u64::try_from(length.as_millis()).ok()),
        name: file.filename.clone().filter(|_| kind == MediaKind::File),
    }
}

fn about(kind: MediaKind) -> EventKind {
    match kind {
        MediaKind::Audio => EventKind::Audio,
        MediaKind::Image => EventKind::Image,
        MediaKind::File => EventKind::File,
    }
}

/// The upper 42 bits of an id are the time it was made at.
fn time(id: &str) -> Option<Millis> {
    let since_epoch = id.parse::<u64>().ok()? >> 22;
    i64::try_from(since_epoch.checked_add(EPOCH_MS)?).ok().map(Millis)
}
