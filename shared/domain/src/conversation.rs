//! Who talks where: the unit of order, of privacy and of the FIFO group.

use std::fmt;

use crate::key::short_hash;

/// A chat platform with a codec of its own in `shared/channels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Telegram Bot API.
    Telegram,
    /// The product's own JSON API: web pages and apps.
    Web,
}

impl Channel {
    /// Every channel, in the order the documentation lists them.
    pub const ALL: [Channel; 2] = [Channel::Telegram, Channel::Web];

    /// The name in URLs, keys, logs and `bot.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Telegram => "telegram",
            Channel::Web => "web",
        }
    }

    /// The channel of that name, if there is one.
    pub fn named(name: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where an answer goes: the platform's own ids. Private data, so never in a key or a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The platform.
    pub channel: Channel,
    /// The chat, group or web session, as the platform spells it.
    pub chat: String,
    /// A topic or thread inside the chat, where the platform has them.
    pub thread: Option<String>,
}

/// The partition key of a conversation and its FIFO group: `<channel>:<22 characters of a hash>`.
///
/// Hashed, so that bytes chosen by a user never enter a key, a group id or a log line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationKey(String);

impl ConversationKey {
    /// The key of the conversation that `bot` has at `address`.
    pub fn of(bot: &str, address: &Address) -> ConversationKey {
        let thread = address.thread.as_deref().unwrap_or("");
        let hash = short_hash::<16>(&[bot, &address.chat, thread]);
        ConversationKey(format!("{}:{hash}", address.channel))
    }

    /// Reads a key back from the table or an envelope.
    pub fn parse(text: &str) -> Option<ConversationKey> {
        let (channel, hash) = text.split_once(':')?;
        let hash_is_ours = hash.len() == 22 && hash.bytes().all(crate::key::is_base64url);
        (Channel::named(channel).is_some() && hash_is_ours).then(|| ConversationKey(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The channel it belongs to.
    pub fn channel(&self) -> Option<Channel> {
        self.0.split_once(':').and_then(|(channel, _)| Channel::named(channel))
    }
}

impl fmt::Display for ConversationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
