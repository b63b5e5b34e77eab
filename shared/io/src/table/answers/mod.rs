//! Answers: the first that is written stands, is amended before it is sent, and says how far the sending has come.

pub(super) mod items;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::turn::{Answer, Transcript};
use domain::{ConversationKey, Limits, MessageKey, Millis, Outcome, RequestId, Token};

use super::Table;
use super::expressions as ex;
use super::keys::{answer_sk, message_sk};
use super::mailbox_item::number;
use super::reading::place;
use super::writing::{expiry, update};
use crate::world::{Action, TableError, Write};

/// Items of one page when the covering answer of a message is looked for.
const PAGE_ITEMS: u32 = 100;

impl Table<'_> {
    /// P5: writes the answer if absent, and returns the one that stands: it decides what the turn says.
    pub async fn decide(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        answer: Answer,
        limits: &Limits,
    ) -> Result<Answer, TableError> {
        let put = put_answer(conversation, key, &answer, expiry(answer.written_at, limits))?;
        match self.write(put).await {
            Ok(_) => Ok(answer),
            Err(TableError::ConditionFailed { item, .. }) => {
                Ok(items::read_answer(item.unwrap_or_default())?.1)
            }
            Err(error) => Err(error),
        }
    }

    /// P6, when something was in time to stop messages: the answer says so, with what is left to send.
    pub async fn amend(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        answer: &Answer,
    ) -> Result<(), TableError> {
        let covers =
            items::covers(&answer.covers).into_iter().map(|(k, v)| (k, AttributeValue::S(v))).collect();
        let parts = answer.parts.iter().cloned().map(AttributeValue::S).collect();
        let (patch, notes) = (items::patch_value(answer)?, items::notes_value(answer)?);
        let (and_patch, and_notes, without) = amended(patch.is_some(), notes.is_some());
        let expression = format!("{}{and_patch}{and_notes}{without}", ex::AMEND);
        let amend = update(conversation, answer_sk(key), &expression, ex::AMEND_IF);
        let amend = if let Some(patch) = patch { amend.value(":patch", patch) } else { amend };
        let amend = if let Some(notes) = notes { amend.value(":notes", notes) } else { amend };
        let amend = amend
            .value(":outcome", AttributeValue::S(answer.outcome.name().to_owned()))
            .value(":parts", AttributeValue::L(parts))
            .value(":covers", AttributeValue::M(covers))
            .value(":stopped", number(answer.stopped()));
        match self.write_patiently(amend.0).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// P7: records how far the sending has come. Somebody further along is not set back.
    pub async fn record_progress(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
        progress: usize,
        unknown: &[usize],
    ) -> Result<(), TableError> {
        let record = update(conversation, answer_sk(key), ex::PROGRESS, ex::PROGRESS_IF)
            .value(":progress", number(progress))
            .value(":unknown", AttributeValue::L(unknown.iter().map(number).collect()));
        match self.write_patiently(record.0).await {
            Ok(_) | Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The answer that covers a message, by a forward query from the message's own key.
    ///
    /// It stands at the newest message of its turn. Between the two lie the turn's other messages, and whatever was
    /// refused meanwhile, however much that was: so the query goes on until it has found it or there is no more.
    pub async fn covering_answer(&self, request: &RequestId) -> Result<Option<Answer>, TableError> {
        let mut from = message_sk(&request.key);
        loop {
            let page = self.query(&request.conversation, Some(from), true, PAGE_ITEMS).await?;
            let next = page.last().and_then(|item| item.get("sk")?.as_s().ok().cloned());
            let is_last = page.len() < PAGE_ITEMS as usize;
            let mut transcript = Transcript::default();
            for item in page {
                place(&mut transcript, item)?;
            }
            let covering =
                transcript.answers.into_values().find(|answer| answer.outcome_of(&request.key).is_some());
            match next {
                _ if covering.is_some() => return Ok(covering),
                // The lowest key above the last one: nothing this code writes continues with this character.
                Some(last) if !is_last => from = last + "\u{1}",
                _ => return Ok(None),
            }
        }
    }
}

/// What follows the standing part of an amendment: patch, notes, what is removed.
fn amended(has_patch: bool, has_notes: bool) -> (&'static str, &'static str, &'static str) {
    match (has_patch, has_notes) {
        (true, true) => (ex::AMEND_PATCH, ex::AMEND_NOTES, ""),
        (true, false) => (ex::AMEND_PATCH, "", ex::AMEND_NO_NOTES),
        (false, true) => ("", ex::AMEND_NOTES, ex::AMEND_NO_PATCH),
        (false, false) => ("", "", ex::AMEND_NEITHER),
    }
}

/// Writes an answer where there is none.
pub(super) fn put_answer(
    conversation: &ConversationKey,
    key: &MessageKey,
    answer: &Answer,
    ttl: i64,
) -> Result<Write, TableError> {
    let item = items::answer_item(conversation, key, answer, ttl)?;
    Ok(Write { action: Action::Put(item), condition: ex::ABSENT.to_owned(), ..Write::default() })
}

/// The answer of a message that is settled by itself, without words.
pub(super) fn own_answer(key: &MessageKey, outcome: Outcome, token: &Token, now: Millis) -> Answer {
    Answer {
        outcome,
        parts: Vec::new(),
        buttons: Vec::new(),
        progress: 0,
        unknown: Vec::new(),
        covers: vec![(key.clone(), outcome)],
        written_by: token.clone(),
        written_at: now,
        tokens: (0, 0),
        patch: None,
        errands: Vec::new(),
        notes: Vec::new(),
    }
}
