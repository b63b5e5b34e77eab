//! What Slack refuses in a message, by its name for it: <https://docs.slack.dev/reference/methods/chat.postMessage>
use crate::json::{objects, text};
use serde_json::Value;

/// Characters; what is longer is cut.
pub(super) const TEXT_MAX: usize = 40_000;
const MARKDOWN_MAX: usize = 12_000;
const BLOCKS_MAX: usize = 50;
const SECTION_TEXT_MAX: usize = 3000;
const BUTTON_TEXT_MAX: usize = 75;
const BUTTON_VALUE_MAX: usize = 2000;
const ACTION_ID_MAX: usize = 255;

pub(super) fn check(message: &Value) -> Result<(), &'static str> {
    let (words, markdown) = (text(message, "text"), text(message, "markdown_text"));
    let blocks = message.get("blocks").and_then(Value::as_array);
    let has_blocks = blocks.is_some_and(|blocks| !blocks.is_empty());
    if words.is_empty() && markdown.is_empty() && !has_blocks {
        return Err("no_text");
    }
    if !markdown.is_empty() && (!words.is_empty() || has_blocks) {
        return Err("markdown_text_conflict");
    }
    if markdown.chars().count() > MARKDOWN_MAX {
        return Err("msg_too_long");
    }
    blocks.map_or(Ok(()), |blocks| check_blocks(blocks, message))
}

fn check_blocks(blocks: &[Value], message: &Value) -> Result<(), &'static str> {
    let longer = |json: &Value, field: &str, max: usize| text(json, field).chars().count() > max;
    let bad_section = |block: &Value| {
        text(block, "type") == "section"
            && block.get("text").is_some_and(|words| longer(words, "text", SECTION_TEXT_MAX))
    };
    let bad_button = |json: &Value| {
        text(json, "type") == "button"
            && (json.get("text").is_some_and(|words| longer(words, "text", BUTTON_TEXT_MAX))
                || longer(json, "value", BUTTON_VALUE_MAX)
                || longer(json, "action_id", ACTION_ID_MAX))
    };
    let markdown = |block: &&Value| text(block, "type") == "markdown";
    let markdown: usize =
        blocks.iter().filter(markdown).map(|block| text(block, "text").chars().count()).sum();
    if markdown > MARKDOWN_MAX {
        return Err("msg_blocks_too_long");
    }
    let bad = blocks.iter().any(bad_section) || !objects(message, &bad_button).is_empty();
    if blocks.len() > BLOCKS_MAX || bad { Err("invalid_blocks") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn markdown_stands_alone_and_has_its_own_limit() {
        assert_eq!(check(&json!({"markdown_text": "ä".repeat(12_000)})), Ok(()));
        assert_eq!(check(&json!({"markdown_text": "ä".repeat(12_001)})), Err("msg_too_long"));
        assert_eq!(check(&json!({"markdown_text": "a", "text": "b"})), Err("markdown_text_conflict"));
        assert_eq!(check(&json!({})), Err("no_text"));
    }

    #[test]
    fn blocks_have_limits_of_many_kinds() {
        let section = |length: usize| json!({"type": "section", "text": {"text": "a".repeat(length)}});
        assert_eq!(check(&json!({"blocks": [section(3000)]})), Ok(()));
        assert_eq!(check(&json!({"blocks": [section(3001)]})), Err("invalid_blocks"));
        assert_eq!(check(&json!({"blocks": vec![section(1); 51]})), Err("invalid_blocks"));
    }
}
