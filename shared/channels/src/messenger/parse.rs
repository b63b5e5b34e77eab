//! Webhooks to events.

use domain::{Media, MediaKind, MessageHash, Millis};

use super::wire::{Attachment, Entry, Item, Message, MessageEdit, Party, Postback, Reaction, Watermark};
use crate::event::{Details, Event, EventKind, Place};
use crate::meta::{Webhook, each};

/// The events of a request, over all its pages.
pub(super) fn events(body: &[u8]) -> Vec<Event> {
    let Ok(webhook) = serde_json::from_slice::<Webhook>(body) else { return vec![unreadable()] };
    each(webhook.entry).flat_map(|entry| entry.map_or_else(|| vec![unreadable()], of_page)).collect()
}

fn unreadable() -> Event {
    Event::nothing(EventKind::Unreadable, "messenger:unreadable".to_owned())
}

fn of_page(entry: Entry) -> Vec<Event> {
    let page = entry.id.unwrap_or_default();
    let ours = each(entry.messaging).map(|item| Some(happened(item?, &page)));
    let others = each(entry.standby).map(|item| Some(overheard(item?, &page)));
    ours.chain(others).map(|event| event.unwrap_or_else(unreadable)).collect()
}

/// Where and when something happened, and with whom.
struct Scene {
    page: String,
    user: Option<String>,
    /// Milliseconds, as written.
    timestamp: Option<String>,
}

impl Scene {
    /// Of what the page itself wrote, the user is the one it wrote to.
    fn of(item: &Item, page: &str) -> Scene {
        let is_echo = item.message.as_ref().is_some_and(|message| message.is_echo);
        let user = if is_echo { &item.recipient } else { &item.sender };
        let id = |party: &Party| party.id.clone();
        let user = user.as_ref().and_then(id);
        Scene { page: page.to_owned(), user, timestamp: item.timestamp.clone() }
    }

    fn event(&self, kind: EventKind, key: &str) -> Event {
        let sent_at = self.timestamp.as_ref().and_then(|digits| digits.parse().ok()).map(Millis);
        Event {
            user: self.user.clone(),
            chat: self.user.clone(),
            sent_at,
            ..Event::nothing(kind, format!("messenger:{}:{key}", self.page))
        }
    }

    /// An event about a message: its id alone would be the key of the message itself.
    fn about(&self, kind: EventKind, key: &str, mid: String) -> Event {
        Event { message: MessageHash::of(&mid), message_id: Some(mid), ..self.event(kind, key) }
    }

    fn user(&self) -> &str {
        self.user.as_deref().unwrap_or_default()
    }

    fn timestamp(&self) -> &str {
        self.timestamp.as_deref().unwrap_or_default()
    }

    /// The key of what has no id.
    fn key(&self, what: &str) -> String {
        format!("{what}:{}:{}", self.user(), self.timestamp())
    }
}

fn happened(item: Item, page: &str) -> Event {
    let scene = Scene::of(&item, page);
    if let Some(message) = item.message {
        said(message, &scene)
    } else if let Some(postback) = item.postback {
        pressed(postback, &scene)
    } else if let Some(edit) = item.message_edit {
        edited(edit, &scene)
    } else if let Some(delivery) = item.delivery {
        receipt("delivery", "delivered", delivery, &scene)
    } else if let Some(read) = item.read {
        receipt("read", "read", read, &scene)
    } else if let Some(reaction) = item.reaction {
        reacted(reaction, &scene)
    } else if item.policy_enforcement.is_some() {
        scene.event(EventKind::PlatformError, &format!("policy:{}", scene.timestamp()))
    } else if item.referral.is_some() {
        scene.event(EventKind::Ignored, &scene.key("referral"))
    } else if item.pass_thread_control.is_some() {
        scene.event(EventKind::Ignored, &scene.key("handover"))
    } else {
        scene.event(EventKind::Ignored, &scene.key("unknown"))
    }
}

/// Another app answers in this chat: stay silent.
fn overheard(item: Item, page: &str) -> Event {
    let scene = Scene::of(&item, page);
    let said = item.message.map(|message| format!("standby:{}", message.mid));
    scene.event(EventKind::Ignored, &said.unwrap_or_else(|| scene.key("standby")))
}

fn said(message: Message, scene: &Scene) -> Event {
    if message.is_echo {
        return scene.event(EventKind::Ignored, &format!("echo:{}", message.mid));
    }
    if message.is_deleted {
        return scene.about(EventKind::Deleted, &format!("deleted:{}", message.mid), message.mid);
    }
    let Message { mid, text, quick_reply, reply_to, attachments, .. } = message;
    let attachments: Vec<Attachment> = each(attachments).flatten().collect();
    let place = attachments.iter().find_map(|attachment| attachment.payload.coordinates.as_ref());
    let place = place.map(|at| Place { latitude: at.lat, longitude: at.long });
    let details = Details { reply_to: reply_to.and_then(|to| to.mid), place, ..Details::default() };
    if let Some(reply) = quick_reply {
        let details = Details { label: text, ..details };
        let text = Some(reply.payload);
        return Event { text, details, ..scene.about(EventKind::Action, &mid.clone(), mid) };
    }
    let media = attachments.iter().filter_map(media).collect();
    let kind = kind_of_all(text.as_deref(), &attachments);
    Event { text, media, details, ..scene.about(kind, &mid.clone(), mid) }
}

