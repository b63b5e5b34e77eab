//! Events, buttons and slash commands to events of ours.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::{Handles, Media, MediaKind, MessageHash, Millis};
use url::form_urlencoded;

use super::wire::{
    Action, Authorization, Callback, Check, File, Happening, Interaction, Membership, Message, Reaction,
    Request,
};
use crate::event::{Details, Event, EventKind, Scope};
use crate::proof::Verified;

/// Behind every dedup key: what the envelope of an event says about it.
struct Envelope {
    team: String,
    dedup: String,
    /// The bot's user.
    bot: Option<String>,
}

/// The value to send back when Slack checks the URL.
pub(super) fn challenge(body: &[u8]) -> Option<String> {
    let check: Check<'_> = serde_json::from_slice(body).ok()?;
    check.challenge.filter(|_| check.kind == "url_verification")
}

/// The events of a request: JSON from the Events API, a form from buttons and slash commands.
pub(super) fn events(verified: &Verified<'_>) -> Vec<Event> {
    let body = verified.body();
    let read = if body.starts_with(b"{") { json(body) } else { form(body) };
    let unreadable = || vec![Event::nothing(EventKind::Unreadable, "slack:unreadable".to_owned())];
    let mut events = read.unwrap_or_else(unreadable);
    let redelivery = verified.header("x-slack-retry-num").is_some();
    for event in &mut events {
        event.details.redelivery = redelivery;
    }
    events
}

fn json(body: &[u8]) -> Option<Vec<Event>> {
    Some(match serde_json::from_slice(body).ok()? {
        Request::UrlVerification => return challenge(body).map(|_| Vec::new()),
        Request::EventCallback(callback) => vec![happened(*callback)],
        Request::AppRateLimited { team_id, minute_rate_limited } => {
            let dedup = format!("slack:{team_id}:app_rate_limited:{minute_rate_limited}");
            vec![Event::nothing(EventKind::PlatformError, dedup)]
        }
        Request::Other => vec![Event::nothing(EventKind::Ignored, "slack:unknown".to_owned())],
    })
}

/// `ssl_check` is how Slack looks at the certificate of a slash command's URL.
fn form(body: &[u8]) -> Option<Vec<Event>> {
    let fields: BTreeMap<_, _> = form_urlencoded::parse(body).collect();
    if let Some(payload) = fields.get("payload") {
        return serde_json::from_str(payload).ok().as_ref().map(pressed);
    }
    if fields.contains_key("ssl_check") {
        Some(Vec::new())
    } else {
        commanded(&fields).map(|said| vec![said])
    }
}

fn happened(callback: Callback) -> Event {
    let is_bot = |authorization: &&Authorization| authorization.is_bot;
    let bot = callback.authorizations.iter().find(is_bot).and_then(|bot| bot.user_id.clone());
    let dedup = format!("slack:{}", callback.event_id);
    let envelope = Envelope { team: callback.team_id, dedup, bot };
    match callback.event {
        Happening::Message(message) => written(&message, &envelope),
        Happening::AppMention(message) => {
            let said = said(&message, &message, &envelope);
            let details = Details { is_twin: false, ..said.details };
            Event { mentions_bot: said.kind != EventKind::Ignored, details, ..said }
        }
        Happening::ReactionAdded(reaction) => reacted(reaction, true, &envelope),
        Happening::ReactionRemoved(reaction) => reacted(reaction, false, &envelope),
        Happening::MemberJoinedChannel(change) => {
            membership(change, [EventKind::BotAdded, EventKind::MembersJoined], &envelope)
        }
        Happening::MemberLeftChannel(change)
        | Happening::ChannelLeft(change)
        | Happening::GroupLeft(change) => {
            membership(change, [EventKind::BotRemoved, EventKind::MembersLeft], &envelope)
        }
        Happening::AppUninstalled { event_ts } => Event {
            sent_at: event_ts.as_deref().and_then(time),
            ..Event::nothing(EventKind::Uninstalled, envelope.dedup)
        },
        Happening::Other => Event::nothing(EventKind::Ignored, envelope.dedup),
    }
}

fn written(message: &Message, envelope: &Envelope) -> Event {
    match message.subtype.as_deref() {
        None | Some("file_share" | "thread_broadcast") => said(message, message, envelope),
        Some("message_changed") => changed(message, envelope),
        Some("message_deleted") => removed(message, envelope),
        Some(_) => noticed(message, message, envelope),
    }
}

/// What any message tells. `around` names its channel: the message itself, or the change it stands in.
fn noticed(message: &Message, around: &Message, envelope: &Envelope) -> Event {
    let channel = around.channel.as_deref().unwrap_or_default();
    Event {
        message: MessageHash::of(&key(&envelope.team, channel, &message.ts)),
        message_id: Some(message.ts.clone()),
        user: message.user.clone(),
        chat: around.channel.clone(),
        sent_at: time(&message.ts),
        ..Event::nothing(EventKind::Ignored, envelope.dedup.clone())
    }
}

