//! What a person does in the bot's place: takes over, says something, hands back. Each act is part of the conversation, and
//! tells the user what it says.

use crate::conversation::Address;
use crate::key::MessageKey;

/// Longest kept name of a person, in bytes: what the mailbox has room for.
const NAME_BYTES_MAX: usize = 20;

/// Something that a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its place in the conversation, by our clock.
    pub key: MessageKey,
    /// What was done.
    pub deed: Deed,
    /// By whom, by the owner's name for them.
    pub person: String,
    /// What the user is told; empty: nothing. Private, as any text.
    pub text: String,
    /// Where.
    pub to: Address,
    /// What became of it; `None`: it is still to be told.
    pub told: Option<Told>,
}

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// From here on they answer.
    TookOver,
    /// They said something.
    Said,
    /// From here on the bot answers again.
    HandedBack,
}

/// What became of words on their way to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The platform has taken them.
    Sent,
    /// Whether it has is unknown.
    Unknown,
    /// It has not, and will not.
    Refused,
}

impl Act {
    /// Whether the user still has to be told.
    pub fn is_open(&self) -> bool {
        self.told.is_none() && !self.text.is_empty()
    }
}

impl Deed {
    /// Every deed.
    pub const ALL: [Deed; 3] = [Deed::TookOver, Deed::Said, Deed::HandedBack];

    /// The name in the table and in responses.
    pub fn name(self) -> &'static str {
        match self {
            Deed::TookOver => "took-over",
            Deed::Said => "said",
            Deed::HandedBack => "handed-back",
        }
    }

    /// The deed of that name.
    pub fn named(name: &str) -> Option<Deed> {
        Deed::ALL.into_iter().find(|deed| deed.name() == name)
    }
}

impl Told {
    /// The name in the table and in responses.
    pub fn name(self) -> &'static str {
        match self {
            Told::Sent => "sent",
            Told::Unknown => "unknown",
            Told::Refused => "refused",
        }
    }

    /// The end of that name.
    pub fn named(name: &str) -> Option<Told> {
        [Told::Sent, Told::Unknown, Told::Refused].into_iter().find(|told| told.name() == name)
    }
}

/// As much of a person's name as is kept.
pub fn short_name(name: &str) -> &str {
    let name = name.trim();
    let fits = |end: &usize| name.is_char_boundary(*end);
    let end = (0..=name.len().min(NAME_BYTES_MAX)).rev().find(fits).unwrap_or(0);
    name.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_between_characters() {
        assert_eq!(short_name(" Ann "), "Ann");
        assert_eq!(short_name("安安安安安安安"), "安安安安安安");
    }
}
