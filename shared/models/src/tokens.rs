//! How many tokens a text has, about, where a server does not count them.

use crate::{Prompt, Reply};

/// Of a second of sound, as Gemini counts it: <https://ai.google.dev/gemini-api/docs/tokens>. OpenAI counts fewer.
const SOUND_PER_S: f64 = 32.0;
/// Bytes of a second of a voice note: Opus at 16 kbit/s, as the platforms send it or sparser.
const SOUND_BYTES_PER_S: f64 = 2_000.0;

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

/// Those read of a sound of so many bytes, or seconds where they are known, and those written of what was heard.
pub(crate) fn of_sound(bytes: usize, seconds: Option<f64>, heard: &str) -> (u64, u64) {
    #[expect(clippy::cast_precision_loss, reason = "a sound has less than 2^52 bytes")]
    let seconds = seconds.unwrap_or(bytes as f64 / SOUND_BYTES_PER_S);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of floats saturates")]
    let read = (seconds * SOUND_PER_S).ceil() as u64;
    (read, tokens(heard))
}

/// Those of texts that are turned into vectors.
pub(crate) fn of_texts(texts: &[String]) -> u64 {
    texts.iter().map(|text| tokens(text)).sum()
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
    fn a_sound_is_counted_by_its_time_or_else_by_its_bytes() {
        assert_eq!(of_sound(20_000, None, "four"), (320, 1));
        assert_eq!(of_sound(20_000, Some(9.0), ""), (288, 0));
        assert_eq!(of_sound(1, None, ""), (1, 0));
    }

    #[test]
    fn four_characters_or_one_of_a_wide_script_are_a_token() {
        for (text, count) in
            [("", 0), ("a", 1), ("four", 1), ("fours", 2), ("吃藥後", 3), ("吃藥 ok", 3), ("くすり", 3)]
        {
            assert_eq!(tokens(text), count, "{text}");
        }
    }
}
