//! The platform and all that it keeps, behind one lock.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use super::call::Call;
use super::chats::{Author, Chats, Line, Media, MediaKind};
use super::faults::{Fault, take};
use super::ids::Ids;
use super::people::{Edit, Press, Pressed, Refused, Said, Say};
use super::platform::{Event, Platform, Reply, World};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) struct Site {
    pub(super) platform: Box<dyn Platform>,
    pub(super) world: World,
    pub(super) faults: Vec<Fault>,
    pub(super) journal: Vec<Entry>,
    /// Every event so far, for sending it again.
    pub(super) events: BTreeMap<String, Event>,
}

/// A call of the bot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// What it was for: `send`, `reply`, `push`, `typing`, `read`, `media` and so on.
    pub operation: &'static str,
    pub verb: String,
    pub path: String,
    pub at_ms: u64,
    /// Absent when the connection was dropped.
    pub status: Option<u16>,
    pub parameters: Value,
}

/// The answer to the bot, or none when the connection is to be dropped, and what follows from the call.
pub(super) type Outcome = (Option<super::Answer>, Vec<Event>);

impl Site {
    pub(super) fn new(platform: Box<dyn Platform>, base_url: String, now_ms: u64) -> Self {
        let (chats, ids) = (Chats::default(), Ids::new(now_ms));
        let world = World { chats, media: BTreeMap::new(), ids, base_url, now_ms };
        Self { platform, world, faults: Vec::new(), journal: Vec::new(), events: BTreeMap::new() }
    }

    pub(super) fn say(&mut self, chat: &str, say: &Say) -> Result<(Line, Vec<Event>), Refused> {
        let group = say.group.unwrap_or_else(|| self.world.chats.get(chat).is_some_and(|chat| chat.group));
        say.check()?;
        self.platform.check(say, group)?;
        let line = self.write(chat, say, group);
        let media = self.upload(say, &line);
        let media = media.as_ref().map(|(id, media)| (id.as_str(), media));
        let events = self.platform.said(&mut self.world, &Said { chat, line: &line, say, media });
        Ok((line, events))
    }

    fn write(&mut self, chat: &str, say: &Say, group: bool) -> Line {
        let Self { platform, world, .. } = self;
        let at_ms = say.sent_at_ms.unwrap_or(world.now_ms);
        let message_id = platform.message_id(&mut world.ids, chat, at_ms, say.event.as_deref());
        let user = say.user.clone().unwrap_or_else(|| platform.user_of(chat));
        let text = say.text.clone().unwrap_or_default();
        let line = Line::new(message_id, Author::User, text, at_ms);
        let line = Line { user: Some(user.clone()), thread: say.thread.clone(), ..line };
        let known = world.chats.chat(chat);
        known.group = group;
        known.user = user;
        known.name = say.name.clone().or_else(|| known.name.take());
        known.language = say.language.clone().or_else(|| known.language.take());
        known.heard_at_ms = known.heard_at_ms.max(Some(at_ms));
        known.lines.push(line.clone());
        line
    }

    fn upload(&mut self, say: &Say, line: &Line) -> Option<(String, Media)> {
        let voice = say.voice.clone().map(|bytes| (MediaKind::Voice, bytes));
        let (kind, bytes) = voice.or_else(|| Some((MediaKind::Image, say.image.clone()?)))?;
        let media = Media { bytes, kind, at_ms: line.at_ms };
        let id = self.platform.media_id(&mut self.world.ids, &line.message_id, line.at_ms);
        self.world.media.insert(id.clone(), media.clone());
        Some((id, media))
    }

    pub(super) fn press(&mut self, chat: &str, press: &Press) -> Result<Vec<Event>, Refused> {
        let (line, button) = self.world.chats.button(chat, &press.data);
        let usual = self.platform.user_of(chat);
        let at_ms = self.world.now_ms;
        let known = self.world.chats.chat(chat);
        known.heard_at_ms = known.heard_at_ms.max(Some(at_ms));
        let last = if known.user.is_empty() { usual } else { known.user.clone() };
        let user = press.user.clone().unwrap_or(last);
        let pressed = Pressed { chat, user: &user, data: &press.data, line, button, at_ms };
        self.platform.pressed(&mut self.world, &pressed)
    }

    pub(super) fn edit(&mut self, chat: &str, edit: &Edit) -> Result<Vec<Event>, Refused> {
        let mut line = self.of_a_user(chat, &edit.message_id)?;
        line.text.clone_from(&edit.text);
        line.edited_at_ms = Some(self.world.now_ms);
        let events = self.platform.edited(&mut self.world, chat, &line)?;
        self.replace(chat, line);
        Ok(events)
    }

    pub(super) fn unsend(&mut self, chat: &str, message_id: &str) -> Result<Vec<Event>, Refused> {
        let mut line = self.of_a_user(chat, message_id)?;
        line.unsent = true;
        let events = self.platform.unsent(&mut self.world, chat, &line)?;
        self.replace(chat, line);
        Ok(events)
    }

    pub(super) fn block(&mut self, chat: &str, blocked: bool) -> Result<Vec<Event>, Refused> {
        let events = self.platform.blocked(&mut self.world, chat, blocked)?;
        self.world.chats.chat(chat).blocked = blocked;
        Ok(events)
    }

    fn of_a_user(&self, chat: &str, message_id: &str) -> Result<Line, Refused> {
        let line = self.world.chats.line(chat, message_id).filter(|line| line.from == Author::User);
        line.cloned().ok_or_else(|| Refused::Unknown(message_id.to_owned()))
    }

    fn replace(&mut self, chat: &str, line: Line) {
        if let Some(known) = self.world.chats.line_mut(chat, &line.message_id) {
            *known = line;
        }
    }

    /// Carries out what the bot asks, unless a fault is in the way.
    pub(super) fn call(&mut self, call: &Call) -> Outcome {
        let operation = self.platform.operation(call);
        let broken = take(&mut self.faults, self.platform.as_ref(), operation, call);
        let (answer, events) = match broken {
            Some(broken) if !broken.carry_out => (broken.answer, Vec::new()),
            broken => {
                let Reply { answer, events } = self.platform.call(&mut self.world, operation, call);
                (broken.map_or(Some(answer), |broken| broken.answer), events)
            }
        };
        self.journal.push(Entry {
            operation,
            verb: call.verb.clone(),
            path: call.path.clone(),
            at_ms: call.at_ms,
            status: answer.as_ref().map(|answer| answer.status),
            parameters: call.parameters(),
        });
        (answer, events)
    }
}
