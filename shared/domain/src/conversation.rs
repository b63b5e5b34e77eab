//! Who talks where: the unit of order, of privacy and of the FIFO group.

use std::fmt;

use crate::key::short_hash;

/// A chat platform by its name: in URLs, keys, logs and `bot.toml`. Which ones there are, `channels::CHANNELS` says:
/// a new one changes nothing here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel([u8; Channel::BYTES_MAX]);

impl Channel {
    /// The product's own JSON API: web pages and apps. The user asks for what is said there; nothing is sent.
    pub const WEB: Channel = Channel::of("web");

    /// Longest name.
    const BYTES_MAX: usize = 16;

    /// The channel of a name in the code.
    ///
    /// # Panics
    /// The name is empty, longer than 16 bytes, or not of lower-case ASCII letters alone.
    pub const fn of(name: &'static str) -> Channel {
        match Channel::spelt(name.as_bytes()) {
            Some(channel) => channel,
            #[expect(clippy::panic, reason = "a name in the code: the build or the first call fails")]
            None => panic!("a channel's name is 1 to 16 lower-case letters"),
        }
    }

    /// The channel of a name that came from elsewhere: whether there is a codec for it is another question.
    pub fn named(name: &str) -> Option<Channel> {
        Channel::spelt(name.as_bytes())
    }

    /// The name.
    pub fn name(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(Channel::BYTES_MAX);
        self.0.get(..end).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
    }

    #[expect(clippy::indexing_slicing, reason = "in a constant; the length is checked before")]
    const fn spelt(name: &[u8]) -> Option<Channel> {
        let mut bytes = [0; Channel::BYTES_MAX];
        if name.is_empty() || name.len() > Channel::BYTES_MAX {
            return None;
        }
        let mut at = 0;
        while at < name.len() {
            if !name[at].is_ascii_lowercase() {
                return None;
            }
            bytes[at] = name[at];
            at += 1;
        }
        Some(Channel(bytes))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Channel {
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
