//! What a bot keeps of a search or a form: read from a stored state, changed by calls, held to its schemas.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Kept fields, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// As they are stored: each a JSON value, as text.
    pub fn to_stored(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For the model, as one JSON object.
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The fields with what a call was given of these names; `null` forgets one.
    pub(crate) fn with(&self, names: &[String], given: &Map<String, Value>) -> Fields {
        let mut fields = self.0.clone();
        for name in names {
            match given.get(name) {
                Some(Value::Null) => drop(fields.remove(name)),
                Some(value) => drop(fields.insert(name.clone(), value.clone())),
                None => {}
            }
        }
        Fields(fields)
    }
}

/// Whether a schema leaves no text to choose freely: numbers, switches, and what is listed.
pub(crate) fn is_closed(schema: &Value) -> bool {
    let is_listed = schema.get("enum").is_some() || schema.get("const").is_some();
    match schema.get("type").and_then(Value::as_str) {
        _ if is_listed => true,
        Some("number" | "integer" | "boolean") => true,
        Some("array") => schema.get("items").is_some_and(is_closed),
        _ => false,
    }
}
