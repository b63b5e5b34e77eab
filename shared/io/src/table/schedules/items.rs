//! Subscriptions and the course of a schedule's occurrence, as stored. The version stands in the type name and in the
//! item (`v`).

use domain::{Address, ConversationKey, Millis, Reminder, Subscriber, Subscription};
use serde::{Deserialize, Serialize};

use super::super::items::{damaged, read, write};
use crate::world::{Item, TableError};

/// Who asked for something ahead of time, and where.
#[derive(Serialize, Deserialize)]
struct SubscriberV1 {
    /// The conversation.
    cv: String,
    /// Chat and thread, as the platform spells them.
    ch: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    th: Option<String>,
    /// Language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    la: Option<String>,
    /// Asked for at, milliseconds.
    si: i64,
}

impl SubscriberV1 {
    fn of(subscriber: &Subscriber) -> SubscriberV1 {
        let Subscriber { conversation, address, language, since } = subscriber;
        SubscriberV1 {
            cv: conversation.to_string(),
            ch: address.chat.clone(),
            th: address.thread.clone(),
            la: language.clone(),
            si: since.0,
        }
    }

    fn subscriber(self) -> Option<Subscriber> {
        let conversation = ConversationKey::parse(&self.cv)?;
        let channel = conversation.channel()?;
        let address = Address { channel, chat: self.ch, thread: self.th };
        Some(Subscriber { conversation, address, language: self.la, since: Millis(self.si) })
    }
}

/// A subscription inside the state of its conversation, under the schedule's name.
#[derive(Serialize, Deserialize)]
pub(in crate::table) struct SubscriptionV1 {
    #[serde(flatten)]
    who: SubscriberV1,
    /// Whether it is on.
    on: bool,
    /// The version of the state that made it so.
    ci: u64,
}

impl SubscriptionV1 {
    pub(in crate::table) fn of(subscription: &Subscription) -> SubscriptionV1 {
        let Subscription { subscriber, is_on, changed_in } = subscription;
        SubscriptionV1 { who: SubscriberV1::of(subscriber), on: *is_on, ci: *changed_in }
    }

    pub(in crate::table) fn subscription(self) -> Option<Subscription> {
        let subscriber = self.who.subscriber()?;
        Some(Subscription { subscriber, is_on: self.on, changed_in: self.ci })
    }
}

/// A reminder inside the state of its conversation.
#[derive(Serialize, Deserialize)]
pub(in crate::table) struct ReminderV1 {
    /// Name.
    na: String,
    /// Due at, milliseconds.
    at: i64,
    /// Text.
    tx: String,
    /// Whom, and where.
    #[serde(flatten)]
    to: SubscriberV1,
}

impl ReminderV1 {
    pub(in crate::table) fn of(reminder: &Reminder) -> ReminderV1 {
        let Reminder { name, at, text, subscriber } = reminder;
        ReminderV1 { na: name.clone(), at: at.0, tx: text.clone(), to: SubscriberV1::of(subscriber) }
    }

    pub(in crate::table) fn reminder(self) -> Option<Reminder> {
        let subscriber = self.to.subscriber()?;
        Some(Reminder { name: self.na, at: Millis(self.at), text: self.tx, subscriber })
    }
}

/// The same among the subscribers of the schedule: what a digest goes through.
#[derive(Serialize, Deserialize)]
struct SubscriberItemV1 {
    pk: String,
    sk: String,
    v: u8,
    #[serde(flatten)]
    subscription: SubscriptionV1,
    /// One that is off goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

/// The partition of a schedule's subscribers; the sort key is their conversation.
pub(in crate::table) fn subscribers_pk(schedule: &str) -> String {
    format!("SUB#{schedule}")
}

pub(super) fn subscriber_item(
    schedule: &str,
    subscription: &Subscription,
    ttl: Option<i64>,
) -> Result<Item, TableError> {
    let item = SubscriberItemV1 {
        pk: subscribers_pk(schedule),
        sk: subscription.subscriber.conversation.to_string(),
        v: 1,
        subscription: SubscriptionV1::of(subscription),
        ttl,
    };
    write(&item, &item.sk)
}

pub(super) fn read_subscriber(item: Item) -> Result<Subscription, TableError> {
    let item: SubscriberItemV1 = read(item, 1)?;
    item.subscription.subscription().ok_or_else(|| damaged(&item.sk, "its conversation"))
}

/// How far an occurrence has come.
#[derive(Serialize, Deserialize)]
struct CourseItemV1 {
    pk: String,
    sk: String,
    v: u8,
    /// The last conversation that was seen to; none before the first.
    af: String,
    /// Nobody is left.
    dn: bool,
    ttl: i64,
}

/// The keys of an occurrence's course.
pub(super) fn course_keys(occurrence: &domain::Occurrence) -> (String, String) {
    (format!("SCHED#{}", occurrence.schedule), format!("{:013}", occurrence.at.0))
}

pub(super) fn course_item(
    occurrence: &domain::Occurrence,
    after: &str,
    is_done: bool,
    ttl: i64,
) -> Result<Item, TableError> {
    let (pk, sk) = course_keys(occurrence);
    let item = CourseItemV1 { pk, sk, v: 1, af: after.to_owned(), dn: is_done, ttl };
    write(&item, &item.sk)
}

/// The last conversation that was seen to, and whether nobody is left.
pub(super) fn read_course(item: Item) -> Result<(String, bool), TableError> {
    let item: CourseItemV1 = read(item, 1)?;
    Ok((item.af, item.dn))
}
