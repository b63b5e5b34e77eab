//! What WhatsApp refuses in a message:
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
use crate::chat::Answer;
use crate::json::{deep, objects, text};
use crate::meta;
use serde_json::Value;

/// Characters.
const TEXT_MAX: usize = 4096;
const INTERACTIVE_BODY_MAX: usize = 1024;
const LIST_BODY_MAX: usize = 4096;
const BUTTONS_MAX: usize = 3;
const BUTTON_TITLE_MAX: usize = 20;
const BUTTON_ID_MAX: usize = 256;
const ROWS_MAX: usize = 10;
const ROW_TITLE_MAX: usize = 24;
const ROW_ID_MAX: usize = 200;

pub(super) fn check(message: &Value) -> Result<(), Answer> {
    if text(message, "messaging_product") != "whatsapp" {
        return Err(invalid(100, "The parameter messaging_product is required."));
    }
    match text(message, "type") {
        "" | "text" => check_length(deep(message, "/text", "body"), TEXT_MAX, "text['body']"),
        "interactive" => match deep(message, "/interactive", "type") {
            "list" => check_list(message),
            _ => check_buttons(message),
        },
        _ => Ok(()),
    }
}

fn check_buttons(message: &Value) -> Result<(), Answer> {
    check_length(
        deep(message, "/interactive/body", "text"),
        INTERACTIVE_BODY_MAX,
        "interactive['body']['text']",
    )?;
    let replies = objects(message, &|json| json.get("title").is_some() && json.get("id").is_some());
    if !(1..=BUTTONS_MAX).contains(&replies.len()) {
        return Err(invalid(
            131_009,
            "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3",
        ));
    }
    replies.into_iter().try_for_each(|reply| check_choice(reply, BUTTON_TITLE_MAX, BUTTON_ID_MAX))
}

fn check_list(message: &Value) -> Result<(), Answer> {
    check_length(deep(message, "/interactive/body", "text"), LIST_BODY_MAX, "interactive['body']['text']")?;
    check_length(
        deep(message, "/interactive/action", "button"),
        BUTTON_TITLE_MAX,
        "interactive['action']['button']",
    )?;
    let rows = objects(message, &|json| json.get("title").is_some() && json.get("id").is_some());
    if !(1..=ROWS_MAX).contains(&rows.len()) {
        return Err(invalid(131_009, "Total row count exceed max allowed count: 10"));
    }
    rows.into_iter().try_for_each(|row| check_choice(row, ROW_TITLE_MAX, ROW_ID_MAX))
}

fn check_choice(choice: &Value, title_max: usize, id_max: usize) -> Result<(), Answer> {
    check_length(text(choice, "title"), title_max, "title")?;
    check_length(text(choice, "id"), id_max, "id")
}

fn check_length(text: &str, max: usize, parameter: &str) -> Result<(), Answer> {
    match text.chars().count() {
        0 => Err(invalid(100, &format!("The parameter {parameter} is required."))),
        count if count > max => {
            Err(invalid(100, &format!("Param {parameter} must be at most {max} characters long.")))
        }
        _ => Ok(()),
    }
}

pub(super) fn invalid(code: u32, details: &str) -> Answer {
    let message = if code == 131_009 { "Parameter value is not valid" } else { "Invalid parameter" };
    meta::error(400, code, None, message, Some(details))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_counted_in_characters() {
        let say =
            |text: String| json!({"messaging_product": "whatsapp", "type": "text", "text": {"body": text}});
        assert!(check(&say("🙂".repeat(4096))).is_ok());
        assert!(check(&say("a".repeat(4097))).is_err());
        assert!(check(&say(String::new())).is_err());
    }
}
