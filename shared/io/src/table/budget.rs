//! What was spent on models in a day, under `B#<day>`: in the conversation's partition for its user, under `BOT#<name>` for
//! the bot.

use domain::budget::{Allowance, Spending};
use domain::quota::day;
use domain::{ConversationKey, Millis};

use super::expressions as ex;
use super::mailbox_item::number;
use super::writing::{Building, update_item};
use super::{Table, fields::Fields};
use crate::world::{Item, TableError, TableReply, TableRequest};

/// Seconds for which a day's account is kept: one can still look at the week.
const TTL_S: i64 = 8 * 86_400;

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payer<'p> {
    /// The user of a conversation.
    User(&'p ConversationKey),
    /// The bot of that name.
    Bot(&'p str),
}

impl Payer<'_> {
    fn pk(&self) -> String {
        match self {
            Payer::User(conversation) => conversation.to_string(),
            Payer::Bot(name) => format!("BOT#{name}"),
        }
    }
}

impl Table<'_> {
    /// Sets an amount aside under this name, which nobody else uses. `false`: so much is not left today.
    pub async fn reserve(
        &self,
        payer: Payer<'_>,
        name: &str,
        amount: Spending,
        allowance: &Allowance,
        now: Millis,
    ) -> Result<bool, TableError> {
        let Some(before) = allowance.before(amount) else { return Ok(false) };
        let reserve = account(payer, name, now, ex::RESERVE, ex::RESERVE_IF)
            .name("#ttl", "ttl")
            .value(":ttl", number(now.seconds() + TTL_S))
            .value(":tokens_left", number(before.tokens))
            .value(":requests_left", number(before.requests))
            .value(":money_left", number(before.microcents))
            .value(":zero", number(0))
            .value(":reserved", number(amount.tokens));
        match self.write(changed(reserve, [amount.requests, amount.tokens, amount.microcents]).0).await {
            Ok(_) => Ok(true),
            // A repeated write that had taken effect finds its own name.
            Err(TableError::ConditionFailed { item, .. }) => {
                Ok(item.is_some_and(|item| item.contains_key(&entry(name))))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives back what was reserved under this name beyond what was spent. Once: a second time nothing happens.
    pub async fn settle(
        &self,
        payer: Payer<'_>,
        name: &str,
        reserved: Spending,
        spent: Spending,
        at: Millis,
    ) -> Result<(), TableError> {
        let back = |spent: u64, reserved: u64| i128::from(spent) - i128::from(reserved);
        let settle = account(payer, name, at, ex::SETTLE, ex::SETTLE_IF);
        let settle = changed(
            settle,
            [
                back(spent.requests, reserved.requests),
                back(spent.tokens, reserved.tokens),
                back(spent.microcents, reserved.microcents),
            ],
        );
        match self.write(settle.0).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What is spent or reserved on the day of `now`.
    pub async fn spent(&self, payer: Payer<'_>, now: Millis) -> Result<Spending, TableError> {
        let get = TableRequest::Get { pk: payer.pk(), sk: sk(now) };
        match self.world.table(get).await? {
            TableReply::Item(Some(item)) => read(&item),
            _ => Ok(Spending::default()),
        }
    }
}

fn sk(now: Millis) -> String {
    format!("B#{}", day(now))
}

/// The attribute that holds a reservation.
fn entry(name: &str) -> String {
    format!("r{name}")
}

fn account(payer: Payer<'_>, name: &str, now: Millis, expression: &str, condition: &str) -> Building {
    update_item(payer.pk(), sk(now), expression, condition).name("#entry", &entry(name))
}

fn changed<T: ToString>(write: Building, [requests, tokens, money]: [T; 3]) -> Building {
    write.value(":requests", number(requests)).value(":tokens", number(tokens)).value(":money", number(money))
}

fn read(item: &Item) -> Result<Spending, TableError> {
    let fields = Fields(item);
    let read = || {
        Ok(Spending {
            requests: fields.number("m")?.unwrap_or(0),
            tokens: fields.number("t")?.unwrap_or(0),
            microcents: fields.number("c")?.unwrap_or(0),
        })
    };
    read().map_err(|what: String| TableError::Damaged { key: "B".to_owned(), what })
}
