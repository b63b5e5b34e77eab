//! What holds for every resource of a kind. Source: SAM developer guide, "Globals section of the AWS SAM template":
//! a resource's own value replaces a global one, maps are merged, lists are added to.

use serde_json::Value;

/// A resource's properties with the globals of its kind beneath.
pub(super) fn merged(document: &Value, kind: &str, properties: Value) -> Value {
    let section = kind.strip_prefix("AWS::Serverless::").unwrap_or_default();
    match document.get("Globals").and_then(|globals| globals.get(section)) {
        Some(globals) => over(globals.clone(), properties),
        None => properties,
    }
}

fn over(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut below), Value::Object(above)) => {
            for (key, value) in above {
                let merged = match below.remove(&key) {
                    Some(old) => over(old, value),
                    None => value,
                };
                below.insert(key, merged);
            }
            Value::Object(below)
        }
        (Value::Array(mut below), Value::Array(above)) => {
            below.extend(above);
            Value::Array(below)
        }
        (_, above) => above,
    }
}
