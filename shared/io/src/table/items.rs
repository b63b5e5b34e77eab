//! Messages as items, and what the items of every kind share. The version stands in the type name and in the item (`v`).

use domain::{Address, Channel, ConversationKey, Message, MessageKind, Millis, RequestId, Token};
use serde::{Deserialize, Serialize};

use super::keys::message_sk;
use crate::envelope::AttachedV1;
use crate::world::{Item, TableError};

#[derive(Serialize, Deserialize)]
struct MessageItemV1 {
    pk: String,
    sk: String,
    v: u8,
    /// Text.
    tx: String,
    /// Kind.
    ki: String,
    /// Chat and thread, as the platform spells them.
    ch: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    th: Option<String>,
    /// Language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    la: Option<String>,
    /// Received at, milliseconds.
    ra: i64,
    /// Request id: findable in a raw look at the table.
    id: String,
    /// Edited at, milliseconds, by the platform's clock; and by which event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    et: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ei: Option<String>,
    #[serde(flatten)]
    attached: AttachedV1,
    /// Token of the attempt that wrote it.
    tk: String,
    ttl: i64,
}

/// A message as an item.
pub(super) fn message_item(message: &Message, token: &Token, ttl: i64) -> Result<Item, TableError> {
    let item = MessageItemV1 {
        pk: message.conversation.to_string(),
        sk: message_sk(&message.key),
        v: 1,
        tx: message.text.clone(),
        ki: kind_name(message.kind).to_owned(),
        ch: message.address.chat.clone(),
        th: message.address.thread.clone(),
        la: message.language.clone(),
        ra: message.received_at.0,
        id: message.request_id().to_string(),
        et: None,
        ei: None,
        attached: AttachedV1::of(message),
        tk: token.0.clone(),
        ttl,
    };
    write(&item, &item.sk)
}

/// When a stored message was last edited, by the platform's clock.
pub(super) fn edited_at(item: &Item) -> Option<Millis> {
    time(item, "et")
}

/// An attribute that is a time in milliseconds.
pub(super) fn time(item: &Item, name: &str) -> Option<Millis> {
    item.get(name).and_then(|value| value.as_n().ok()).and_then(|digits| digits.parse().ok()).map(Millis)
}

/// An item as a message.
pub(super) fn read_message(item: Item) -> Result<Message, TableError> {
    let item: MessageItemV1 = read(item, 1)?;
    let fields = || {
        let conversation = ConversationKey::parse(&item.pk)?;
        let channel: Channel = conversation.channel()?;
        Some((RequestId::parse(&item.id)?, channel, kind_named(&item.ki)?))
    };
    let (id, channel, kind) = fields().ok_or_else(|| damaged(&item.sk, "its ids"))?;
    Ok(Message {
        conversation: id.conversation,
        key: id.key,
        address: Address { channel, chat: item.ch, thread: item.th },
        text: item.tx,
        kind,
        media: item.attached.media(),
        handles: item.attached.handles(),
        language: item.la,
        received_at: Millis(item.ra),
    })
}

/// The token of the attempt that wrote this item.
pub(super) fn written_by(item: &Item) -> Option<Token> {
    item.get("tk").and_then(|value| value.as_s().ok()).map(|token| Token(token.clone()))
}

/// The stored name of a message's kind.
pub fn kind_name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Action => "action",
        MessageKind::Command => "command",
        MessageKind::Prompted => "prompted",
        MessageKind::Announced => "announced",
        MessageKind::Other => "other",
    }
}

pub(crate) fn kind_named(name: &str) -> Option<MessageKind> {
    use MessageKind::{Action, Announced, Command, Other, Prompted, Text};
    [Text, Action, Command, Prompted, Announced, Other].into_iter().find(|kind| kind_name(*kind) == name)
}

pub(super) fn write(item: &impl Serialize, sk: &str) -> Result<Item, TableError> {
    serde_dynamo::aws_sdk_dynamodb_1::to_item(item).map_err(|error| damaged(sk, &error.to_string()))
}

pub(super) fn read<T: for<'a> Deserialize<'a>>(item: Item, version: u8) -> Result<T, TableError> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
    let found = item.get("v").and_then(|v| v.as_n().ok()).cloned().unwrap_or_default();
    match found.parse::<u64>() {
        Ok(later) if later > u64::from(version) => return Err(TableError::Later { key: sk, version: later }),
        Ok(its) if its == u64::from(version) => {}
        _ => return Err(damaged(&sk, &format!("version {found}, not {version}"))),
    }
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(|error| damaged(&sk, &error.to_string()))
}

pub(super) fn damaged(sk: &str, what: &str) -> TableError {
    TableError::Damaged { key: sk.to_owned(), what: what.to_owned() }
}
