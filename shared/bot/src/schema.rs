//! JSON Schema of `bot.toml` and `wording.toml`, for editors.

use domain::Limits;
use domain::wording::Sentence;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::file::BotFile;
use crate::words;

/// Of `bot.toml`.
pub fn bot() -> Value {
    of::<BotFile>()
}

/// Of `wording.toml`: each language a table, each sentence one of the texts in it.
pub fn wording() -> Value {
    let standard = words::standard("en");
    let sentence = |sentence: &Sentence| {
        let said = standard.get(sentence.key()).cloned().unwrap_or_default();
        (sentence.key().to_owned(), json!({ "type": "string", "description": format!("Otherwise: {said}") }))
    };
    let sentences: Map<String, Value> = Sentence::ALL.iter().map(sentence).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "wording.toml",
        "description": "The bot's own words for what the system itself says: a table for each language (BCP 47).",
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": sentences,
            "additionalProperties": false,
        },
    })
}

/// Of any file that is read into this.
pub fn of<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    schema
}

/// `[limits]`.
pub(crate) fn limits(_: &mut SchemaGenerator) -> Schema {
    let limit = |limit: domain::limits::Described| {
        let schema = json!({
            "type": "integer",
            "description": limit.about,
            "default": limit.standard,
            "minimum": limit.bounds.start(),
            "maximum": limit.bounds.end(),
        });
        (limit.name.to_owned(), schema)
    };
    let limits: Map<String, Value> = Limits::described().into_iter().map(limit).collect();
    json_schema!({ "type": "object", "properties": limits, "additionalProperties": false })
}

/// TOML knows no null, so none is offered; and descriptions lose the line breaks of the code.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(fields) => {
            fields.values_mut().for_each(tidy);
            one_type(fields);
            one_choice(fields);
            if fields.get("default") == Some(&Value::Null) {
                fields.remove("default");
            }
            if let Some(Value::String(about)) = fields.get_mut("description") {
                *about = about.split_whitespace().collect::<Vec<_>>().join(" ");
            }
        }
        _ => {}
    }
}

/// `"type": ["string", "null"]`.
fn one_type(fields: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = fields.get_mut("type") else { return };
    types.retain(|name| name != "null");
    if let [only] = types.as_slice() {
        let only = only.clone();
        fields.insert("type".to_owned(), only);
    }
}

/// `"anyOf": [{ ... }, { "type": "null" }]`. What a reference stands beside is not looked at: it goes into an `allOf`.
fn one_choice(fields: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = fields.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    if choices.len() == 1
        && let Some(only) = fields.remove("anyOf")
    {
        fields.insert("allOf".to_owned(), only);
    }
}
