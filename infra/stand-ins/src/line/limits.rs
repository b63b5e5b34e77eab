//! What LINE refuses in a message: <https://developers.line.biz/en/reference/messaging-api/#message-objects>
use super::methods::error;
use crate::chat::Answer;
use crate::json::{objects, text};
use serde_json::{Value, json};

const MESSAGES_MAX: usize = 5;
/// UTF-16 code units.
const TEXT_UNITS_MAX: usize = 5000;
const QUICK_REPLIES_MAX: usize = 13;
/// Characters.
const POSTBACK_DATA_MAX: usize = 300;

/// The messages of a call.
pub(super) fn messages(body: &Value) -> Result<&Vec<Value>, Answer> {
    let messages = body.get("messages").and_then(Value::as_array);
    let messages = messages.filter(|all| (1..=MESSAGES_MAX).contains(&all.len()));
    let messages = messages.ok_or_else(|| refused("messages", "Size must be between 1 and 5"))?;
    for (at, message) in messages.iter().enumerate() {
        check(message).map_err(|(field, why)| refused(&format!("messages[{at}]{field}"), why))?;
    }
    Ok(messages)
}

type Complaint = (&'static str, &'static str);

fn check(message: &Value) -> Result<(), Complaint> {
    match text(message, "type") {
        "text" => check_text(text(message, "text"))?,
        "" => return Err((".type", "May not be empty")),
        _ => {}
    }
    let items = message.pointer("/quickReply/items").and_then(Value::as_array);
    if items.is_some_and(|items| items.is_empty() || items.len() > QUICK_REPLIES_MAX) {
        return Err((".quickReply.items", "Size must be between 1 and 13"));
    }
    let too_long = |action: &Value| text(action, "data").chars().count() > POSTBACK_DATA_MAX;
    if objects(message, &|json| text(json, "type") == "postback").into_iter().any(too_long) {
        return Err((".action.data", "Length must be between 0 and 300"));
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), Complaint> {
    match text.encode_utf16().count() {
        0 => Err((".text", "May not be empty")),
        1..=TEXT_UNITS_MAX => Ok(()),
        _ => Err((".text", "Length must be between 0 and 5000")),
    }
}

pub(super) fn refused(property: &str, why: &str) -> Answer {
    let details = json!([{"message": why, "property": property}]);
    let body = json!({"message": "The request body has 1 error(s)", "details": details});
    Answer::json(400, &body)
}

/// A retry key is a UUID.
pub(super) fn check_retry_key(key: &str) -> Result<(), Answer> {
    let digits = key.bytes().filter(u8::is_ascii_hexdigit).count();
    if key.len() == 36 && digits == 32 { Ok(()) } else { Err(error(400, "Invalid retry key")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_counted_in_utf16_units() {
        let say = |text: String| json!({"messages": [{"type": "text", "text": text}]});
        assert!(messages(&say("a".repeat(5000))).is_ok());
        assert!(messages(&say("🙂".repeat(2500))).is_ok());
        assert_eq!(messages(&say("🙂".repeat(2501))).map_err(|answer| answer.status), Err(400));
        assert!(messages(&say(String::new())).is_err());
    }

    #[test]
    fn one_to_five_messages_a_call() {
        let say = |count| json!({"messages": vec![json!({"type": "text", "text": "a"}); count]});
        assert!(messages(&say(5)).is_ok() && messages(&say(6)).is_err() && messages(&say(0)).is_err());
    }
}
