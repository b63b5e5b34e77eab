//! Answers to questions that stand alone, under `CACHE#<question>`: one answer for all who ask, and one turn that asks.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Millis, Question, Token};

use super::expressions as ex;
use super::mailbox_item::number;
use super::writing::{Building, update_item};
use super::{Table, fields::Fields};
use crate::world::{Item, TableError, TableReply, TableRequest};

const SK: &str = "A";

/// Seconds for which an item outlives what it says; DynamoDB may take two days more.
const TTL_S: i64 = 3_600;

/// What is known of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Its answer, until then.
    Answered(String, Millis),
    /// Another turn asks it: until then at the latest.
    Asked(Millis),
    /// Nothing: whoever wants to know may ask.
    Nothing,
}

impl Table<'_> {
    /// What is known of a question.
    pub async fn recall(&self, question: &Question) -> Result<Known, TableError> {
        let get = TableRequest::Get { pk: pk(question), sk: SK.to_owned() };
        match self.world.table(get).await? {
            TableReply::Item(Some(item)) => known(&item, self.world.now()),
            _ => Ok(Known::Nothing),
        }
    }

    /// The turn of this token asks the question for all, until then at the latest. `Nothing`: it is its to ask.
    pub async fn ask_for_all(
        &self,
        question: &Question,
        token: &Token,
        until: Millis,
    ) -> Result<Known, TableError> {
        let now = self.world.now();
        let ask = of_turn(question, token, ex::ASK_FOR_ALL, ex::ASK_FOR_ALL_IF)
            .name("#ttl", "ttl")
            .value(":now", number(now.0))
            .value(":until", number(until.0))
            .value(":ttl", number(until.seconds() + TTL_S));
        match self.write(ask.0).await {
            Ok(_) => Ok(Known::Nothing),
            Err(TableError::ConditionFailed { item, .. }) => {
                let item = item.unwrap_or_default();
                // A repeated write that had taken effect finds its own token.
                let is_mine = item.get("ft").and_then(|value| value.as_s().ok()) == Some(&token.0);
                if is_mine { Ok(Known::Nothing) } else { known(&item, now) }
            }
            Err(error) => Err(error),
        }
    }

    /// The turn has the answer, which is good until then.
    pub async fn answer_for_all(
        &self,
        question: &Question,
        token: &Token,
        text: &str,
        until: Millis,
    ) -> Result<(), TableError> {
        let answer = of_turn(question, token, ex::ANSWER_FOR_ALL, ex::ASKED_BY)
            .name("#ttl", "ttl")
            .value(":text", AttributeValue::S(text.to_owned()))
            .value(":expires", number(until.0))
            .value(":ttl", number(until.seconds() + TTL_S));
        self.write_if_mine(answer).await
    }

    /// The turn has none.
    pub async fn ask_no_more(&self, question: &Question, token: &Token) -> Result<(), TableError> {
        self.write_if_mine(of_turn(question, token, ex::ASK_NO_MORE, ex::ASKED_BY)).await
    }

    async fn write_if_mine(&self, write: Building) -> Result<(), TableError> {
        match self.write(write.0).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn pk(question: &Question) -> String {
    format!("CACHE#{}", question.as_str())
}

fn of_turn(question: &Question, token: &Token, expression: &str, condition: &str) -> Building {
    update_item(pk(question), SK.to_owned(), expression, condition)
        .value(":token", AttributeValue::S(token.0.clone()))
}

fn known(item: &Item, now: Millis) -> Result<Known, TableError> {
    let fields = Fields(item);
    let read = || {
        let until = |name| Ok::<_, String>(fields.number(name)?.map(Millis).filter(|until| *until > now));
        Ok(match (fields.text("a")?, until("ex")?, until("fu")?) {
            (Some(text), Some(until), _) => Known::Answered(text, until),
            (_, _, Some(until)) => Known::Asked(until),
            _ => Known::Nothing,
        })
    };
    read().map_err(|what: String| TableError::Damaged { key: SK.to_owned(), what })
}
