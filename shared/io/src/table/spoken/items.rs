//! What was spoken, as stored. The version stands in the type name and in the item (`v`).

use domain::turn::Spoken;
use domain::{ConversationKey, MessageKey};
use serde::{Deserialize, Serialize};

use super::super::items::{read, write};
use super::super::keys::spoken_sk;
use crate::world::{Item, TableError};

#[derive(Serialize, Deserialize)]
struct SpokenItemV1 {
    pk: String,
    sk: String,
    v: u8,
    /// Text.
    tx: String,
    /// Whether the user was told what was heard.
    he: bool,
    ttl: i64,
}

/// What was spoken in a message as an item: the user has not been told yet.
pub(super) fn spoken_item(
    conversation: &ConversationKey,
    key: &MessageKey,
    text: &str,
    ttl: i64,
) -> Result<Item, TableError> {
    let (pk, sk) = (conversation.to_string(), spoken_sk(key));
    let item = SpokenItemV1 { pk, sk, v: 1, tx: text.to_owned(), he: false, ttl };
    write(&item, &item.sk)
}

/// An item as what was spoken.
pub(in crate::table) fn read_spoken(item: Item) -> Result<Spoken, TableError> {
    let item: SpokenItemV1 = read(item, 1)?;
    Ok(Spoken { text: item.tx, is_told: item.he })
}
