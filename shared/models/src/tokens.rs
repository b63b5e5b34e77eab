//! How many tokens a text has, about, where a server does not count them.

use crate::{Prompt, Reply};

/// Tokens read and written: a token for four characters, and for each character of a script that has a word in one.
/// The former is OpenAI's own rule of thumb: <https://platform.openai.com/tokenizer>.
pub(crate) fn estimated(prompt: &Prompt, reply: &Reply) -> (u64, u64) {
    let lines = prompt.lines.iter().map(|(_, text)| tokens(text)).sum::<u64>();
    let tools =
        prompt.tools.iter().map(|tool| tokens(&tool.description) + tokens(&tool.parameters.to_string()));
    let calls =
        |(call, result): &(crate::ToolCall, String)| tokens(&call.arguments.to_string()) + tokens(result);
    let rounds = prompt.rounds.iter().flat_map(|round| round.calls.iter().map(calls));
    let written = reply.calls.iter().map(|call| tokens(&call.arguments.to_string())).sum::<u64>();
    let read = tokens(&prompt.system) + lines + tools.sum::<u64>() + rounds.sum::<u64>();
    (read, tokens(&reply.text) + written)
}

fn tokens(text: &str) -> u64 {
    let (wide, narrow) = text.chars().fold((0_u64, 0_u64), |(wide, narrow), character| {
        if is_wide(character) { (wide + 1, narrow) } else { (wide, narrow + 1) }
    });
    wide + narrow.div_ceil(4)
}

/// Kana, Han and Hangul.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_characters_or_one_of_a_wide_script_are_a_token() {
        for (text, count) in
            [("", 0), ("a", 1), ("four", 1), ("fours", 2), ("吃藥後", 3), ("吃藥 ok", 3), ("くすり", 3)]
        {
            assert_eq!(tokens(text), count, "{text}");
        }
    }
}
