//! Webhooks to events.

use domain::{Handles, Media, MediaKind, MessageHash, Millis};
use serde_json::Value;

use super::wire::{self, Message, Source, Webhook};
use crate::event::{Details, Event, EventKind, Place, Scope, utf16_stretch};

/// The events of a request; none when LINE only tries the address out.
pub(super) fn events(body: &[u8]) -> Vec<Event> {
    let webhook = serde_json::from_slice::<Webhook>(body);
    webhook.map_or_else(|_| vec![unreadable()], |webhook| webhook.events.into_iter().map(event).collect())
}

fn event(event: Value) -> Event {
    serde_json::from_value::<wire::Event>(event).map_or_else(|_| unreadable(), happened)
}

fn unreadable() -> Event {
    Event::nothing(EventKind::Unreadable, "line:unreadable".to_owned())
}

fn happened(mut event: wire::Event) -> Event {
    let kind = kind(&event);
    let (message, unsend) = (event.message.take(), event.unsend.take());
    let base = placed(event, kind);
    match (kind, message, unsend) {
        (EventKind::Ignored, ..) => base,
        (_, Some(message), _) => said(message, base),
        (_, _, Some(unsend)) => Event {
            message: MessageHash::of(&unsend.message_id),
            message_id: Some(unsend.message_id),
            ..base
        },
        _ => base,
    }
}

/// On standby another module owns the chat: whatever is said there is not for this bot.
fn kind(event: &wire::Event) -> EventKind {
    if event.mode.as_deref() == Some("standby") {
        return EventKind::Ignored;
    }
    match event.kind.as_str() {
        "message" => event.message.as_ref().map_or(EventKind::Ignored, message_kind),
        "messageEdited" => EventKind::Edited,
        "unsend" => EventKind::Deleted,
        "postback" => EventKind::Action,
        "follow" => EventKind::Start,
        "unfollow" => EventKind::Blocked,
        "join" => EventKind::BotAdded,
        "leave" => EventKind::BotRemoved,
        "memberJoined" => EventKind::MembersJoined,
        "memberLeft" => EventKind::MembersLeft,
        "delivery" => EventKind::Receipt,
        _ => EventKind::Ignored,
    }
}

fn message_kind(message: &Message) -> EventKind {
    match message.kind.as_str() {
        "text" => EventKind::Text,
        "audio" => EventKind::Audio,
        "image" => EventKind::Image,
        "video" | "file" => EventKind::File,
        "sticker" => EventKind::Sticker,
        "location" => EventKind::Location,
        _ => EventKind::Ignored,
    }
}

/// What all events tell: who, where, when.
fn placed(event: wire::Event, kind: EventKind) -> Event {
    let is_group = |source: &Source| source.group_id.is_some() || source.room_id.is_some();
    let scope = |source: &Source| if is_group(source) { Scope::Group } else { Scope::Direct };
    let details = Details {
        redelivery: event.delivery_context.is_redelivery,
        unblocked: event.follow.is_some_and(|follow| follow.is_unblocked),
        ..Details::default()
    };
    let scope = event.source.as_ref().map(scope);
    let Source { user_id, group_id, room_id } = event.source.unwrap_or_default();
    Event {
        chat: group_id.or(room_id).or_else(|| user_id.clone()),
        user: user_id,
        scope,
        sent_at: event.timestamp.map(Millis),
        text: event.postback.map(|postback| postback.data),
        handles: Handles { reply: event.reply_token, seen: None },
        details,
        ..Event::nothing(kind, format!("line:{}", event.webhook_event_id))
    }
}

fn said(message: Message, base: Event) -> Event {
    let of_bot = |mention: &wire::Mention| mention.mentionees.iter().find(|one| one.is_self).cloned();
    let mentionee = message.mention.as_ref().and_then(of_bot);
    let place_in_text = mentionee.as_ref().and_then(|one| one.index.zip(one.length));
    let text = message.text.as_deref().unwrap_or_default();
    let addressed = place_in_text.and_then(|(from, length)| utf16_stretch(text, from, length));
    let place = message.latitude.zip(message.longitude);
    Event {
        message: MessageHash::of(&message.id),
        mentions_bot: mentionee.is_some(),
        media: media(&message).into_iter().collect(),
        handles: Handles { seen: message.mark_as_read_token, ..base.handles },
        details: Details {
            album: message.image_set.map(|set| set.id),
            reply_to: message.quoted_message_id,
            place: place.map(|(latitude, longitude)| Place { latitude, longitude }),
            addressed,
            ..base.details
        },
        message_id: Some(message.id),
        text: message.text,
        ..base
    }
}

fn media(message: &Message) -> Option<Media> {
    let kind = match message_kind(message) {
        EventKind::Audio => MediaKind::Audio,
        EventKind::Image => MediaKind::Image,
        EventKind::File => MediaKind::File,
        _ => return None,
    };
    let elsewhere =
        message.content_provider.as_ref().and_then(|provider| provider.original_content_url.clone());
    Some(Media {
        kind,
        handle: elsewhere.unwrap_or_else(|| message.id.clone()),
        mime: None,
        size: message.file_size,
        duration_ms: message.duration,
        name: message.file_name.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unsent_names_the_message_it_was() {
        let events = events(
            br#"{"events": [7, {"type": "unsend", "webhookEventId": "E", "timestamp": 2, "mode": "active",
                "source": {"type": "user", "userId": "U1"}, "unsend": {"messageId": "583920175000007919"}}]}"#,
        );
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Unreadable, EventKind::Deleted]);
        assert_eq!(events[1].message, MessageHash::of("583920175000007919"));
        assert_eq!(events[1].chat.as_deref(), Some("U1"));
    }
}
