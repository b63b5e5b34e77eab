//! What a user has stated: written with a commit, read by a question, blanked by an erasure.

pub(crate) mod items;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ConversationKey, Limits, Mailbox, Note};

use super::expressions as ex;
use super::writing::update;
use super::{Table, sort_key};
use crate::world::{Item, TableError};

/// Notes of one page of an erasure.
const PAGE_NOTES: u32 = 100;

impl Table<'_> {
    /// The newest notes of a conversation, newest first. `mailbox`: what was stated before its erasure is not among them.
    pub async fn notes(
        &self,
        conversation: &ConversationKey,
        mailbox: &Mailbox,
        limits: &Limits,
    ) -> Result<Vec<Note>, TableError> {
        let most = u32::try_from(limits.notes_max).unwrap_or(u32::MAX);
        let items = self.query(conversation, Some(items::NOTES_END.to_owned()), false, most).await?;
        let notes = items.into_iter().filter(|item| sort_key(item).is_some_and(items::is_note));
        let now = self.world.now().seconds();
        let readable = notes.filter(|item| !is_over(item, now)).filter_map(|item| {
            let note = items::read_note(item);
            note.inspect_err(|error| tracing::error!(event = "damaged_item", %error, "a note is left out"))
                .ok()
        });
        let erased = |note: &Note| mailbox.erased_until.is_some_and(|until| note.of.sent_at <= until);
        Ok(readable.filter(|note| !note.text.is_empty() && !erased(note)).collect())
    }

    /// Takes away what the notes say. The fence stands before: none is written any more that would have to go as well.
    /// Done again, it does no harm.
    pub(super) async fn blank_notes(&self, conversation: &ConversationKey) -> Result<(), TableError> {
        let mut from = items::NOTES_END.to_owned();
        loop {
            let page = self.query(conversation, Some(from), false, PAGE_NOTES).await?;
            let keys = page.iter().filter_map(sort_key).filter(|sk| items::is_note(sk));
            let mut last = None;
            for sk in keys {
                let nothing = AttributeValue::S(String::new());
                let blank =
                    update(conversation, sk.to_owned(), ex::BLANK_NOTE, ex::PRESENT).value(":text", nothing);
                match self.write(blank.0).await {
                    Ok(_) | Err(TableError::ConditionFailed { .. }) => last = Some(sk.to_owned()),
                    Err(error) => return Err(error),
                }
            }
            match last {
                // The greatest key below the last one ends like no hash does.
                Some(last) if page.len() >= PAGE_NOTES as usize => from = below(&last),
                _ => return Ok(()),
            }
        }
    }
}

/// DynamoDB may keep what is over for two days.
fn is_over(item: &Item, now_s: i64) -> bool {
    let ends_s =
        item.get("ttl").and_then(|ttl| ttl.as_n().ok()).and_then(|digits| digits.parse::<i64>().ok());
    ends_s.is_some_and(|ends_s| ends_s <= now_s)
}

/// Below this key, and above every other that a note can have: its last character, which is one of base64url, goes one down,
/// and nothing continues with `~`.
fn below(sk: &str) -> String {
    let mut text = sk.to_owned();
    let last = text.pop().map_or(0, u32::from);
    text.extend(char::from_u32(last.saturating_sub(1)));
    text.push('~');
    text
}
