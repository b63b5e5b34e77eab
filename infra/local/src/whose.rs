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
        let of = conversation(&whose.user, whose.thread.as_deref(), state.as_ref(), &whose.bot)?;
        let group = whose.group.clone().or_else(|| fact("/table"));
        let alarms = group.map(|group| (fact("/endpoints/scheduler"), group));
        Ok(Place { conversation: of, table, alarms })
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
    let state = if place.is_local() { Some(local_state(place.port).await?) } else { None };
    Ok((conversation(user, thread, state.as_ref(), bot)?, table))
}

/// The conversation that an owner talks in.
pub async fn talked_of(of: &Conversation) -> Result<ConversationKey, Failure> {
    let state = if of.url.is_none() { Some(local_state(of.port).await?) } else { None };
    conversation(&of.name, of.thread.as_deref(), state.as_ref(), &of.bot)
}

/// By its key, or of the bot that talks there: the local stack's, or that of a folder.
fn conversation(
    user: &str,
    thread: Option<&str>,
    state: Option<&Value>,
    folder: &Path,
) -> Result<ConversationKey, Failure> {
    if let Some(key) = key(user) {
        return Ok(key);
    }
    let (channel, chat) = chat(user)?;
    let bot = match state.and_then(|state| state.get("bot")?.as_str()) {
        Some(bot) => bot.to_owned(),
        None => startup::read_bot(folder)?.name,
    };
    let address = Address { channel, chat: chat.to_owned(), thread: thread.map(ToOwned::to_owned) };
    Ok(ConversationKey::of(&bot, &address))
}

/// A conversation that is named by its key, or by a message of it: no bot needs to be known.
fn key(user: &str) -> Option<ConversationKey> {
    RequestId::parse(user).map(|request| request.conversation).or_else(|| ConversationKey::parse(user))
}

fn chat(user: &str) -> Result<(Channel, &str), Failure> {
    let named = user.split_once(':').and_then(|(channel, chat)| Some((Channel::named(channel)?, chat)));
    let known = named.filter(|(channel, chat)| channels::CHANNELS.contains(channel) && !chat.is_empty());
    let names: Vec<_> = channels::CHANNELS.iter().map(Channel::name).collect();
    known.ok_or_else(|| {
        format!(
            "`{user}` names nobody: give CHANNEL:CHAT with one of {}, a request id or a conversation's key",
            names.join(", ")
        )
        .into()
    })
}

/// Limits under which everything is found, whatever the deployment's own are and were: a dead letter stands under the day it
/// died, and is kept for as long as a deployment may wish.
pub fn widest() -> Result<Limits, LimitError> {
    let mut limits = Limits::default();
    limits.set("transcript_days", LETTER_DAYS_MAX)?;
    Ok(limits)
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
        let demo = serde_json::json!({ "bot": "demo" });
        let of = |user: &str, thread| conversation(user, thread, Some(&demo), Path::new("nowhere"));
        let by_chat = of("telegram:42", None).unwrap();
        let message = format!("{}.1795165200000.00000000007", by_chat.as_str().replace(':', "."));
        for key in [by_chat.as_str(), &message] {
            let without_bot = conversation(key, None, None, Path::new("nowhere"));
            assert_eq!(without_bot.unwrap(), by_chat);
        }
        assert_ne!(of("telegram:42", Some("7")).unwrap(), by_chat);
        for nobody in ["42", "fax:42", "telegram:", ""] {
            assert!(of(nobody, None).is_err(), "{nobody}");
        }
    }
}
