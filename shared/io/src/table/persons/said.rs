//! What persons did, read onwards from where somebody left off.

use domain::person::Act;
use domain::turn::Transcript;
use domain::{ConversationKey, MessageKey};

use super::super::keys::{parse_sk, spoken_sk};
use super::super::reading::place;
use super::super::{Table, sort_key};
use crate::world::TableError;

/// Items of one page, whatever they are: most of a conversation is nobody's in the bot's place.
const PAGE_ITEMS: u32 = 100;

/// Pages that are read on where nobody did anything.
const PAGES_MAX: usize = 20;

/// The lowest sort key of what was written.
const FIRST: &str = "H#";

/// What persons did, as much as one page of the conversation holds: the first that holds anything.
pub struct Said {
    /// In the order of their keys. What was erased is left out.
    pub acts: Vec<Act>,
    /// The last key of the page, behind which the next one begins. `None`: this was the last.
    pub more: Option<MessageKey>,
}

impl Table<'_> {
    /// What persons did behind this key, however long ago: one page. Those in which nobody did anything are read over, up to a bound.
    pub async fn said_after(
        &self,
        conversation: &ConversationKey,
        after: Option<&MessageKey>,
    ) -> Result<Said, TableError> {
        let mut read = Transcript::default();
        let mut more = after.cloned();
        for _ in 0..PAGES_MAX {
            let page = self.query(conversation, Some(behind(more.as_ref())), true, PAGE_ITEMS).await?;
            // The mailbox stands behind all that was written: a page that ends before it, also by its size, is not the last.
            more = page.last().and_then(sort_key).and_then(parse_sk).map(|(key, _)| key);
            for item in page {
                place(&mut read, item)?;
            }
            if more.is_none() || !read.acts.is_empty() {
                break;
            }
        }
        if read.mailbox.is_none() && !read.acts.is_empty() {
            read.mailbox = self.mailbox(conversation).await?;
        }
        let erased = read.mailbox.and_then(|mailbox| mailbox.erased_until);
        let acts = read.acts.into_values().filter(|act| Some(act.key.sent_at) > erased).collect();
        Ok(Said { acts, more })
    }
}

/// Behind all that stands under this key: what was spoken is the last of it.
fn behind(key: Option<&MessageKey>) -> String {
    key.map_or_else(|| FIRST.to_owned(), |key| spoken_sk(key) + "\u{1}")
}
