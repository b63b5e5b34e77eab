//! What a user has chosen: mode, place in the menus, settings. It outlives sessions.

use std::collections::BTreeMap;

use crate::schedule::{Reminder, Subscription};
use crate::time::Millis;

/// The state of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Counts the changes; 0 when nothing was ever chosen.
    pub version: u64,
    /// The mode, by its name in the bot folder; `None`: the first.
    pub mode: Option<String>,
    /// The menus gone into, outermost first; empty: the main menu.
    pub menu: Vec<String>,
    /// What the bot keeps of what is being looked for or filled in, by name: each a JSON value, as text.
    pub fields: BTreeMap<String, String>,
    /// The session that mode, menu and fields belong to, by its start.
    pub session: Option<Millis>,
    /// Settings by name.
    pub settings: BTreeMap<String, String>,
    /// The schedules subscribed to, now or once, by name.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// Reminders, in the order in which they were asked for.
    pub reminders: Vec<Reminder>,
    /// Mails of a day: days since 1970, and how many.
    pub mails: (i64, u64),
}

/// A change of the state, made whole by a turn and written together with its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatePatch {
    /// The version it was made from: on any other it is not applied.
    pub from: u64,
    /// The state afterwards.
    pub state: State,
}

impl StatePatch {
    /// The subscriptions that it changes.
    pub fn subscriptions(&self) -> impl Iterator<Item = (&String, &Subscription)> {
        let version = self.state.version;
        self.state.subscriptions.iter().filter(move |(_, subscription)| subscription.changed_in == version)
    }
}

impl State {
    /// One menu back.
    pub fn back(&mut self) {
        self.menu.pop();
    }

    /// Out of all menus, and into the first mode.
    pub fn main_menu(&mut self) {
        self.menu.clear();
        self.mode = None;
    }

    /// As it is for whoever writes in the session that began then: mode, menus and fields of an older one are gone,
    /// what was set stays.
    #[must_use]
    pub fn in_session(self, session_start: Millis) -> State {
        if self.session.is_none_or(|session| session == session_start) {
            return self;
        }
        State { mode: None, menu: Vec::new(), fields: BTreeMap::new(), session: None, ..self }
    }

    /// Whether somebody stands elsewhere in it.
    fn is_elsewhere(&self, other: &State) -> bool {
        (&self.mode, &self.menu, &self.fields) != (&other.mode, &other.menu, &other.fields)
    }

    /// The same, and what belongs to a session marked as this one's, if it changed.
    #[must_use]
    pub fn placed(self, before: &State, session_start: Millis) -> State {
        let session = if self.is_elsewhere(before) { Some(session_start) } else { self.session };
        State { session, ..self }
    }

    /// The same state, had other choices been made on the way to it: what the choices alone have made of `before` and
    /// would have made of `after`. What came to it by other ways stays.
    #[must_use]
    pub fn with_choices(self, before: &State, after: State) -> State {
        let State { mode, fields, session, .. } = self;
        let is_chosen = mode == before.mode;
        State {
            mode: if is_chosen { after.mode.clone() } else { mode },
            session: if is_chosen && fields == before.fields { after.session } else { session },
            fields,
            ..after
        }
    }

    /// The patch that leads from here to `changed`; `None` when that is the same.
    pub fn patch_to(&self, changed: State) -> Option<StatePatch> {
        let state = State { version: self.version + 1, ..changed };
        let is_change = State { version: self.version, ..state.clone() } != *self;
        is_change.then_some(StatePatch { from: self.version, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_counts_the_change_and_is_not_made_for_none() {
        let deep = State { version: 4, menu: vec!["a".into(), "b".into()], ..State::default() };
        let mut back = deep.clone();
        back.back();
        let patch = deep.patch_to(back).unwrap();
        assert_eq!((patch.from, patch.state.version, patch.state.menu), (4, 5, vec!["a".to_owned()]));
        assert_eq!(deep.patch_to(deep.clone()), None);
        let mut top = State::default();
        top.main_menu();
        assert_eq!(State::default().patch_to(top), None);
    }

    #[test]
    fn what_belongs_to_a_session_ends_with_it_and_settings_stay() {
        let empty = State::default();
        let asked = State {
            mode: Some("medical".into()),
            fields: [("city".into(), "\"Taipei\"".into())].into(),
            settings: [("tone".into(), "short".into())].into(),
            ..State::default()
        };
        let placed = asked.placed(&empty, Millis(700));
        assert_eq!(placed.session, Some(Millis(700)));
        assert_eq!(placed.clone().in_session(Millis(700)), placed);
        let after = placed.clone().in_session(Millis(701));
        assert_eq!((after.mode, after.fields.len(), after.settings.len()), (None, 0, 1));
        assert_eq!(placed.clone().placed(&placed, Millis(900)).session, Some(Millis(700)), "nothing moved");
    }
}
