//! What a user has chosen: read by a turn, changed with its commit.

pub(super) mod items;

use domain::{ConversationKey, State, StatePatch};

use super::Table;
use super::expressions as ex;
use super::keys::STATE_SK;
use super::mailbox_item::number;
use super::writing::{Building, update};
use crate::world::{Action, TableError, Write};

impl Table<'_> {
    /// What a user has chosen.
    pub async fn state(&self, conversation: &ConversationKey) -> Result<State, TableError> {
        let item = self.get(conversation, STATE_SK.to_owned()).await?;
        Ok(item.map(items::read_state).transpose()?.unwrap_or_default())
    }
}

/// P8's other half as a value. What a later version of this code keeps beside it is left alone.
pub(super) fn change_state(conversation: &ConversationKey, patch: &StatePatch) -> Result<Write, TableError> {
    if patch.from == 0 {
        return put_state(conversation, patch);
    }
    let mut item = items::item(conversation, &patch.state)?;
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    let mut change =
        update(conversation, STATE_SK.to_owned(), "", ex::STATE_IF).value(":from", number(patch.from));
    for name in items::NAMES {
        let (placeholder, value_placeholder) = (format!("#{name}"), format!(":{name}"));
        change = change.name(&placeholder, name);
        match item.remove(name) {
            Some(value) => {
                set.push(format!("{placeholder} = {value_placeholder}"));
                change = change.value(&value_placeholder, value);
            }
            None => remove.push(placeholder),
        }
    }
    if let Action::Update { update, .. } = &mut change.0.action {
        *update = ex::CHANGE_STATE.replace("{set}", &set.join(", ")).replace("{remove}", &remove.join(", "));
    }
    Ok(change.0)
}

/// The state, whole.
pub(super) fn put_state(conversation: &ConversationKey, patch: &StatePatch) -> Result<Write, TableError> {
    let item = items::item(conversation, &patch.state)?;
    let put = Building(Write { action: Action::Put(item), ..Write::default() });
    let put = if patch.from == 0 { put } else { put.value(":from", number(patch.from)) };
    let condition = if patch.from == 0 { ex::ABSENT } else { ex::STATE_IF };
    Ok(Write { condition: condition.to_owned(), ..put.0 })
}
