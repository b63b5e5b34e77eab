//! Updates to events.

use domain::{MessageHash, Millis};

use super::wire::{CallbackQuery, Chat, ChatMemberUpdated, File, Message, Update, User};
use crate::event::{Event, EventKind, Media, Scope};

/// The events of a request: one update each, by Telegram's rule.
pub(super) fn events(body: &[u8]) -> Vec<Event> {
    let unreadable = || Event { kind: EventKind::Unreadable, ..nothing("telegram:unreadable".to_owned()) };
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
        nothing(dedup)
    }
}

/// An event of which nothing is known but that it happened.
fn nothing(dedup: String) -> Event {
    Event {
        kind: EventKind::Ignored,
        message: MessageHash::of(&dedup),
        dedup,
        user: None,
        chat: None,
        thread: None,
        scope: Scope::Direct,
        sent_at: None,
        language: None,
        text: None,
        media: None,
        mentions_bot: false,
        callback_id: None,
    }
}

fn from(user: Option<&User>, chat: Option<&Chat>, dedup: String) -> Event {
    Event {
        user: user.map(|user| user.id.to_string()),
        language: user.and_then(|user| user.language_code.clone()),
        chat: chat.map(|chat| chat.id.to_string()),
        scope: chat.map_or(Scope::Direct, scope),
        ..nothing(dedup)
    }
}

fn said(message: Message, dedup: String) -> Event {
    let kind = kind(&message);
    let speaks_to_bot = mentions_bot(&message);
    let base = from(message.from.as_ref(), Some(&message.chat), dedup);
    Event {
        // Counted up inside a chat, so that messages of one second keep their order.
        message: u64::try_from(message.message_id)
            .map_or_else(|_| MessageHash::of(&base.dedup), MessageHash::counted),
        thread: message.message_thread_id.filter(|_| message.is_topic_message).map(|id| id.to_string()),
        sent_at: Some(seconds(message.date)),
        mentions_bot: speaks_to_bot && base.scope == Scope::Group,
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
    } else {
        EventKind::Ignored
    }
}

fn media(message: &Message) -> Option<Media> {
    let photo = message.photo.as_ref().and_then(|sizes| sizes.last());
    let file = message.voice.as_ref().or(message.audio.as_ref()).or(photo).or(message.document.as_ref());
    file.map(|File { file_id, mime_type, file_size, duration, file_name }| Media {
        id: file_id.clone(),
        mime: mime_type.clone(),
        size: *file_size,
        duration_ms: duration.map(|seconds| seconds.saturating_mul(1_000)),
        name: file_name.clone(),
    })
}

/// A bot's user name ends in "bot" (core.telegram.org/bots/features), so a mention of one in a chat where this
/// bot hears it is taken as meant for it; as is a reply to a bot's message.
fn mentions_bot(message: &Message) -> bool {
    let text: Vec<u16> = message.text.as_deref().unwrap_or_default().encode_utf16().collect();
    let names_a_bot = message.entities.iter().filter(|entity| entity.kind == "mention").any(|entity| {
        let name = text.iter().skip(entity.offset).take(entity.length).copied();
        char::decode_utf16(name).flatten().collect::<String>().to_lowercase().ends_with("bot")
    });
    let replied_to = message.reply_to_message.as_ref().and_then(|replied| replied.from.as_ref());
    names_a_bot || replied_to.is_some_and(|user| user.is_bot)
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
        callback_id: Some(query.id),
        ..from(Some(&query.from), chat, dedup)
    }
}

fn membership(change: &ChatMemberUpdated, dedup: String) -> Event {
    let base = from(Some(&change.from), Some(&change.chat), dedup);
    let is_gone = matches!(change.new_chat_member.status.as_str(), "kicked" | "left");
    let kind = match (base.scope, is_gone) {
        (Scope::Direct, true) => EventKind::Blocked,
        (Scope::Direct, false) => EventKind::Start,
        (Scope::Group, true) => EventKind::BotRemoved,
        (Scope::Group, false) => EventKind::BotAdded,
    };
    Event { kind, sent_at: Some(seconds(change.date)), ..base }
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
