//! What a user has chosen: mode, place in the menus, settings. It outlives sessions.

use std::collections::BTreeMap;

use crate::schedule::{Reminder, Subscription};

/// The state of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Counts the changes; 0 when nothing was ever chosen.
    pub version: u64,
    /// The mode, by its name in the bot folder; `None`: the first.
    pub mode: Option<String>,
    /// The menus gone into, outermost first; empty: the main menu.
    pub menu: Vec<String>,
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
}
