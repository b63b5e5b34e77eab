//! Interaction tokens and nonces: what can still be answered, and what was sent already.
use serde_json::Value;
use std::collections::BTreeMap;

/// <https://discord.com/developers/docs/interactions/receiving-and-responding#responding-to-an-interaction>
const FIRST_ANSWER_MS: u64 = 3_000;
const TOKEN_MS: u64 = 15 * 60_000;
/// "The past few minutes" in the documents.
const NONCE_MS: u64 = 5 * 60_000;

#[derive(Clone, Debug)]
pub(super) struct Interaction {
    pub(super) id: String,
    pub(super) chat: String,
    pub(super) thread: Option<String>,
    pub(super) at_ms: u64,
    pub(super) state: State,
    /// The message whose button was pressed.
    pub(super) source: Option<String>,
}

/// How the bot has answered so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Deferred,
    /// With the message of this id.
    Answered(String),
    Deleted,
}

/// Why a token cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dead {
    /// No such token, or nothing has acknowledged the interaction.
    Unknown,
    Expired,
    /// The first answer was given before.
    Acknowledged,
    /// The first answer is due within three seconds.
    TooLate,
}

/// By the token.
#[derive(Default)]
pub(super) struct Tokens {
    known: BTreeMap<String, Interaction>,
}

impl Tokens {
    pub(super) fn give(&mut self, token: String, interaction: Interaction) {
        self.known.insert(token, interaction);
    }

    /// The token of an interaction.
    pub(super) fn of(&self, id: &str) -> Option<String> {
        self.known.iter().find(|(_, interaction)| interaction.id == id).map(|(token, _)| token.clone())
    }

    /// An interaction that waits for its first answer.
    pub(super) fn waiting(&mut self, token: &str, now_ms: u64) -> Result<&mut Interaction, Dead> {
        let interaction = self.known.get_mut(token).ok_or(Dead::Unknown)?;
        match interaction.state {
            State::Waiting if now_ms.saturating_sub(interaction.at_ms) <= FIRST_ANSWER_MS => Ok(interaction),
            State::Waiting => Err(Dead::TooLate),
            _ => Err(Dead::Acknowledged),
        }
    }

    /// An interaction that had its first answer and can have more.
    pub(super) fn open(&mut self, token: &str, now_ms: u64) -> Result<&mut Interaction, Dead> {
        let interaction = self.known.get_mut(token).ok_or(Dead::Unknown)?;
        if now_ms.saturating_sub(interaction.at_ms) > TOKEN_MS {
            return Err(Dead::Expired);
        }
        if interaction.state == State::Waiting { Err(Dead::Unknown) } else { Ok(interaction) }
    }
}

/// What was sent, by channel and nonce.
#[derive(Default)]
pub(super) struct Nonces {
    sent: BTreeMap<(String, String), (Value, u64)>,
}

impl Nonces {
    pub(super) fn find(&self, channel: &str, nonce: &str, now_ms: u64) -> Option<&Value> {
        let (message, at_ms) = self.sent.get(&(channel.to_owned(), nonce.to_owned()))?;
        (now_ms.saturating_sub(*at_ms) <= NONCE_MS).then_some(message)
    }

    pub(super) fn keep(&mut self, channel: &str, nonce: &str, message: Value, now_ms: u64) {
        self.sent.insert((channel.to_owned(), nonce.to_owned()), (message, now_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(state: State) -> Tokens {
        let mut tokens = Tokens::default();
        let (id, chat) = ("1".to_owned(), "2".to_owned());
        let interaction = Interaction { id, chat, thread: None, at_ms: 0, state, source: None };
        tokens.give("t".to_owned(), interaction);
        tokens
    }

    #[test]
    fn the_first_answer_is_due_in_three_seconds_and_given_once() {
        assert!(given(State::Waiting).waiting("t", 3_000).is_ok());
        assert_eq!(given(State::Waiting).waiting("t", 3_001).err(), Some(Dead::TooLate));
        assert_eq!(given(State::Deferred).waiting("t", 0).err(), Some(Dead::Acknowledged));
        assert_eq!(given(State::Deferred).waiting("other", 0).err(), Some(Dead::Unknown));
    }

    #[test]
    fn a_token_lives_fifteen_minutes_once_it_was_answered() {
        assert!(given(State::Deferred).open("t", TOKEN_MS).is_ok());
        assert_eq!(given(State::Deferred).open("t", TOKEN_MS + 1).err(), Some(Dead::Expired));
        assert_eq!(given(State::Waiting).open("t", 0).err(), Some(Dead::Unknown));
    }

    #[test]
    fn a_nonce_counts_in_its_channel_for_minutes() {
        let mut nonces = Nonces::default();
        nonces.keep("c", "n", Value::from(1), 0);
        assert_eq!(nonces.find("c", "n", NONCE_MS), Some(&Value::from(1)));
        assert_eq!(nonces.find("c", "n", NONCE_MS + 1), None);
        assert_eq!(nonces.find("d", "n", 0), None);
    }
}
