//! What a person did, as stored. The version stands in the type name and in the item (`v`).

use domain::person::{Act, Deed, Told};
use domain::{Address, ConversationKey, Millis};
use serde::{Deserialize, Serialize};

use super::super::items::{damaged, read, write};
use super::super::keys::{act_sk, parse_sk};
use crate::world::{Item, TableError};

#[derive(Serialize, Deserialize)]
struct ActItemV1 {
    pk: String,
    sk: String,
    v: u8,
    /// Deed.
    de: String,
    /// Person.
    pe: String,
    /// Text.
    tx: String,
    /// Chat and thread, as the platform spells them.
    ch: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    th: Option<String>,
    /// Told: what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tl: Option<String>,
    /// Token of the process that tells it, and until when it may live, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tu: Option<i64>,
    ttl: i64,
}

pub(super) fn act_item(conversation: &ConversationKey, act: &Act, ttl: i64) -> Result<Item, TableError> {
    let item = ActItemV1 {
        pk: conversation.to_string(),
        sk: act_sk(&act.key),
        v: 1,
        de: act.deed.name().to_owned(),
        pe: act.person.clone(),
        tx: act.text.clone(),
        ch: act.to.chat.clone(),
        th: act.to.thread.clone(),
        tl: act.told.map(|told| told.name().to_owned()),
        tk: None,
        tu: None,
        ttl,
    };
    write(&item, &item.sk)
}

pub(in crate::table) fn read_act(item: Item) -> Result<Act, TableError> {
    let item: ActItemV1 = read(item, 1)?;
    let fields = || {
        let (key, _) = parse_sk(&item.sk)?;
        let channel = ConversationKey::parse(&item.pk)?.channel()?;
        Some((key, channel, Deed::named(&item.de)?))
    };
    let (key, channel, deed) = fields().ok_or_else(|| damaged(&item.sk, "its key or deed"))?;
    Ok(Act {
        key,
        deed,
        person: item.pe,
        text: item.tx,
        to: Address { channel, chat: item.ch, thread: item.th },
        told: item.tl.as_deref().and_then(Told::named),
    })
}

/// Until when somebody may be telling it.
pub(super) fn told_until(item: &Item) -> Option<Millis> {
    let until = item.get("tu").and_then(|until| until.as_n().ok());
    until.and_then(|digits| digits.parse().ok()).map(Millis)
}
