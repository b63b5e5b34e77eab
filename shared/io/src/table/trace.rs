//! Everything that the table knows of one message: its mailbox, what stands from its own key on, its dead letters.

use std::collections::BTreeMap;

use domain::person::Act;
use domain::turn::{Answer, Transcript};
use domain::{Mailbox, MessageKey, Millis, Outcome, RequestId, Trace};

use super::keys::Part;
use super::reading::place;
use super::{MAILBOX, Table, answers, items, keys, mailbox_item, sort_key};
use crate::world::{Item, TableError};

/// Items of one page.
const PAGE_ITEMS: u32 = 100;

/// What was read from a message's own key on.
#[derive(Default)]
struct Seen {
    transcript: Transcript,
    is_stored: bool,
    edited_at: Option<Millis>,
    redriven: BTreeMap<MessageKey, Millis>,
}

impl Table<'_> {
    /// What is known of a message; `None`: nothing. The mailbox is read first: a message that does not wait in it has its
    /// answer.
    ///
    /// # Errors
    /// The table's. Retry.
    pub async fn trace(&self, request: &RequestId) -> Result<Option<Trace>, TableError> {
        let mailbox = self.get(&request.conversation, MAILBOX.to_owned()).await?;
        let told = mailbox.as_ref().and_then(|item| item.get("tb")?.as_s().ok());
        let told_of_work = told.is_some_and(|hash| hash == request.key.hash.as_str());
        let mailbox = mailbox.as_ref().map(mailbox_item::read).transpose()?.unwrap_or_default();
        let mut seen = self.seen(request, &mailbox).await?;
        let key = &request.key;
        let message = seen.transcript.messages.remove(key);
        let answer = seen.transcript.answers.into_iter().find(|(_, answer)| answer.outcome_of(key).is_some());
        if !seen.is_stored && answer.is_none() && !mailbox.waiting.contains_key(&key.hash) {
            return Ok(None);
        }
        let received_at = message.as_ref().map_or(key.sent_at, |message| message.received_at);
        Ok(Some(Trace {
            request: request.clone(),
            edited_at: seen.edited_at,
            spoken: seen.transcript.spoken.remove(key),
            told_of_work,
            redriven_at: answer.as_ref().and_then(|(turn, _)| seen.redriven.get(turn).copied()),
            acts: acts(seen.transcript.acts.into_values(), key, answer.as_ref()),
            letters: self.letters_about(request, received_at).await?,
            message,
            mailbox,
            answer,
        }))
    }

    /// From the message's own key up to the answer that covers it. Of a message that is not stored, a page.
    async fn seen(&self, request: &RequestId, mailbox: &Mailbox) -> Result<Seen, TableError> {
        let mut from = keys::message_sk(&request.key);
        let mut seen = Seen::default();
        loop {
            let page = self.query(&request.conversation, Some(from), true, PAGE_ITEMS).await?;
            let next = page.last().and_then(sort_key).map(|last| format!("{last}\u{1}"));
            let is_last = page.len() < PAGE_ITEMS as usize;
            for item in page {
                seen.take(item, &request.key)?;
            }
            let is_expected = seen.is_stored || mailbox.waiting.contains_key(&request.key.hash);
            let mut answers = seen.transcript.answers.values();
            let is_found = answers.any(|answer| answer.outcome_of(&request.key).is_some());
            match next {
                Some(next) if is_expected && !is_found && !is_last => from = next,
                _ => return Ok(seen),
            }
        }
    }
}

/// What a person did up to the message's end; all that was read, where they answer it or it has none.
fn acts(
    acts: impl Iterator<Item = Act>,
    key: &MessageKey,
    answer: Option<&(MessageKey, Answer)>,
) -> Vec<Act> {
    let ended = answer.filter(|(_, answer)| answer.outcome_of(key) != Some(Outcome::HandedOver));
    let until = ended.map(|(_, answer)| answer.written_at);
    acts.filter(|act| until.is_none_or(|until| act.key.sent_at <= until)).collect()
}

impl Seen {
    fn take(&mut self, item: Item, wanted: &MessageKey) -> Result<(), TableError> {
        match sort_key(&item).and_then(keys::parse_sk) {
            Some((key, Part::Message)) if key == *wanted => {
                self.is_stored = true;
                self.edited_at = items::edited_at(&item);
            }
            Some((key, Part::Answer)) => {
                self.redriven.extend(answers::items::redriven_at(&item).map(|at| (key, at)));
            }
            _ => {}
        }
        place(&mut self.transcript, item)
    }
}
