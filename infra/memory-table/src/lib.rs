//! A table in memory, for tests: the same requests and answers as the embedded DynamoDB engine's, several times as fast.
//!
//! Apart from `simulation`, whose engine unites features that no function has: what is counted on it in `tests/instructions` is
//! built as it is deployed.

mod expression;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use aws_sdk_dynamodb::types::AttributeValue;
use io::world::{Action, Index, Item, TableError, TableReply, TableRequest, Write};

use crate::expression::{Condition, Unreadable, Update};

/// The items, by partition and sort key.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    items: BTreeMap<(String, String), Item>,
}

thread_local! {
    static CONDITIONS: RefCell<HashMap<String, Rc<Condition>>> = RefCell::default();
    static UPDATES: RefCell<HashMap<String, Rc<Update>>> = RefCell::default();
    static PLACEHOLDERS: RefCell<HashMap<String, Rc<BTreeSet<String>>>> = RefCell::default();
}

/// Reads an expression the first time it is met.
fn once<T>(
    read_before: &RefCell<HashMap<String, Rc<T>>>,
    text: &str,
    read: fn(&str) -> Result<T, Unreadable>,
) -> Result<Rc<T>, TableError> {
    if let Some(known) = read_before.borrow().get(text) {
        return Ok(Rc::clone(known));
    }
    let expression = Rc::new(read(text).map_err(|Unreadable(what)| TableError::Unavailable(what))?);
    read_before.borrow_mut().insert(text.to_owned(), Rc::clone(&expression));
    Ok(expression)
}

impl Memory {
    /// Does what the request asks.
    ///
    /// # Errors
    /// A condition does not hold, and nothing is written; or DynamoDB would refuse the request: give up.
    pub fn execute(&mut self, request: &TableRequest) -> Result<TableReply, TableError> {
        match request {
            TableRequest::Get { pk, sk } => Ok(TableReply::Item(self.item(pk, sk).cloned())),
            TableRequest::Query { pk, from, forward, limit } => {
                Ok(TableReply::Items(self.query(pk, from.as_deref(), *forward, *limit)))
            }
            TableRequest::Index { index, shard, from, limit } => {
                Ok(TableReply::Items(self.index(*index, shard, *from, *limit)))
            }
            TableRequest::Write(write) => {
                let after = self.checked(write, 0)?;
                let written = matches!(write.action, Action::Update { .. }).then(|| after.clone()).flatten();
                self.put(write, after);
                Ok(TableReply::Written(written))
            }
            TableRequest::Transact(writes) => {
                let checked: Result<Vec<_>, _> =
                    writes.iter().enumerate().map(|(index, write)| self.checked(write, index)).collect();
                for (write, after) in writes.iter().zip(checked?) {
                    self.put(write, after);
                }
                Ok(TableReply::Written(None))
            }
        }
    }

    /// The bodies of the dead letters that were kept.
    pub fn dead_letters(&self) -> Vec<String> {
        let kept = self.items.iter().filter(|((pk, _), _)| pk.starts_with("DEAD#"));
        kept.filter_map(|(_, item)| item.get("body")?.as_s().ok().cloned()).collect()
    }

    fn item(&self, pk: &str, sk: &str) -> Option<&Item> {
        self.items.get(&(pk.to_owned(), sk.to_owned()))
    }

    fn query(&self, pk: &str, from: Option<&str>, forward: bool, limit: u32) -> Vec<Item> {
        let of_partition = self.items.range((pk.to_owned(), String::new())..);
        let of_partition = of_partition.take_while(|((found, _), _)| found == pk);
        let limit = limit as usize;
        if forward {
            let wanted = of_partition.filter(|((_, sk), _)| from.is_none_or(|from| sk.as_str() >= from));
            wanted.take(limit).map(|(_, item)| item.clone()).collect()
        } else {
            let wanted = of_partition.filter(|((_, sk), _)| from.is_none_or(|from| sk.as_str() <= from));
            let all: Vec<&Item> = wanted.map(|(_, item)| item).collect();
            all.into_iter().rev().take(limit).cloned().collect()
        }
    }

    fn index(&self, index: Index, shard: &str, from: i64, limit: u32) -> Vec<Item> {
        let (shard_name, sort_name) = index.keys();
        let sort = |item: &Item| item.get(sort_name)?.as_n().ok()?.parse::<i64>().ok();
        let is_in = |item: &&Item| {
            item.get(shard_name).and_then(|name| name.as_s().ok()).is_some_and(|name| name == shard)
        };
        let mut found: Vec<(i64, &Item)> =
            self.items.values().filter(is_in).filter_map(|item| Some((sort(item)?, item))).collect();
        found.retain(|(sort, _)| *sort >= from);
        found.sort_by_key(|(sort, _)| *sort);
        let held =
            |name: &str| ["pk", "sk", shard_name, sort_name].contains(&name) || index.besides() == Some(name);
        let projected = |item: &Item| {
            item.iter()
                .filter(|(name, _)| held(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        found.into_iter().take(limit as usize).map(|(_, item)| projected(item)).collect()
    }

    /// The item that the write leaves, if its condition holds; `None` for a mere check.
    fn checked(&self, write: &Write, index: usize) -> Result<Option<Item>, TableError> {
        let (pk, sk) = key(&write.action);
        let before = self.item(&pk, &sk);
        refuse_stray_placeholders(write)?;
        let condition = CONDITIONS.with(|read| once(read, &write.condition, Condition::read))?;
        if !condition.holds(before, write) {
            return Err(TableError::ConditionFailed { index, item: before.cloned() });
        }
        match &write.action {
            Action::Put(item) => Ok(Some(item.clone())),
            Action::Check { .. } => Ok(None),
            Action::Update { update, .. } => {
                let update = UPDATES.with(|read| once(read, update, Update::read))?;
                let text = |text: &str| AttributeValue::S(text.to_owned());
                let new = || Item::from([("pk".to_owned(), text(&pk)), ("sk".to_owned(), text(&sk))]);
                let after = update.applied(&before.cloned().unwrap_or_else(new), write);
                after.map(Some).ok_or_else(|| TableError::Unavailable("an operand has no value".to_owned()))
            }
        }
    }

    fn put(&mut self, write: &Write, after: Option<Item>) {
        if let Some(after) = after {
            self.items.insert(key(&write.action), after);
        }
    }
}

/// DynamoDB refuses a placeholder that is used and not given, or given and not used.
fn refuse_stray_placeholders(write: &Write) -> Result<(), TableError> {
    let update = if let Action::Update { update, .. } = &write.action { update.as_str() } else { "" };
    let used = [write.condition.as_str(), update]
        .map(|text| PLACEHOLDERS.with(|read| once(read, text, |text| Ok(expression::placeholders(text)))));
    let [in_condition, in_update] = used;
    let (in_condition, in_update) = (in_condition?, in_update?);
    let given = || write.names.keys().chain(write.values.keys());
    let unused = given().find(|name| !in_condition.contains(*name) && !in_update.contains(*name));
    let missing = in_condition.union(&in_update).find(|name| !given().any(|given| given == *name));
    match unused.or(missing) {
        None => Ok(()),
        Some(stray) => Err(TableError::Unavailable(format!("{stray} is not both used and given"))),
    }
}

fn key(action: &Action) -> (String, String) {
    match action {
        Action::Update { pk, sk, .. } | Action::Check { pk, sk } => (pk.clone(), sk.clone()),
        Action::Put(item) => {
            let text = |name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
            (text("pk"), text("sk"))
        }
    }
}
