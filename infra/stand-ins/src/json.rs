//! JSON objects as the platforms write them.
use serde_json::Value;

/// Leaves out the fields of an object that have no value.
pub(crate) fn without_nulls(mut json: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    json
}
