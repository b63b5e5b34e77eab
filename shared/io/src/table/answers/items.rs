//! Answers as stored. The version stands in the type name and in the item (`v`).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::turn::{Answer, Button};
use domain::{ConversationKey, MessageKey, Millis, Outcome, Token};
use serde::{Deserialize, Serialize};

use super::super::errands::items::ErrandV1;
use super::super::items::{damaged, read, time, write};
use super::super::keys::{answer_sk, parse_sk};
use super::super::notes::items::NoteV1;
use super::super::state::items::StatePatchV1;
use crate::world::{Item, TableError};

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

/// When the turn of a stored answer was put back by its owner.
pub(in crate::table) fn redriven_at(item: &Item) -> Option<Millis> {
    time(item, "rd")
}

/// An answer as an item.
pub(in crate::table) fn answer_item(
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
        sp: answer.patch.as_ref().map(StatePatchV1::of),
        ns: answer.notes.iter().map(NoteV1::of).collect(),
        tk: answer.written_by.0.clone(),
        ttl,
    };
    write(&item, &item.sk)
}

/// What an answer changes in the state, as stored in it.
pub(in crate::table) fn patch_value(answer: &Answer) -> Result<Option<AttributeValue>, TableError> {
    let patch = answer.patch.as_ref().map(StatePatchV1::of);
    let patch = patch.map(serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value).transpose();
    patch.map_err(|error| damaged("sp", &error.to_string()))
}

/// What an answer remembers, as stored in it; `None`: nothing.
pub(in crate::table) fn notes_value(answer: &Answer) -> Result<Option<AttributeValue>, TableError> {
    let notes: Vec<NoteV1> = answer.notes.iter().map(NoteV1::of).collect();
    if notes.is_empty() {
        return Ok(None);
    }
    let notes = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(notes);
    notes.map(Some).map_err(|error| damaged("ns", &error.to_string()))
}

/// The covered messages as stored.
pub(in crate::table) fn covers(covers: &[(MessageKey, Outcome)]) -> BTreeMap<String, String> {
    covers.iter().map(|(key, outcome)| (key.to_string(), outcome.name().to_owned())).collect()
}

/// An item as an answer, with the key of the turn's newest message.
pub(in crate::table) fn read_answer(item: Item) -> Result<(MessageKey, Answer), TableError> {
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
        patch: item.sp.map(StatePatchV1::patch),
        notes: item.ns.into_iter().filter_map(NoteV1::note).collect(),
    };
    Ok((key, answer))
}
