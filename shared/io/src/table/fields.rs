//! Reading attributes by name.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::world::Item;

/// The attributes of an item. An error says which attribute is not of its form.
pub(super) struct Fields<'i>(pub &'i Item);

impl Fields<'_> {
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| format!("number {name}")),
            Some(_) => Err(format!("{name} is not a number")),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{name} is not a text")),
        }
    }
}
