//! What both of Meta's platforms write.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A request: what happened at one or more accounts. Everything in it comes in lists, and what is read of them is read
/// one by one, so that something of a new form does not lose the rest.
#[derive(Deserialize)]
pub(crate) struct Webhook {
    pub entry: Vec<Value>,
}

/// The items of a list, each by itself; `None`: not of this form.
pub(crate) fn each<T: DeserializeOwned>(items: Vec<Value>) -> impl Iterator<Item = Option<T>> {
    items.into_iter().map(|item| serde_json::from_value(item).ok())
}

/// Ids, times and counts come as text or as numbers, by platform and age of the payload.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// An answer of the Graph API to a call that failed.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub error: GraphError,
}

#[derive(Deserialize)]
pub(super) struct GraphError {
    pub code: i64,
    pub error_subcode: Option<i64>,
}
