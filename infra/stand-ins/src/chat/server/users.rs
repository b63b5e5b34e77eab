//! Acting as the users of the platform.
use super::Handle;
use crate::chat::people::{Delivered, Edit, Press, Refused, Say};

impl Handle {
    /// A user writes. Returns after the first attempt to deliver.
    ///
    /// # Errors
    /// The platform has no such thing.
    pub async fn say(&self, chat: &str, say: Say) -> Result<Delivered, Refused> {
        let (line, events) = self.site().say(chat, &say)?;
        Ok(self.send_all(events, Some(line.message_id)).await)
    }

    /// A user presses a button under a message of the bot.
    ///
    /// # Errors
    /// The platform has no such thing.
    pub async fn press(&self, chat: &str, press: Press) -> Result<Delivered, Refused> {
        let events = self.site().press(chat, &press)?;
        Ok(self.send_all(events, None).await)
    }

    /// A user changes a message.
    ///
    /// # Errors
    /// The user wrote no such message, or the platform knows no edits.
    pub async fn edit(&self, chat: &str, edit: Edit) -> Result<Delivered, Refused> {
        let events = self.site().edit(chat, &edit)?;
        Ok(self.send_all(events, Some(edit.message_id)).await)
    }

    /// A user takes a message back.
    ///
    /// # Errors
    /// The user wrote no such message, or the platform tells of none.
    pub async fn unsend(&self, chat: &str, message_id: &str) -> Result<Delivered, Refused> {
        let events = self.site().unsend(chat, message_id)?;
        Ok(self.send_all(events, Some(message_id.to_owned())).await)
    }

    /// A user blocks the bot (`true`), or adds it or lets it in again (`false`).
    ///
    /// # Errors
    /// The platform has no blocking.
    pub async fn block(&self, chat: &str, blocked: bool) -> Result<Delivered, Refused> {
        let events = self.site().block(chat, blocked)?;
        Ok(self.send_all(events, None).await)
    }
}
