//! What a user has chosen, as stored. The version stands in the type name and in the item (`v`).

use std::collections::BTreeMap;

use domain::{ConversationKey, Millis, State, StatePatch};
use serde::{Deserialize, Serialize};

use super::super::items::{read, write};
use super::super::keys::STATE_SK;
use super::super::schedules::items::{ReminderV1, SubscriptionV1};
use crate::world::{Item, TableError};

/// The attributes of the user's state, and the expiry that an erasure gives it: a change writes or removes each.
pub(super) const NAMES: [&str; 11] = ["v", "vn", "mo", "me", "fi", "ss", "se", "su", "re", "ma", "ttl"];

#[derive(Serialize, Deserialize)]
pub(in crate::table) struct StatePatchV1 {
    /// From version.
    fr: u64,
    #[serde(flatten)]
    state: StateV1,
}

impl StatePatchV1 {
    pub(in crate::table) fn of(patch: &StatePatch) -> StatePatchV1 {
        StatePatchV1 { fr: patch.from, state: StateV1::of(&patch.state) }
    }

    pub(in crate::table) fn patch(self) -> StatePatch {
        StatePatch { from: self.fr, state: self.state.state() }
    }
}

#[derive(Serialize, Deserialize)]
struct StateV1 {
    /// Version number of the state, counted by its changes.
    vn: u64,
    /// Mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mo: Option<String>,
    /// Menus gone into.
    me: Vec<String>,
    /// Fields that are kept, each as JSON text, and the start of the session that they, the mode and the menus belong to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fi: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ss: Option<i64>,
    /// Settings.
    se: BTreeMap<String, String>,
    /// Subscriptions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    su: BTreeMap<String, SubscriptionV1>,
    /// Reminders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    re: Vec<ReminderV1>,
    /// Mails: the day, and how many.
    #[serde(default)]
    ma: (i64, u64),
}

impl StateV1 {
    fn of(state: &State) -> StateV1 {
        StateV1 {
            vn: state.version,
            mo: state.mode.clone(),
            me: state.menu.clone(),
            fi: state.fields.clone(),
            ss: state.session.map(|at| at.0),
            se: state.settings.clone(),
            re: state.reminders.iter().map(ReminderV1::of).collect(),
            ma: state.mails,
            su: state
                .subscriptions
                .iter()
                .map(|(name, one)| (name.clone(), SubscriptionV1::of(one)))
                .collect(),
        }
    }

    fn state(self) -> State {
        let subscriptions = self.su.into_iter().filter_map(|(name, one)| Some((name, one.subscription()?)));
        State {
            version: self.vn,
            mode: self.mo,
            menu: self.me,
            fields: self.fi,
            session: self.ss.map(Millis),
            settings: self.se,
            subscriptions: subscriptions.collect(),
            reminders: self.re.into_iter().filter_map(ReminderV1::reminder).collect(),
            mails: self.ma,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct StateItemV1 {
    pk: String,
    sk: String,
    v: u8,
    #[serde(flatten)]
    state: StateV1,
}

/// The user's state as an item. It has no expiry: settings outlive what was said.
pub(in crate::table) fn item(conversation: &ConversationKey, state: &State) -> Result<Item, TableError> {
    let item = StateItemV1 {
        pk: conversation.to_string(),
        sk: STATE_SK.to_owned(),
        v: 1,
        state: StateV1::of(state),
    };
    write(&item, &item.sk)
}

/// An item as the user's state.
pub(in crate::table) fn read_state(item: Item) -> Result<State, TableError> {
    let item: StateItemV1 = read(item, 1)?;
    Ok(item.state.state())
}
