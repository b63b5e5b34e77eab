//! What Messenger refuses in a message: <https://developers.facebook.com/docs/messenger-platform/reference/send-api>
use crate::chat::Answer;
use crate::json::{objects, text};
use crate::meta;
use serde_json::Value;

/// Characters.
const TEXT_MAX: usize = 2000;
const TEMPLATE_TEXT_MAX: usize = 640;
const METADATA_MAX: usize = 1000;
const QUICK_REPLIES_MAX: usize = 13;
const BUTTONS_MAX: usize = 3;

pub(super) fn check(message: &Value) -> Result<(), Answer> {
    let attached = message.get("attachment").is_some();
    if text(message, "text").is_empty() && !attached {
        return Err(invalid(None, "The parameter message[text] is required"));
    }
    check_length(message, "text", TEXT_MAX, Some(2_018_109))?;
    check_length(message, "metadata", METADATA_MAX, None)?;
    let quick = message.get("quick_replies").and_then(Value::as_array);
    if quick.is_some_and(|quick| quick.len() > QUICK_REPLIES_MAX) {
        return Err(invalid(None, "The number of quick replies is limited to 13"));
    }
    objects(message, &|json| json.get("template_type").is_some()).into_iter().try_for_each(check_template)
}

fn check_template(template: &Value) -> Result<(), Answer> {
    check_length(template, "text", TEMPLATE_TEXT_MAX, None)?;
    let buttons = template.get("buttons").and_then(Value::as_array);
    match buttons {
        Some(buttons) if !(1..=BUTTONS_MAX).contains(&buttons.len()) => {
            Err(invalid(None, "Param buttons must have between 1 and 3 elements"))
        }
        _ => Ok(()),
    }
}

fn check_length(json: &Value, field: &str, max: usize, subcode: Option<u32>) -> Result<(), Answer> {
    if text(json, field).chars().count() <= max {
        return Ok(());
    }
    Err(invalid(subcode, &format!("Length of param message[{field}] must be less than or equal to {max}")))
}

pub(super) fn invalid(subcode: Option<u32>, why: &str) -> Answer {
    meta::error(400, 100, subcode, why, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_counted_in_characters() {
        assert!(check(&json!({"text": "ä".repeat(2000)})).is_ok());
        assert!(check(&json!({"text": "ä".repeat(2001)})).is_err());
        assert!(check(&json!({})).is_err());
    }
}
