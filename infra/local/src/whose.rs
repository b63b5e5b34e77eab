//! Whose data: a conversation by its key, by the request id of a message, or by channel and chat.

use std::path::Path;

use domain::{Address, Channel, ConversationKey, LimitError, Limits, RequestId};

use serde_json::Value;

use crate::audit::Table;
use crate::cli::{Conversation, Failure, TablePlace, Whose};
use crate::owner::local_state;

/// The most days that `transcript_days` can be.
const LETTER_DAYS_MAX: u64 = 3_650;

/// A conversation, and the table it is in.
pub struct Place {
    /// Whose.
    pub conversation: ConversationKey,
    /// Where.
    pub table: Table,
    /// EventBridge Scheduler, where it is the local stack's, and the group of alarms, where it is known.
    pub alarms: Option<(Option<String>, String)>,
}

impl Place {
    /// Finds it, and the bot that talks there: a key is made of the bot's name too.
    pub async fn of(whose: &Whose) -> Result<Place, Failure> {
        let table = Table::find(&whose.place).await?;
        let is_local = whose.place.is_local();
        let state = if is_local { Some(local_state(whose.place.port).await?) } else { None };
        let fact = |place: &str| {
            let fact = state.as_ref().and_then(|state| state.pointer(place)?.as_str());
            fact.map(ToOwned::to_owned)
        };
        let bot = bot_there(state.as_ref(), &whose.bot)?;
        let group = whose.group.clone().or_else(|| fact("/table"));
        let alarms = group.map(|group| (fact("/endpoints/scheduler"), group));
        Ok(Place { conversation: conversation(&whose.user, whose.thread.as_deref(), &bot)?, table, alarms })
    }
}

/// The conversation that is meant, and the table it is in.
pub async fn named(
    user: &str,
    thread: Option<&str>,
    place: &TablePlace,
    bot: &Path,
) -> Result<(ConversationKey, Table), Failure> {
    let table = Table::find(place).await?;
    if let Some(key) = ConversationKey::parse(user) {
        return Ok((key, table));
    }
    let state = if place.is_local() { Some(local_state(place.port).await?) } else { None };
    Ok((conversation(user, thread, &bot_there(state.as_ref(), bot)?)?, table))
}

/// The conversation that an owner talks in.
pub async fn talked_of(of: &Conversation) -> Result<ConversationKey, Failure> {
    let (user, thread) = (of.name.as_str(), of.thread.as_deref());
    // A key says all: no bot needs to be known.
    if RequestId::parse(user).is_some() || ConversationKey::parse(user).is_some() {
        return conversation(user, thread, "");
    }
    let state = if of.url.is_none() { Some(local_state(of.port).await?) } else { None };
    conversation(user, thread, &bot_there(state.as_ref(), &of.bot)?)
}

/// The name of the bot that talks there: the local stack's, or that of a folder.
fn bot_there(state: Option<&Value>, folder: &Path) -> Result<String, Failure> {
    match state.and_then(|state| state.get("bot")?.as_str()) {
        Some(bot) => Ok(bot.to_owned()),
        None => Ok(startup::read_bot(folder)?.name),
    }
}

/// Limits under which everything is found, whatever the deployment's own are and were: a dead letter stands under the day it
/// died, and is kept for as long as a deployment may wish.
pub fn widest() -> Result<Limits, LimitError> {
    let mut limits = Limits::default();
    limits.set("transcript_days", LETTER_DAYS_MAX)?;
    Ok(limits)
}

fn conversation(user: &str, thread: Option<&str>, bot: &str) -> Result<ConversationKey, Failure> {
    if let Some(request) = RequestId::parse(user) {
        return Ok(request.conversation);
    }
    if let Some(key) = ConversationKey::parse(user) {
        return Ok(key);
    }
    let named = user.split_once(':').and_then(|(channel, chat)| Some((Channel::named(channel)?, chat)));
    let known = named.filter(|(channel, chat)| channels::CHANNELS.contains(channel) && !chat.is_empty());
    let Some((channel, chat)) = known else {
        let names: Vec<_> = channels::CHANNELS.iter().map(Channel::name).collect();
        return Err(format!(
            "`{user}` names nobody: give CHANNEL:CHAT with one of {}, a request id or a conversation's key",
            names.join(", ")
        )
        .into());
    };
    let address = Address { channel, chat: chat.to_owned(), thread: thread.map(ToOwned::to_owned) };
    Ok(ConversationKey::of(bot, &address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_deployment_keeps_letters_for_longer() {
        assert_eq!(widest().unwrap().transcript_days, LETTER_DAYS_MAX);
        assert!(Limits::default().set("transcript_days", LETTER_DAYS_MAX + 1).is_err());
    }

    #[test]
    fn a_user_is_named_by_chat_by_message_or_by_key() {
        let by_chat = conversation("telegram:42", None, "demo").unwrap();
        assert_eq!(conversation(by_chat.as_str(), None, "other").unwrap(), by_chat);
        let message = format!("{}.1795165200000.00000000007", by_chat.as_str().replace(':', "."));
        assert_eq!(conversation(&message, None, "other").unwrap(), by_chat);
        assert_ne!(conversation("telegram:42", Some("7"), "demo").unwrap(), by_chat);
        for nobody in ["42", "fax:42", "telegram:", ""] {
            assert!(conversation(nobody, None, "demo").is_err(), "{nobody}");
        }
    }
}
