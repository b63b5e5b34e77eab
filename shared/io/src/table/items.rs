//! Messages and answers as items. The version stands in the type name and in the item (`v`).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::turn::{Answer, Button, Spoken};
use domain::{
    Address, Channel, ConversationKey, Message, MessageKey, MessageKind, Millis, Outcome, RequestId, State,
    StatePatch, Token,
};
use serde::{Deserialize, Serialize};

use super::errands::items::ErrandV1;
use super::notes::items::NoteV1;
use super::schedules::items::{ReminderV1, SubscriptionV1};
use crate::envelope::AttachedV1;
use crate::world::{Item, TableError};

/// The sort key of a message.
pub(super) fn message_sk(key: &MessageKey) -> String {
    format!("H#{key}")
}

/// The sort key of the answer of the turn whose newest message this is.
pub(super) fn answer_sk(key: &MessageKey) -> String {
    format!("H#{key}#A")
}

/// The sort key of the user's state.
pub(super) const STATE_SK: &str = "S";

/// The sort key of what was spoken in a message.
pub(super) fn spoken_sk(key: &MessageKey) -> String {
    format!("H#{key}#T")
}

/// The sort key of what a person did.
pub(super) fn act_sk(key: &MessageKey) -> String {
    format!("H#{key}#P")
}

/// The message that a dead letter was about, by the letter's sort key.
pub(super) fn letter_of(sk: &str) -> Option<MessageKey> {
    let (request, _) = sk.split_once('#')?;
    RequestId::parse(request).map(|request| request.key)
}

/// What stands under a message's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Message,
    /// Of the turn whose newest message it is.
    Answer,
    Spoken,
    /// A person's, under a key of its own.
    Act,
}

/// Reads a sort key: the message key, and what stands there.
pub(super) fn parse_sk(sk: &str) -> Option<(MessageKey, Part)> {
    let rest = sk.strip_prefix("H#")?;
    let (key, part) = match rest.rsplit_once('#') {
        Some((key, "A")) => (key, Part::Answer),
        Some((key, "T")) => (key, Part::Spoken),
        Some((key, "P")) => (key, Part::Act),
        _ => (rest, Part::Message),
    };
    Some((MessageKey::parse(key)?, part))
}

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
pub(super) fn read_spoken(item: Item) -> Result<Spoken, TableError> {
    let item: SpokenItemV1 = read(item, 1)?;
    Ok(Spoken { text: item.tx, is_told: item.he })
}

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

