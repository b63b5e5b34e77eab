//! What all instances know of a model's health, under `BREAKER#<model>`.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::circuit::Probe;
use domain::{Circuit, Millis, Token};

use super::expressions as ex;
use super::mailbox_item::number;
use super::writing::{Building, ROUNDS, overtaken};
use super::{Table, fields::Fields};
use crate::world::{Action, Item, TableError, TableReply, TableRequest, Write};

const SK: &str = "B";

/// Seconds after which a circuit that nobody changes is forgotten.
const TTL_S: i64 = 86_400;

impl Table<'_> {
    /// The circuit to this model.
    pub async fn circuit(&self, model: &str) -> Result<Circuit, TableError> {
        let get = TableRequest::Get { pk: pk(model), sk: SK.to_owned() };
        match self.world.table(get).await? {
            TableReply::Item(Some(item)) => read(&item),
            _ => Ok(Circuit::default()),
        }
    }

    /// Changes the circuit by this rule, whatever others make of it meanwhile. Answers how it stands then.
    ///
    /// `change` answers `None` when nothing is to be changed.
    pub async fn change_circuit(
        &self,
        model: &str,
        seen: Circuit,
        change: impl Fn(&Circuit) -> Option<Circuit>,
    ) -> Result<Circuit, TableError> {
        let mut standing = seen;
        for _ in 0..ROUNDS {
            let Some(next) = change(&standing) else { return Ok(standing) };
            match self.write(put(model, &standing, &next, self.world.now())).await {
                Ok(_) => return Ok(next),
                Err(TableError::ConditionFailed { item, .. }) => {
                    standing = item.as_ref().map(read).transpose()?.unwrap_or_default();
                    // A repeated write that had succeeded.
                    if standing == next {
                        return Ok(next);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(overtaken("a circuit"))
    }
}

fn pk(model: &str) -> String {
    format!("BREAKER#{model}")
}

fn put(model: &str, seen: &Circuit, next: &Circuit, now: Millis) -> Write {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let mut item = Item::from([
        ("pk".to_owned(), text(&pk(model))),
        ("sk".to_owned(), text(SK)),
        ("v".to_owned(), number(1)),
        ("vn".to_owned(), number(next.version)),
        ("f".to_owned(), number(next.failures)),
        ("fs".to_owned(), number(next.failing_since.0)),
        ("o".to_owned(), number(next.openings)),
        ("ttl".to_owned(), number(now.seconds() + TTL_S)),
    ]);
    if let Some(open_until) = next.open_until {
        item.insert("ou".to_owned(), number(open_until.0));
    }
    if let Some(probe) = &next.probe {
        item.insert("pt".to_owned(), text(&probe.token.0));
        item.insert("pu".to_owned(), number(probe.until.0));
    }
    let put = Building(Write { action: Action::Put(item), ..Write::default() });
    let (condition, put) = match seen.version {
        0 => (ex::ABSENT, put),
        version => (ex::STATE_IF, put.value(":from", number(version))),
    };
    Write { condition: condition.to_owned(), ..put.0 }
}

fn read(item: &Item) -> Result<Circuit, TableError> {
    read_fields(&Fields(item)).map_err(|what| TableError::Damaged { key: SK.to_owned(), what })
}

fn read_fields(fields: &Fields<'_>) -> Result<Circuit, String> {
    let probe = match (fields.text("pt")?, fields.number("pu")?) {
        (Some(token), Some(until)) => Some(Probe { token: Token(token), until: Millis(until) }),
        _ => None,
    };
    Ok(Circuit {
        version: fields.number("vn")?.unwrap_or(0),
        failures: fields.number("f")?.unwrap_or(0),
        failing_since: Millis(fields.number("fs")?.unwrap_or(0)),
        open_until: fields.number("ou")?.map(Millis),
        openings: fields.number("o")?.unwrap_or(0),
        probe,
    })
}