fn kind_of_all(text: Option<&str>, attachments: &[Attachment]) -> EventKind {
    let of_text = match (text, attachments) {
        (Some(_), _) => EventKind::Text,
        (None, []) => EventKind::Ignored,
        (None, _) => EventKind::Unsupported,
    };
    attachments.iter().find_map(kind).unwrap_or(of_text)
}

/// `None`: an attachment that only shows what the text says, as the preview of a link.
fn kind(attachment: &Attachment) -> Option<EventKind> {
    match attachment.kind.as_str() {
        "image" if attachment.payload.sticker_id.is_some() => Some(EventKind::Sticker),
        "image" => Some(EventKind::Image),
        "audio" => Some(EventKind::Audio),
        "video" | "file" => Some(EventKind::File),
        "location" => Some(EventKind::Location),
        _ => None,
    }
}

/// Only a URL is told of a file: neither type nor size nor length.
fn media(attachment: &Attachment) -> Option<Media> {
    let kind = match kind(attachment)? {
        EventKind::Audio => MediaKind::Audio,
        EventKind::Image => MediaKind::Image,
        EventKind::File => MediaKind::File,
        _ => return None,
    };
    let handle = attachment.payload.url.clone()?;
    Some(Media { kind, handle, mime: None, size: None, duration_ms: None, name: None })
}

fn pressed(postback: Postback, scene: &Scene) -> Event {
    let payload = postback.payload.as_deref().unwrap_or_default();
    let event = match postback.mid {
        Some(mid) => scene.about(EventKind::Action, &mid.clone(), mid),
        None => scene.event(EventKind::Action, &format!("{}:{payload}", scene.key("postback"))),
    };
    let details = Details { label: postback.title, ..Details::default() };
    Event { text: postback.payload, details, ..event }
}

fn edited(edit: MessageEdit, scene: &Scene) -> Event {
    let key = format!("edit:{}:{}", edit.mid, edit.num_edit.unwrap_or_default());
    Event { text: edit.text, ..scene.about(EventKind::Edited, &key, edit.mid) }
}

fn receipt(what: &str, status: &str, upto: Watermark, scene: &Scene) -> Event {
    let key = format!("{what}:{}:{}", scene.user(), upto.watermark.unwrap_or_default());
    let details = Details { status: Some(status.to_owned()), ..Details::default() };
    Event { details, ..scene.event(EventKind::Receipt, &key) }
}

fn reacted(reaction: Reaction, scene: &Scene) -> Event {
    let Reaction { mid, action, emoji } = reaction;
    let key = format!("reaction:{mid}:{}:{action}:{}", scene.user(), scene.timestamp());
    let emoji = emoji.filter(|_| action == "react");
    Event {
        details: Details { target: Some(mid), emoji, ..Details::default() },
        ..scene.event(EventKind::Reaction, &key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(messages: &str) -> Vec<Event> {
        let item =
            |message: &str| format!(r#"{{"sender": {{"id": 7}}, "timestamp": "5", "message": {message}}}"#);
        let items: Vec<_> = messages.lines().map(item).collect();
        events(format!(r#"{{"entry": [{{"id": "1", "messaging": [{}]}}]}}"#, items.join(",")).as_bytes())
    }

    #[test]
    fn what_is_attached_decides_and_the_preview_of_a_link_is_nothing_attached() {
        let events = parsed(
            r#"{"mid": "a", "text": "see a.example", "attachments": [{"type": "fallback", "payload": null}, 7]}
{"mid": "b", "attachments": [{"type": "image", "payload": {"url": "https://x.fbcdn.net/s", "sticker_id": 369}}]}
{"mid": "c", "attachments": [{"type": "reel", "payload": {}}]}
{"text": "no id"}
{"mid": "e", "text": "what is it", "attachments": [{"type": "file", "payload": {"url": "https://x.fbcdn.net/f"}}]}"#,
        );
        let kinds: Vec<_> = events.iter().map(|event| (event.kind, event.media.len())).collect();
        let unreadable = (EventKind::Unreadable, 0);
        assert_eq!(kinds[..3], [(EventKind::Text, 0), (EventKind::Sticker, 0), (EventKind::Unsupported, 0)]);
        assert_eq!(kinds[3..], [unreadable, (EventKind::File, 1)]);
        assert_eq!((events[0].user.as_deref(), events[0].sent_at), (Some("7"), Some(Millis(5))));
    }

    #[test]
    fn a_message_its_edit_and_its_removal_are_about_one_thing() {
        let said = &parsed(r#"{"mid": "m", "text": "a"}"#)[0];
        let removed = &parsed(r#"{"mid": "m", "is_deleted": true}"#)[0];
        assert_eq!(removed.message, said.message);
        assert_ne!(removed.dedup, said.dedup);
    }
}