/// One mention in a channel comes as two events, `message` and `app_mention`: what they share is the message.
fn said(message: &Message, around: &Message, envelope: &Envelope) -> Event {
    let noticed = noticed(message, around, envelope);
    if is_a_bots(message, envelope) {
        return noticed;
    }
    let scope = scope(around);
    let second_key = key(&envelope.team, around.channel.as_deref().unwrap_or_default(), &message.ts);
    Event {
        kind: kind(message),
        thread: thread(message, scope),
        scope: Some(scope),
        text: message.text.as_deref().filter(|text| !text.is_empty()).map(unescaped),
        media: message.files.iter().flatten().filter_map(attached).collect(),
        mentions_bot: scope == Scope::Group && mention(message, envelope).is_some(),
        details: Details {
            second_key: Some(second_key),
            addressed: mention(message, envelope).map(ToOwned::to_owned),
            is_twin: scope == Scope::Group && mention(message, envelope).is_some(),
            ..Details::default()
        },
        ..noticed
    }
}

/// A message is also changed by the preview of a link, which is no edit; and one that others have answered to in its
/// thread is not deleted, but changed into a stone that marks its place.
fn changed(change: &Message, envelope: &Envelope) -> Event {
    let Some(now) = change.message.as_deref() else { return noticed(change, change, envelope) };
    if now.subtype.as_deref() == Some("tombstone") {
        return removed(change, envelope);
    }
    let before = change.previous_message.as_deref().and_then(|before| before.text.as_ref());
    if now.edited.is_none() || before.is_some() && before == now.text.as_ref() {
        return noticed(now, change, envelope);
    }
    of_change(EventKind::Edited, change, said(now, change, envelope))
}

fn removed(change: &Message, envelope: &Envelope) -> Event {
    let Some(before) = change.previous_message.as_deref() else { return noticed(change, change, envelope) };
    let said = Event { text: None, media: Vec::new(), ..said(before, change, envelope) };
    of_change(EventKind::Deleted, change, said)
}

/// Whoever was not to be answered is not by a change either.
fn of_change(kind: EventKind, change: &Message, said: Event) -> Event {
    let kind = if said.kind == EventKind::Ignored { said.kind } else { kind };
    let details = Details { addressed: said.details.addressed.clone(), ..Details::default() };
    Event { kind, sent_at: time(&change.ts), details, ..said }
}

fn is_a_bots(message: &Message, envelope: &Envelope) -> bool {
    let user = message.user.as_deref();
    message.bot_id.is_some() || matches!(user, None | Some("USLACKBOT")) || user == envelope.bot.as_deref()
}

fn kind(message: &Message) -> EventKind {
    let text = message.text.as_deref().unwrap_or_default();
    match message.files.iter().flatten().next().map(media_kind) {
        Some(MediaKind::Audio) => EventKind::Audio,
        Some(MediaKind::Image) => EventKind::Image,
        Some(MediaKind::File) => EventKind::File,
        // Forwarded messages stand in `attachments`, which are not read.
        None if text.is_empty() => EventKind::Unsupported,
        None => EventKind::Text,
    }
}

/// Voice clips are MP4 with nothing but sound, and sometimes said to be video.
fn media_kind(file: &File) -> MediaKind {
    let mime = file.mimetype.as_deref().unwrap_or_default();
    if file.subtype.as_deref() == Some("slack_audio") || mime.starts_with("audio/") {
        MediaKind::Audio
    } else if mime.starts_with("image/") {
        MediaKind::Image
    } else {
        MediaKind::File
    }
}

/// Without a URL it lies elsewhere, or is gone.
fn attached(file: &File) -> Option<Media> {
    let kind = media_kind(file);
    let sound = |mime: &String| {
        if kind == MediaKind::Audio { mime.replace("video/", "audio/") } else { mime.clone() }
    };
    Some(Media {
        kind,
        handle: file.url_private_download.clone()?,
        mime: file.mimetype.as_ref().map(sound),
        size: file.size,
        duration_ms: file.duration_ms,
        name: file.name.clone().filter(|_| kind == MediaKind::File),
    })
}

/// A message of a channel that stands in no thread is the first of its own.
fn thread(message: &Message, scope: Scope) -> Option<String> {
    let replied = message.thread_ts.as_ref().filter(|thread| **thread != message.ts);
    replied.cloned().or_else(|| (scope == Scope::Group).then(|| message.ts.clone()))
}