/// When the turn of a stored answer was put back by its owner.
pub(super) fn redriven_at(item: &Item) -> Option<Millis> {
    time(item, "rd")
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

#[derive(Serialize, Deserialize)]
struct AnswerItemV1 {
    pk: String,
    sk: String,
    v: u8,
    /// Outcome of the live messages.
    oc: String,
    /// Parts.
    pa: Vec<String>,
    /// Buttons under the last part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bt: Vec<ButtonV1>,
    /// Progress: parts sent or tried.
    pr: usize,
    /// Parts with an unknown result.
    un: Vec<usize>,
    /// Covered: message key to outcome.
    co: BTreeMap<String, String>,
    /// Written at, milliseconds.
    wa: i64,
    /// Tokens in, out.
    ti: u64,
    to: u64,
    /// Errands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ed: Vec<ErrandV1>,
    /// Token of the attempt that may have sent the mail; and whether the answer says what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mx: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    md: Option<bool>,
    /// Redriven at, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rd: Option<i64>,
    /// State patch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sp: Option<StatePatchV1>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ns: Vec<NoteV1>,
    tk: String,
    ttl: i64,
}

#[derive(Serialize, Deserialize)]
struct ButtonV1 {
    /// Label.
    la: String,
    /// What tapping it says.
    sa: String,
}

#[derive(Serialize, Deserialize)]
struct StatePatchV1 {
    /// From version.
    fr: u64,
    #[serde(flatten)]
    state: StateV1,
}

#[derive(Serialize, Deserialize)]
struct StateV1 {
    /// Version number of the state, counted by its changes.
    vn: u64,
    /// Mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mo: Option<String>,
    /// Menus gone into.
    me: Vec<String>,
    /// Fields that are kept, each as JSON text, and the start of the session that they, the mode and the menus belong to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fi: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ss: Option<i64>,
    /// Settings.
    se: BTreeMap<String, String>,
    /// Subscriptions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    su: BTreeMap<String, SubscriptionV1>,
    /// Reminders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    re: Vec<ReminderV1>,
    /// Mails: the day, and how many.
    #[serde(default)]
    ma: (i64, u64),
}

impl StateV1 {
    fn of(state: &State) -> StateV1 {
        StateV1 {
            vn: state.version,
            mo: state.mode.clone(),
            me: state.menu.clone(),
            fi: state.fields.clone(),
            ss: state.session.map(|at| at.0),
            se: state.settings.clone(),
            re: state.reminders.iter().map(ReminderV1::of).collect(),
            ma: state.mails,
            su: state
                .subscriptions
                .iter()
                .map(|(name, one)| (name.clone(), SubscriptionV1::of(one)))
                .collect(),
        }
    }

    fn state(self) -> State {
        let subscriptions = self.su.into_iter().filter_map(|(name, one)| Some((name, one.subscription()?)));
        State {
            version: self.vn,
            mode: self.mo,
            menu: self.me,
            fields: self.fi,
            session: self.ss.map(Millis),
            settings: self.se,
            subscriptions: subscriptions.collect(),
            reminders: self.re.into_iter().filter_map(ReminderV1::reminder).collect(),
            mails: self.ma,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct StateItemV1 {
    pk: String,
    sk: String,
    v: u8,
    #[serde(flatten)]
    state: StateV1,
}

/// The user's state as an item. It has no expiry: settings outlive what was said.
pub(super) fn state_item(conversation: &ConversationKey, state: &State) -> Result<Item, TableError> {
    let item = StateItemV1 {
        pk: conversation.to_string(),
        sk: STATE_SK.to_owned(),
        v: 1,
        state: StateV1::of(state),
    };
    write(&item, &item.sk)
}

/// An item as the user's state.
pub(super) fn read_state(item: Item) -> Result<State, TableError> {
    let item: StateItemV1 = read(item, 1)?;
    Ok(item.state.state())
}

/// An answer as an item.
pub(super) fn answer_item(
    conversation: &ConversationKey,
    key: &MessageKey,
    answer: &Answer,
    ttl: i64,
) -> Result<Item, TableError> {
    let item = AnswerItemV1 {
        pk: conversation.to_string(),
        sk: answer_sk(key),
        v: 1,
        oc: answer.outcome.name().to_owned(),
        pa: answer.parts.clone(),
        bt: answer
            .buttons
            .iter()
            .map(|button| ButtonV1 { la: button.label.clone(), sa: button.says.clone() })
            .collect(),
        pr: answer.progress,
        un: answer.unknown.clone(),
        co: covers(&answer.covers),
        wa: answer.written_at.0,
        ti: answer.tokens.0,
        to: answer.tokens.1,
        ed: answer.errands.iter().map(ErrandV1::of).collect(),
        mx: None,
        md: None,
        rd: None,
        sp: answer.patch.as_ref().map(stored_patch),
        ns: answer.notes.iter().map(NoteV1::of).collect(),
        tk: answer.written_by.0.clone(),
        ttl,
    };
    write(&item, &item.sk)
}

/// What an answer changes in the state, as stored in it.
pub(super) fn patch_value(answer: &Answer) -> Result<Option<AttributeValue>, TableError> {
    let patch = answer.patch.as_ref().map(stored_patch);
    let patch = patch.map(serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value).transpose();
    patch.map_err(|error| damaged("sp", &error.to_string()))
}

/// What an answer remembers, as stored in it; `None`: nothing.
pub(super) fn notes_value(answer: &Answer) -> Result<Option<AttributeValue>, TableError> {
    let notes: Vec<NoteV1> = answer.notes.iter().map(NoteV1::of).collect();
    if notes.is_empty() {
        return Ok(None);
    }
    let notes = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(notes);
    notes.map(Some).map_err(|error| damaged("ns", &error.to_string()))
}

fn stored_patch(patch: &StatePatch) -> StatePatchV1 {
    StatePatchV1 { fr: patch.from, state: StateV1::of(&patch.state) }
}

/// The covered messages as stored.
pub(super) fn covers(covers: &[(MessageKey, Outcome)]) -> BTreeMap<String, String> {
    covers.iter().map(|(key, outcome)| (key.to_string(), outcome.name().to_owned())).collect()
}

/// An item as an answer, with the key of the turn's newest message.
pub(super) fn read_answer(item: Item) -> Result<(MessageKey, Answer), TableError> {
    let item: AnswerItemV1 = read(item, 1)?;
    let fields = || {
        let (key, _) = parse_sk(&item.sk)?;
        let covers =
            item.co.iter().map(|(key, outcome)| Some((MessageKey::parse(key)?, Outcome::named(outcome)?)));
        Some((key, Outcome::named(&item.oc)?, covers.collect::<Option<Vec<_>>>()?))
    };
    let (key, outcome, covers) = fields().ok_or_else(|| damaged(&item.sk, "its keys or outcomes"))?;
    let answer = Answer {
        outcome,
        parts: item.pa,
        buttons: item.bt.into_iter().map(|button| Button { label: button.la, says: button.sa }).collect(),
        progress: item.pr,
        unknown: item.un,
        covers,
        written_by: Token(item.tk),
        written_at: Millis(item.wa),
        tokens: (item.ti, item.to),
        errands: item
            .ed
            .into_iter()
            .filter_map(|errand| errand.errand(item.mx.as_deref(), item.md))
            .collect(),
        patch: item.sp.map(|patch| StatePatch { from: patch.fr, state: patch.state.state() }),
        notes: item.ns.into_iter().filter_map(NoteV1::note).collect(),
    };
    Ok((key, answer))
}

pub(super) fn write(item: &impl Serialize, sk: &str) -> Result<Item, TableError> {
    serde_dynamo::aws_sdk_dynamodb_1::to_item(item).map_err(|error| damaged(sk, &error.to_string()))
}

pub(super) fn read<T: for<'a> Deserialize<'a>>(item: Item, version: u8) -> Result<T, TableError> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
    let found = item.get("v").and_then(|v| v.as_n().ok()).cloned().unwrap_or_default();
    if found != version.to_string() {
        return Err(damaged(&sk, &format!("version {found}, not {version}")));
    }
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item).map_err(|error| damaged(&sk, &error.to_string()))
}

pub(super) fn damaged(sk: &str, what: &str) -> TableError {
    TableError::Damaged { key: sk.to_owned(), what: what.to_owned() }
}
