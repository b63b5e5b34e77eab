//! Webhooks to events.

use domain::{Handles, Media, MediaKind, MessageHash, Millis};
use serde_json::Value;

use super::wire::{Change, Contact, Content, Entry, File, Message, Preference, Reply, Status, Update};
use crate::event::{Details, Event, EventKind, Place, Scope};
use crate::meta::{Webhook, each};

/// The events of a request, over all its entries and their changes.
pub(super) fn events(body: &[u8]) -> Vec<Event> {
    let Ok(webhook) = serde_json::from_slice::<Webhook>(body) else { return vec![unreadable()] };
    each(webhook.entry).flat_map(|entry| entry.map_or_else(|| vec![unreadable()], of_entry)).collect()
}

fn unreadable() -> Event {
    Event::nothing(EventKind::Unreadable, "whatsapp:unreadable".to_owned())
}

fn of_entry(entry: Entry) -> Vec<Event> {
    each(entry.changes).flat_map(|change| change.map_or_else(|| vec![unreadable()], of_change)).collect()
}

/// Other fields tell about templates, calls and the account: nothing that is answered.
fn of_change(change: Change) -> Vec<Event> {
    if !matches!(change.field.as_str(), "messages" | "user_preferences") {
        return Vec::new();
    }
    serde_json::from_value(change.value).map_or_else(|_| vec![unreadable()], of_update)
}

fn of_update(update: Update) -> Vec<Event> {
    let account = format!("whatsapp:{}", update.metadata.phone_number_id);
    let our_number = update.metadata.display_phone_number.as_deref();
    // A contact that names nobody is the sender's when there is nobody else it could be.
    let is_alone = update.contacts.len() == 1 && update.messages.len() == 1;
    let contacts: Vec<Contact> = each(update.contacts).flatten().collect();
    let only = if is_alone { contacts.first() } else { None };
    let messages =
        each(update.messages).map(|message| Some(said(message?, &contacts, only, our_number, &account)));
    let receipts = each(update.statuses).map(|status| Some(receipt(status?, &account)));
    let wishes = each(update.user_preferences).map(|preference| Some(wish(preference?, &account)));
    let events = messages.chain(receipts).chain(wishes).map(|event| event.unwrap_or_else(unreadable));
    events.chain(trouble(&update.errors, &account)).collect()
}

/// A user is known by the business-scoped id where there is one: the number may be missing the next time. In a group,
/// quoting what the bot said is the one way of speaking to it.
fn said(
    message: Message,
    contacts: &[Contact],
    only: Option<&Contact>,
    our_number: Option<&str>,
    account: &str,
) -> Event {
    let (kind, contact) = (kind(&message), contact(&message, contacts).or(only));
    let Message { id, timestamp, from, from_user_id, group_id, context, content, .. } = message;
    let phone = from.or_else(|| contact?.wa_id.clone());
    let user = from_user_id.or_else(|| contact?.user_id.clone()).or_else(|| phone.clone());
    let (reply_to, quoted) = context.map(|context| (context.id, context.from)).unwrap_or_default();
    Event {
        message: MessageHash::of(original(&content).unwrap_or(&id)),
        scope: group_id.is_some().then_some(Scope::Group),
        mentions_bot: group_id.is_some() && quoted.is_some() && quoted.as_deref() == our_number,
        chat: group_id.or_else(|| user.clone()),
        user,
        sent_at: seconds(timestamp.as_deref()),
        details: Details {
            reply_to,
            phone,
            account: account.strip_prefix("whatsapp:").map(ToOwned::to_owned),
            ..details(&content)
        },
        media: media(&content).into_iter().collect(),
        text: text(&content),
        message_id: Some(id.clone()),
        handles: Handles { seen: Some(id.clone()), reply: None },
        ..Event::nothing(kind, format!("{account}:{id}"))
    }
}

fn kind(Message { kind, content, .. }: &Message) -> EventKind {
    match kind.as_str() {
        "text" => EventKind::Text,
        "audio" => EventKind::Audio,
        "image" => EventKind::Image,
        "video" | "document" => EventKind::File,
        "sticker" => EventKind::Sticker,
        "location" => EventKind::Location,
        "interactive" | "button" if pressed(content).is_some() => EventKind::Action,
        "reaction" => EventKind::Reaction,
        "edit" if content.edit.is_some() => EventKind::Edited,
        "revoke" if content.revoke.is_some() => EventKind::Deleted,
        "system" if new_chat(content).is_some() => EventKind::ChatMigrated,
        "interactive" | "contacts" | "order" | "unsupported" => EventKind::Unsupported,
        _ => EventKind::Ignored,
    }
}

/// Who wrote: the one of that id or number.
fn contact<'c>(message: &Message, contacts: &'c [Contact]) -> Option<&'c Contact> {
    let is_same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let wrote = |contact: &&Contact| {
        is_same(&contact.user_id, &message.from_user_id) || is_same(&contact.wa_id, &message.from)
    };
    contacts.iter().find(wrote)
}

/// The message that a change is about: the change has an id of its own.
fn original(content: &Content) -> Option<&str> {
    let edited = content.edit.as_ref().map(|edit| edit.original_message_id.as_str());
    edited.or_else(|| content.revoke.as_ref().map(|revoke| revoke.original_message_id.as_str()))
}

fn pressed(content: &Content) -> Option<&Reply> {
    content.button.as_ref().or_else(|| content.interactive.as_ref()?.reply.as_ref())
}