/// `<@U...>` or `<@U...|name>`, where it is the bot that is named.
fn mention<'m>(message: &'m Message, envelope: &Envelope) -> Option<&'m str> {
    let text = message.text.as_deref()?;
    let bot = envelope.bot.as_ref()?;
    let begins = |end: &str| text.find(&format!("<@{bot}{end}"));
    let from = text.get(begins(">").or_else(|| begins("|"))?..)?;
    from.get(..=from.find('>')?)
}

fn reacted(reaction: Reaction, is_there: bool, envelope: &Envelope) -> Event {
    let Reaction { user, reaction, item, event_ts } = reaction;
    let channel = item.channel.as_deref().unwrap_or_default();
    let target = item.ts.as_deref().unwrap_or_default();
    Event {
        message: MessageHash::of(&key(&envelope.team, channel, target)),
        details: Details {
            emoji: reaction.filter(|_| is_there),
            target: item.ts.clone(),
            ..Details::default()
        },
        message_id: item.ts,
        user,
        chat: item.channel,
        sent_at: event_ts.as_deref().and_then(time),
        ..Event::nothing(EventKind::Reaction, envelope.dedup.clone())
    }
}

fn membership(change: Membership, [of_bot, of_others]: [EventKind; 2], envelope: &Envelope) -> Event {
    let is_bot = change.user.is_none() || change.user == envelope.bot;
    Event {
        user: change.user,
        chat: change.channel,
        scope: Some(Scope::Group),
        sent_at: change.event_ts.as_deref().and_then(time),
        ..Event::nothing(if is_bot { of_bot } else { of_others }, envelope.dedup.clone())
    }
}

/// Other interactions come from windows and shortcuts, of which this bot opens none.
fn pressed(interaction: &Interaction) -> Vec<Event> {
    let team = interaction.team.as_ref().map_or("", |team| &team.id);
    if interaction.kind != "block_actions" {
        let dedup = format!("slack:{team}:trigger:{}", interaction.trigger_id);
        return vec![Event::nothing(EventKind::Ignored, dedup)];
    }
    interaction.actions.iter().map(|action| button(action, team, interaction)).collect()
}

/// A button of this bot has for its id what it says. The thread is that of the message it stands under.
fn button(action: &Action, team: &str, interaction: &Interaction) -> Event {
    let channel = interaction.channel.as_ref().map_or("", |channel| &channel.id);
    let message_id = interaction.container.as_ref().and_then(|container| container.message_ts.clone());
    let thread = interaction.message.as_ref().and_then(|message| message.thread_ts.clone());
    let happened = format!("{}:{}", action.action_ts, action.action_id);
    Event {
        user: interaction.user.as_ref().map(|user| user.id.clone()),
        chat: interaction.channel.as_ref().map(|channel| channel.id.clone()),
        thread: thread.filter(|thread| Some(thread) != message_id.as_ref()),
        scope: Some(if channel.starts_with('D') { Scope::Direct } else { Scope::Group }),
        sent_at: time(&action.action_ts),
        text: Some(action.action_id.clone()),
        handles: Handles { reply: interaction.response_url.clone(), seen: None },
        details: Details { value: action.value.clone(), ..Details::default() },
        message_id,
        ..Event::nothing(EventKind::Action, key(team, channel, &happened))
    }
}

/// It has neither an id nor a time, and is delivered once: the time is that of its arrival.
fn commanded(fields: &BTreeMap<Cow<'_, str>, Cow<'_, str>>) -> Option<Event> {
    let field = |name: &str| {
        fields.get(name).map(|value| value.clone().into_owned()).filter(|value| !value.is_empty())
    };
    let command = field("command")?;
    let [team, trigger] = ["team_id", "trigger_id"].map(|name| field(name).unwrap_or_default());
    Some(Event {
        user: field("user_id"),
        chat: field("channel_id"),
        text: field("text"),
        handles: Handles { reply: field("response_url"), seen: None },
        details: Details { command: Some(command), ..Details::default() },
        ..Event::nothing(EventKind::Command, key(&team, "trigger", &trigger))
    })
}

/// An id of a direct chat begins with D; `app_mention` tells nothing else about its channel.
fn scope(message: &Message) -> Scope {
    let is_direct = message.channel_type.as_deref() == Some("im")
        || message.channel.as_deref().is_some_and(|channel| channel.starts_with('D'));
    if is_direct { Scope::Direct } else { Scope::Group }
}

fn key(team: &str, channel: &str, what: &str) -> String {
    format!("slack:{team}:{channel}:{what}")
}

/// Slack escapes these three characters and no others.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn time(ts: &str) -> Option<Millis> {
    let (seconds, micros) = ts.split_once('.')?;
    let (seconds, micros): (i64, i64) = (seconds.parse().ok()?, micros.parse().ok()?);
    Some(Millis(seconds.saturating_mul(1_000).saturating_add(micros / 1_000)))
}
