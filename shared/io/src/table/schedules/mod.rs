//! Who subscribes to a schedule, and how far an occurrence has come through them.

pub(super) mod items;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Limits, Occurrence, StatePatch, Subscription};

use super::Table;
use super::expressions as ex;
use super::writing::expiry;
use crate::world::{Action, Item, TableError, TableReply, TableRequest, Write};

/// Some of a schedule's subscribers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriberPage {
    /// Those that are on.
    pub subscriptions: Vec<Subscription>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<String>,
}

/// How far an occurrence has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Course {
    /// To this conversation; empty before the first.
    After(String),
    /// To the end.
    Done,
}

impl Table<'_> {
    /// The subscribers behind one of them, in the order of their keys. One that cannot be read is left out.
    pub async fn subscribers(
        &self,
        schedule: &str,
        after: &str,
        limit: u32,
    ) -> Result<SubscriberPage, TableError> {
        // The lowest key above it: nothing this code writes continues with this character.
        let from = Some(format!("{after}\u{1}")).filter(|_| !after.is_empty());
        let query = TableRequest::Query { pk: items::subscribers_pk(schedule), from, forward: true, limit };
        let TableReply::Items(page) = self.world.table(query).await? else {
            return Ok(SubscriberPage::default());
        };
        let last = page.last().and_then(|item| item.get("sk")?.as_s().ok().cloned());
        let next = last.filter(|_| page.len() >= limit as usize);
        let read = page.into_iter().filter_map(|item| match items::read_subscriber(item) {
            Ok(subscription) => Some(subscription).filter(|subscription| subscription.is_on),
            Err(error) => {
                tracing::error!(event = "damaged_item", %error, "a subscriber is left out");
                None
            }
        });
        Ok(SubscriberPage { subscriptions: read.collect(), next })
    }

    /// How far an occurrence has come through the subscribers.
    pub async fn course(&self, occurrence: &Occurrence) -> Result<Course, TableError> {
        let (pk, sk) = items::course_keys(occurrence);
        let TableReply::Item(Some(item)) = self.world.table(TableRequest::Get { pk, sk }).await? else {
            return Ok(Course::After(String::new()));
        };
        let (after, is_done) = items::read_course(item)?;
        Ok(if is_done { Course::Done } else { Course::After(after) })
    }

    /// Records how far it has come. Somebody further along is not set back.
    pub async fn record_course(
        &self,
        occurrence: &Occurrence,
        course: &Course,
        limits: &Limits,
    ) -> Result<(), TableError> {
        let (after, is_done) = match course {
            Course::After(after) => (after.as_str(), false),
            Course::Done => (LAST_OF_ALL, true),
        };
        let item = items::course_item(occurrence, after, is_done, expiry(self.world.now(), limits))?;
        let put = Write {
            action: Action::Put(item),
            condition: ex::COURSE_IF.to_owned(),
            values: [(":after".to_owned(), AttributeValue::S(after.to_owned()))].into(),
            ..Write::default()
        };
        match self.write(put).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a change of state makes of the lists of subscribers; part of its transaction.
    pub(super) fn subscriptions(
        &self,
        patch: &StatePatch,
        limits: &Limits,
    ) -> Result<Vec<Write>, TableError> {
        let gone = expiry(self.world.now(), limits);
        let put = |(schedule, subscription): (&String, &Subscription)| {
            let ttl = Some(gone).filter(|_| !subscription.is_on);
            Ok(always(items::subscriber_item(schedule, subscription, ttl)?))
        };
        patch.subscriptions().map(put).collect()
    }
}

/// Sorts after every conversation: a channel's name begins with a lower-case letter.
const LAST_OF_ALL: &str = "~";

/// A write whose transaction has the condition.
fn always(item: Item) -> Write {
    Write { action: Action::Put(item), condition: ex::ANY.to_owned(), ..Write::default() }
}
