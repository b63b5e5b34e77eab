//! What Discord refuses in a message: <https://discord.com/developers/docs/resources/message#create-message>
use super::methods::error;
use crate::chat::Answer;
use crate::json::{objects, text};
use serde_json::{Value, json};

/// Characters.
const CONTENT_MAX: usize = 2000;
const EMBEDS_MAX: usize = 10;
const CUSTOM_ID_MAX: usize = 100;
const BUTTONS_IN_ROW_MAX: usize = 5;
const NONCE_MAX: usize = 25;
const ACTION_ROW: u64 = 1;

pub(super) fn check(message: &Value) -> Result<(), Answer> {
    if text(message, "content").chars().count() > CONTENT_MAX {
        return Err(invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length."));
    }
    if size(message, "embeds") > EMBEDS_MAX {
        return Err(invalid("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    if text(message, "nonce").chars().count() > NONCE_MAX {
        return Err(invalid("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."));
    }
    check_components(message)?;
    let nothing =
        text(message, "content").is_empty() && size(message, "embeds") + size(message, "components") == 0;
    if nothing { Err(error(400, 50_006, "Cannot send an empty message")) } else { Ok(()) }
}

fn check_components(message: &Value) -> Result<(), Answer> {
    let bad_id = |json: &Value| {
        let id = json.get("custom_id").and_then(Value::as_str);
        id.is_some_and(|id| !(1..=CUSTOM_ID_MAX).contains(&id.chars().count()))
    };
    let is_row = |json: &Value| json.get("type").and_then(Value::as_u64) == Some(ACTION_ROW);
    let full = |row: &&Value| size(row, "components") > BUTTONS_IN_ROW_MAX;
    if !objects(message, &bad_id).is_empty() {
        return Err(invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."));
    }
    if objects(message, &is_row).iter().any(full) {
        return Err(invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."));
    }
    Ok(())
}

fn size(json: &Value, field: &str) -> usize {
    json.get(field).and_then(Value::as_array).map_or(0, Vec::len)
}

fn invalid(field: &str, code: &str, why: &str) -> Answer {
    let errors = json!({field: {"_errors": [{"code": code, "message": why}]}});
    Answer::json(400, &json!({"message": "Invalid Form Body", "code": 50_035, "errors": errors}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_counted_in_characters() {
        assert!(check(&json!({"content": "🙂".repeat(2000)})).is_ok());
        assert!(check(&json!({"content": "🙂".repeat(2001)})).is_err());
        assert!(check(&json!({"content": ""})).is_err());
    }

    #[test]
    fn five_buttons_fit_in_a_row() {
        let row = |count| json!({"type": 1, "components": vec![json!({"type": 2, "custom_id": "a"}); count]});
        assert!(check(&json!({"components": [row(5)]})).is_ok());
        assert!(check(&json!({"components": [row(6)]})).is_err());
    }
}
