//! Dead letters, for their owner: keeping one, which are kept, which are about a message, and the mark of what was put back.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ConversationKey, Limits, MessageKey, Millis, RequestId};

use super::expressions as ex;
use super::mailbox_item::number;
use super::writing::{expiry, update};
use super::{Table, answers, dead_letters_pk, items, keys, sort_key};
use crate::world::{Action, Item, TableError, TableReply, TableRequest, Write};

/// Letters of one page.
const PAGE_LETTERS: u32 = 100;

/// A message dies within so many days: four that it may lie in its queue, and fourteen in that of the dead, begun ones too.
const DYING_DAYS: i64 = 19;

/// A kept dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its name, which begins with the conversation.
    pub name: String,
    /// The message it was about; `None`: nobody can read that.
    pub about: Option<RequestId>,
    /// When it was kept.
    pub kept_at: Millis,
    /// Its words were erased.
    pub is_erased: bool,
}

impl Table<'_> {
    /// Keeps a dead letter for the owner, under the day it died. Answers whether it was not kept before.
    pub async fn keep_dead_letter(
        &self,
        request: &str,
        body: &str,
        limits: &Limits,
    ) -> Result<bool, TableError> {
        let now = self.world.now();
        let text = |text: String| AttributeValue::S(text);
        let item = Item::from([
            ("pk".to_owned(), text(dead_letters_pk(now.seconds().div_euclid(86_400)))),
            ("sk".to_owned(), text(request.to_owned())),
            ("v".to_owned(), number(1)),
            ("body".to_owned(), text(body.to_owned())),
            // Kept at, milliseconds.
            ("ka".to_owned(), number(now.0)),
            ("ttl".to_owned(), number(expiry(now, limits))),
        ]);
        let put = Write { action: Action::Put(item), condition: ex::ABSENT.to_owned(), ..Write::default() };
        match self.write(put).await {
            Ok(_) => Ok(true),
            Err(TableError::ConditionFailed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The letters of a day since 1970.
    ///
    /// # Errors
    /// The table's. Retry.
    pub async fn letters(&self, day: i64) -> Result<Vec<Letter>, TableError> {
        let mut letters = Vec::new();
        let mut from = None;
        loop {
            let page = self.letters_from(day, from).await?;
            let next = page.last().map(|letter| format!("{}\u{1}", letter.name));
            let is_last = page.len() < PAGE_LETTERS as usize;
            letters.extend(page);
            match next {
                Some(next) if !is_last => from = Some(next),
                _ => return Ok(letters),
            }
        }
    }

    /// When letters about a message were kept, which was taken in at that time.
    pub(super) async fn letters_about(
        &self,
        request: &RequestId,
        received_at: Millis,
    ) -> Result<Vec<Millis>, TableError> {
        let day_of = |at: Millis| at.seconds().div_euclid(86_400);
        let (first, today) = (day_of(received_at), day_of(self.world.now()));
        let mut kept = Vec::new();
        for day in first..=today.min(first + DYING_DAYS) {
            let page = self.letters_from(day, Some(format!("{request}#"))).await?;
            let own = page.into_iter().take_while(|letter| letter.about.as_ref() == Some(request));
            kept.extend(own.map(|letter| letter.kept_at));
        }
        Ok(kept)
    }

    async fn letters_from(&self, day: i64, from: Option<String>) -> Result<Vec<Letter>, TableError> {
        let query =
            TableRequest::Query { pk: dead_letters_pk(day), from, forward: true, limit: PAGE_LETTERS };
        match self.world.table(query).await? {
            TableReply::Items(items) => Ok(items.iter().filter_map(letter).collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// When the turn of this key was put back by its owner.
    ///
    /// # Errors
    /// The table's. Retry.
    pub async fn redriven_at(
        &self,
        conversation: &ConversationKey,
        turn: &MessageKey,
    ) -> Result<Option<Millis>, TableError> {
        let item = self.get(conversation, keys::answer_sk(turn)).await?;
        Ok(item.as_ref().and_then(answers::items::redriven_at))
    }

    /// Marks that the turn of this key is put back. Answers with the time of the mark that stands, this one or an earlier
    /// one; `None`: there is no such turn.
    ///
    /// # Errors
    /// The table's. Retry: what is marked stays so.
    pub async fn mark_redriven(
        &self,
        conversation: &ConversationKey,
        turn: &MessageKey,
        at: Millis,
    ) -> Result<Option<Millis>, TableError> {
        let mark = update(conversation, keys::answer_sk(turn), ex::REDRIVEN, ex::REDRIVEN_IF);
        match self.write(mark.value(":at", number(at.0)).0).await {
            Ok(_) => Ok(Some(at)),
            Err(TableError::ConditionFailed { item, .. }) => {
                Ok(item.as_ref().and_then(answers::items::redriven_at))
            }
            Err(error) => Err(error),
        }
    }
}

fn letter(item: &Item) -> Option<Letter> {
    let name = sort_key(item)?.to_owned();
    let about = name.split_once('#').and_then(|(request, _)| RequestId::parse(request));
    let is_erased = item.get("body").and_then(|body| body.as_s().ok()).is_none_or(String::is_empty);
    Some(Letter { about, kept_at: items::time(item, "ka").unwrap_or_default(), is_erased, name })
}
