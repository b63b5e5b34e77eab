//! JSON objects as the platforms write them.
use serde_json::Value;

/// Leaves out the fields of an object that have no value.
pub(crate) fn without_nulls(mut json: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    json
}

/// A text field; empty when there is none.
pub(crate) fn text<'a>(json: &'a Value, field: &str) -> &'a str {
    json.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The text field of what a JSON pointer leads to; empty when there is none.
pub(crate) fn deep<'a>(json: &'a Value, pointer: &str, field: &str) -> &'a str {
    json.pointer(pointer).map(|json| text(json, field)).unwrap_or_default()
}

/// The object with another's fields besides its own.
pub(crate) fn with(mut json: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (json.as_object_mut(), more) {
        fields.extend(more);
    }
    json
}

/// All objects in a value that are wanted, outer ones first.
pub(crate) fn objects<'a>(json: &'a Value, wanted: &dyn Fn(&Value) -> bool) -> Vec<&'a Value> {
    let inner: Vec<&Value> = match json {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    };
    let this = (json.is_object() && wanted(json)).then_some(json);
    this.into_iter().chain(inner.into_iter().flat_map(|value| objects(value, wanted))).collect()
}