fn new_chat(content: &Content) -> Option<String> {
    let system = content.system.as_ref()?;
    let has_changed = matches!(system.kind.as_deref(), Some("user_changed_number" | "user_changed_user_id"));
    system.user_id.clone().or_else(|| system.wa_id.clone()).filter(|_| has_changed)
}

fn text(content: &Content) -> Option<String> {
    if let Some(edit) = &content.edit {
        return edit.message.as_deref().and_then(text);
    }
    let body = content.text.as_ref().map(|text| text.body.clone());
    let caption = || attached(content).and_then(|(_, file)| file.caption.clone());
    body.or_else(|| pressed(content).map(|reply| reply.id.clone())).or_else(caption)
}

fn attached(content: &Content) -> Option<(MediaKind, &File)> {
    let audio = content.audio.as_ref().map(|file| (MediaKind::Audio, file));
    let image = content.image.as_ref().map(|file| (MediaKind::Image, file));
    let file = content.video.as_ref().or(content.document.as_ref());
    audio.or(image).or(file.map(|file| (MediaKind::File, file)))
}

fn media(content: &Content) -> Option<Media> {
    let (kind, file) = attached(content)?;
    Some(Media {
        kind,
        handle: file.id.clone(),
        mime: file.mime_type.clone(),
        size: None,
        duration_ms: None,
        name: file.filename.clone(),
    })
}

fn details(content: &Content) -> Details {
    let reaction = content.reaction.as_ref();
    let place = content.location.as_ref();
    Details {
        place: place.map(|at| Place { latitude: at.latitude, longitude: at.longitude }),
        target: reaction.map(|to| to.message_id.as_str()).or(original(content)).map(str::to_owned),
        emoji: reaction.and_then(|reaction| reaction.emoji.clone()).filter(|emoji| !emoji.is_empty()),
        label: pressed(content).and_then(|reply| reply.title.clone()),
        new_chat: new_chat(content),
        ..Details::default()
    }
}

/// In a group there is a receipt of everybody in it.
fn receipt(status: Status, account: &str) -> Event {
    let participant = status.recipient_participant_id.map(|id| format!(":{id}")).unwrap_or_default();
    let user = status.recipient_user_id.or(status.recipient_id);
    let dedup = format!("{account}:{}:{}{participant}", status.id, status.status);
    let details = Details {
        error_code: status.errors.iter().find_map(|error| error.code),
        status: Some(status.status),
        ..Details::default()
    };
    Event {
        message_id: Some(status.id),
        chat: user.clone(),
        user,
        sent_at: seconds(status.timestamp.as_deref()),
        details,
        ..Event::nothing(EventKind::Receipt, dedup)
    }
}

/// The user wants marketing no more, or again.
fn wish(preference: Preference, account: &str) -> Event {
    let kind = if preference.value == "stop" { EventKind::OptOut } else { EventKind::Ignored };
    let user = preference.user_id.or(preference.wa_id);
    let (whose, when) = (user.as_deref().unwrap_or_default(), preference.timestamp.unwrap_or_default());
    let dedup = format!("{account}:{whose}:user_preferences:{when}");
    Event { chat: user.clone(), user, sent_at: seconds(Some(&when)), ..Event::nothing(kind, dedup) }
}

/// Errors that belong to no message have no id either: what they say names them.
fn trouble(errors: &[Value], account: &str) -> Option<Event> {
    if errors.is_empty() {
        return None;
    }
    let said = MessageHash::of(&Value::from(errors).to_string());
    Some(Event::nothing(EventKind::PlatformError, format!("{account}:errors:{said}")))
}

fn seconds(text: Option<&str>) -> Option<Millis> {
    let seconds: i64 = text?.parse().ok()?;
    Some(Millis(seconds.saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(messages: &str) -> Vec<Event> {
        let value = format!(
            r#"{{"metadata": {{"phone_number_id": "1", "display_phone_number": "15550783881"}}, "contacts": [7],
                "messages": [{messages}]}}"#
        );
        let body = format!(r#"{{"entry": [{{"changes": [{{"field": "messages", "value": {value}}}]}}]}}"#);
        events(body.as_bytes())
    }

    #[test]
    fn an_edit_names_the_message_it_changes_and_what_is_malformed_loses_nothing_else() {
        let events = parsed(
            r#"{"type": "text"}, {"id": "e", "type": "edit", "from": "358401", "timestamp": 7,
                "edit": {"original_message_id": "o", "message": {"type": "text", "text": {"body": "new"}}}}"#,
        );
        assert_eq!([events[0].kind, events[1].kind], [EventKind::Unreadable, EventKind::Edited]);
        assert_eq!((&events[1].message, events[1].text.as_deref()), (&MessageHash::of("o"), Some("new")));
        assert_eq!(events[1].sent_at, Some(Millis(7_000)));
    }

    #[test]
    fn a_group_speaks_to_the_bot_by_quoting_it() {
        let quoting = |whom: &str| {
            parsed(&format!(
                r#"{{"id": "i", "type": "text", "from": "358401", "group_id": "g", "text": {{"body": "a"}},
                    "context": {{"id": "q", "from": "{whom}"}}}}"#
            ))
        };
        assert!(quoting("15550783881")[0].mentions_bot && !quoting("358402")[0].mentions_bot);
        assert_eq!(quoting("358402")[0].chat.as_deref(), Some("g"));
    }
}
