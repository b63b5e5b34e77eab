//! Updates to events.

use domain::{Handles, Media, MediaKind, MessageHash, Millis};

use super::wire::{
    CallbackQuery, Chat, ChatMember, ChatMemberUpdated, File, Location, Message, Update, User,
};
use crate::event::{Details, Event, EventKind, Place, Scope, utf16_stretch};

/// The events of a request: one update each, by Telegram's rule.
pub(super) fn events(body: &[u8]) -> Vec<Event> {
    let unreadable = || Event::nothing(EventKind::Unreadable, "telegram:unreadable".to_owned());
    vec![serde_json::from_slice::<Update>(body).map_or_else(|_| unreadable(), event)]
}

fn event(update: Update) -> Event {
    let dedup = format!("telegram:{}", update.update_id);
    let Update { message, edited_message, callback_query, my_chat_member, .. } = update;
    if let Some(message) = message {
        said(message, dedup)
    } else if let Some(message) = edited_message {
        let sent_at = message.edit_date.unwrap_or(message.date);
        let is_bot = message.from.as_ref().is_some_and(|user| user.is_bot);
        let kind = if is_bot { EventKind::Ignored } else { EventKind::Edited };
        Event { kind, sent_at: Some(seconds(sent_at)), ..said(message, dedup) }
    } else if let Some(query) = callback_query {
        pressed(query, dedup)
    } else if let Some(change) = my_chat_member {
        membership(&change, dedup)
    } else {
        Event::nothing(EventKind::Ignored, dedup)
    }
}

fn from(user: Option<&User>, chat: Option<&Chat>, dedup: String) -> Event {
    Event {
        user: user.map(|user| user.id.to_string()),
        language: user.and_then(|user| user.language_code.clone()),
        chat: chat.map(|chat| chat.id.to_string()),
        scope: chat.map(scope),
        ..Event::nothing(EventKind::Ignored, dedup)
    }
}

fn said(message: Message, dedup: String) -> Event {
    let kind = kind(&message);
    let speaks_to_bot = mention(&message).is_some() || replies_to_bot(&message);
    let base = from(message.from.as_ref(), Some(&message.chat), dedup);
    Event {
        // Counted up inside a chat, so that messages of one second keep their order.
        message: u64::try_from(message.message_id)
            .map_or_else(|_| MessageHash::of(&base.dedup), MessageHash::counted),
        thread: message.message_thread_id.filter(|_| message.is_topic_message).map(|id| id.to_string()),
        sent_at: Some(seconds(message.date)),
        mentions_bot: speaks_to_bot && base.scope == Some(Scope::Group),
        message_id: Some(message.message_id.to_string()),
        details: details(&message),
        media: media(&message),
        text: message.text.or(message.caption),
        kind: if message.from.is_some_and(|user| user.is_bot) { EventKind::Ignored } else { kind },
        ..base
    }
}

fn kind(message: &Message) -> EventKind {
    if message.migrate_to_chat_id.is_some() {
        EventKind::ChatMigrated
    } else if message.text.is_some() {
        EventKind::Text
    } else if message.voice.is_some() || message.audio.is_some() {
        EventKind::Audio
    } else if message.photo.is_some() {
        EventKind::Image
    } else if message.document.is_some() {
        EventKind::File
    } else if message.sticker.is_some() {
        EventKind::Sticker
    } else if message.location.is_some() {
        EventKind::Location
    } else if message.is_something_else() {
        EventKind::Unsupported
    } else {
        EventKind::Ignored
    }
}

fn media(message: &Message) -> Vec<Media> {
    let photo = message.photo.as_ref().and_then(|sizes| sizes.last());
    let attached = [
        (MediaKind::Audio, message.voice.as_ref().or(message.audio.as_ref())),
        (MediaKind::Image, photo),
        (MediaKind::File, message.document.as_ref()),
    ];
    let of = |(kind, file): (MediaKind, Option<&File>)| {
        let File { file_id, mime_type, file_size, duration, file_name } = file?;
        Some(Media {
            kind,
            handle: file_id.clone(),
            mime: mime_type.clone(),
            size: *file_size,
            duration_ms: duration.map(|seconds| seconds.saturating_mul(1_000)),
            name: file_name.clone(),
        })
    };
    attached.into_iter().find_map(of).into_iter().collect()
}

fn details(message: &Message) -> Details {
    let place = |at: &Location| Place { latitude: at.latitude, longitude: at.longitude };
    let replied_to = message.reply_to_message.as_ref().and_then(|replied| replied.message_id);
    Details {
        album: message.media_group_id.clone(),
        reply_to: replied_to.map(|id| id.to_string()),
        place: message.location.as_ref().map(place),
        new_chat: message.migrate_to_chat_id.map(|id| id.to_string()),
        addressed: mention(message),
        ..Details::default()
    }
}

/// A bot's user name ends in "bot" (core.telegram.org/bots/features), so a mention of one in a chat where this
/// bot hears it is taken as meant for it; as is a reply to a bot's message.
fn mention(message: &Message) -> Option<String> {
    let text = message.text.as_deref().or(message.caption.as_deref()).unwrap_or_default();
    let entities = message.entities.iter().chain(&message.caption_entities);
    let mentions = entities.filter(|entity| entity.kind == "mention");
    let mut names = mentions.filter_map(|entity| utf16_stretch(text, entity.offset, entity.length));
    names.find(|name| name.to_lowercase().ends_with("bot"))
}

fn replies_to_bot(message: &Message) -> bool {
    let replied_to = message.reply_to_message.as_ref().and_then(|replied| replied.from.as_ref());
    replied_to.is_some_and(|user| user.is_bot)
}

/// A button. It has no time of its own: that of the message it stands under is the same on every delivery.
fn pressed(query: CallbackQuery, dedup: String) -> Event {
    let chat = query.message.as_ref().map(|message| &message.chat);
    let date = query.message.as_ref().map(|message| message.date).filter(|date| *date > 0);
    Event {
        kind: EventKind::Action,
        message: MessageHash::of(&query.id),
        sent_at: date.map(seconds),
        text: query.data,
        handles: Handles { seen: Some(query.id), reply: None },
        ..from(Some(&query.from), chat, dedup)
    }
}

fn membership(change: &ChatMemberUpdated, dedup: String) -> Event {
    let base = from(Some(&change.from), Some(&change.chat), dedup);
    let is_gone = is_gone_status(Some(&change.new_chat_member));
    let kind = match (scope(&change.chat), is_gone) {
        (Scope::Direct, true) => EventKind::Blocked,
        (Scope::Direct, false) => EventKind::Start,
        (Scope::Group, true) => EventKind::BotRemoved,
        (Scope::Group, false) => EventKind::BotAdded,
    };
    let came_back = kind == EventKind::Start && is_gone_status(change.old_chat_member.as_ref());
    let details = Details { unblocked: came_back, ..Details::default() };
    Event { kind, sent_at: Some(seconds(change.date)), details, ..base }
}

fn is_gone_status(member: Option<&ChatMember>) -> bool {
    member.is_some_and(|member| matches!(member.status.as_str(), "kicked" | "left"))
}

fn scope(chat: &Chat) -> Scope {
    if matches!(chat.kind.as_deref(), Some("group" | "supergroup" | "channel")) {
        Scope::Group
    } else {
        Scope::Direct
    }
}

fn seconds(seconds: i64) -> Millis {
    Millis(seconds.saturating_mul(1_000))
}
