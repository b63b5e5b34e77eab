//! What persons did, read onwards from where somebody left off.

use domain::person::Act;
use domain::turn::Transcript;
use domain::{ConversationKey, MessageKey};

use super::super::items::{act_sk, parse_sk};
use super::super::reading::place;
use super::super::{Table, sort_key};
use crate::world::TableError;

/// Items of one page, whatever they are: most of a conversation is nobody's in the bot's place.
const PAGE_ITEMS: u32 = 100;

/// The lowest sort key of what was written.
const FIRST: &str = "H#";

/// What persons did, as much as one page of the conversation holds.
pub struct Said {
    /// In the order of their keys. What was erased is left out.
    pub acts: Vec<Act>,
    /// The last key of the page, behind which the next one begins. `None`: this was the last.
    pub more: Option<MessageKey>,
}

impl Table<'_> {
    /// What persons did behind this key, however long ago: one page.
    pub async fn said_after(
        &self,
        conversation: &ConversationKey,
        after: Option<&MessageKey>,
    ) -> Result<Said, TableError> {
        let from = after.map_or_else(|| FIRST.to_owned(), |key| act_sk(key) + "\u{1}");
        let page = self.query(conversation, Some(from), true, PAGE_ITEMS).await?;
        // The mailbox stands behind all that was written: a page that ends before it, also by its size, is not the last.
        let more = page.last().and_then(sort_key).and_then(parse_sk).map(|(key, _)| key);
        let mut read = Transcript::default();
        for item in page {
            place(&mut read, item)?;
        }
        if read.mailbox.is_none() && !read.acts.is_empty() {
            read.mailbox = self.mailbox(conversation).await?;
        }
        let erased = read.mailbox.and_then(|mailbox| mailbox.erased_until);
        let acts = read.acts.into_values().filter(|act| Some(act.key.sent_at) > erased).collect();
        Ok(Said { acts, more })
    }
}
