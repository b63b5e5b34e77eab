//! The reads of the protocol. All are strongly consistent.

use domain::mailbox::Mailbox;
use domain::person::Act;
use domain::turn::Transcript;
use domain::{ConversationKey, Limits, Message, MessageHash, MessageKey, Millis, Outcome, RequestId};

use super::{MAILBOX, Table, answers, items, keys, mailbox_item, persons, spoken, state};
use crate::world::{Item, TableError, TableReply, TableRequest};

impl Table<'_> {
    /// The mailbox alone: what the quiet window and the poll for cancels look at.
    pub async fn mailbox(&self, conversation: &ConversationKey) -> Result<Option<Mailbox>, TableError> {
        self.get(conversation, MAILBOX.to_owned()).await?.as_ref().map(mailbox_item::read).transpose()
    }

    /// P2: everything about a conversation in one backward query. What waits and was not brought is fetched.
    pub async fn transcript(
        &self,
        conversation: &ConversationKey,
        limits: &Limits,
    ) -> Result<Transcript, TableError> {
        let limit = u32::try_from(limits.history_items_max).unwrap_or(u32::MAX);
        let mut transcript = Transcript::default();
        for item in self.query(conversation, None, false, limit).await? {
            place(&mut transcript, item)?;
        }
        let waiting = transcript.mailbox.iter().flat_map(|mailbox| &mailbox.waiting);
        let keys = waiting.map(|(hash, waiting)| MessageKey::new(waiting.sent_at, hash.clone()));
        let missing: Vec<_> = keys.filter(|key| !transcript.messages.contains_key(key)).collect();
        for key in missing {
            for sk in [keys::message_sk(&key), keys::answer_sk(&key), keys::spoken_sk(&key)] {
                if let Some(item) = self.get(conversation, sk).await? {
                    place(&mut transcript, item)?;
                }
            }
        }
        Ok(transcript)
    }

    /// Something that a person did. `None`: there is none, or its time is over.
    pub async fn stored_act(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
    ) -> Result<Option<Act>, TableError> {
        let item = self.get(conversation, keys::act_sk(key)).await?;
        item.map(persons::items::read_act).transpose()
    }

    /// When a stored message was last edited. `None` when it never was, or is not stored.
    pub(super) async fn edited_at(
        &self,
        conversation: &ConversationKey,
        key: &MessageKey,
    ) -> Result<Option<Millis>, TableError> {
        let item = self.get(conversation, keys::message_sk(key)).await?;
        Ok(item.as_ref().and_then(items::edited_at))
    }

    /// A stored message. `None`: there is none, or its time is over.
    pub async fn message(&self, request: &RequestId) -> Result<Option<Message>, TableError> {
        let item = self.get(&request.conversation, keys::message_sk(&request.key)).await?;
        item.map(items::read_message).transpose()
    }

    /// Whether a message that waits was refused before: it waits all the same, and the refusal may not have been told.
    pub async fn waits_refused(
        &self,
        conversation: &ConversationKey,
        hash: &MessageHash,
    ) -> Result<bool, TableError> {
        let mailbox = self.mailbox(conversation).await?.unwrap_or_default();
        let Some(waiting) = mailbox.waiting.get(hash) else { return Ok(false) };
        let key = MessageKey::new(waiting.sent_at, hash.clone());
        let answer = self
            .get(conversation, keys::answer_sk(&key))
            .await?
            .map(answers::items::read_answer)
            .transpose()?;
        Ok(answer.is_some_and(|(_, answer)| answer.is_aside() && answer.outcome == Outcome::Refused))
    }

    pub(super) async fn get(
        &self,
        conversation: &ConversationKey,
        sk: String,
    ) -> Result<Option<Item>, TableError> {
        match self.world.table(TableRequest::Get { pk: conversation.to_string(), sk }).await? {
            TableReply::Item(item) => Ok(item),
            _ => Ok(None),
        }
    }

    pub(super) async fn query(
        &self,
        conversation: &ConversationKey,
        from: Option<String>,
        forward: bool,
        limit: u32,
    ) -> Result<Vec<Item>, TableError> {
        let query = TableRequest::Query { pk: conversation.to_string(), from, forward, limit };
        match self.world.table(query).await? {
            TableReply::Items(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }
}

/// Puts an item where it belongs. One that cannot be read is left out: a piece of history must not keep a conversation
/// from going on. That a later version wrote it is noted, for what waits is then that version's to answer.
pub(super) fn place(transcript: &mut Transcript, item: Item) -> Result<(), TableError> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
    if sk == keys::STATE_SK {
        // Damaged state is not used, and not overwritten: a change made from none is refused by its version.
        match state::items::read_state(item) {
            Ok(state) => transcript.state = state,
            Err(error) => {
                transcript.later.state |= is_later(&error);
                tracing::error!(event = "damaged_item", %error, "the state is left out");
            }
        }
        return Ok(());
    }
    if sk == MAILBOX {
        transcript.mailbox = Some(mailbox_item::read(&item)?);
        return Ok(());
    }
    let placed = match keys::parse_sk(&sk) {
        Some((key, keys::Part::Spoken)) => {
            spoken::items::read_spoken(item).map(|spoken| drop(transcript.spoken.insert(key, spoken)))
        }
        Some((_, keys::Part::Answer)) => answers::items::read_answer(item)
            .map(|(key, answer)| drop(transcript.answers.insert(key, answer))),
        Some((key, keys::Part::Act)) => {
            persons::items::read_act(item).map(|act| drop(transcript.acts.insert(key, act)))
        }
        Some((key, keys::Part::Message)) => {
            items::read_message(item).map(|message| drop(transcript.messages.insert(key, message)))
        }
        None => Ok(()),
    };
    if let Err(error) = placed {
        if let (true, Some((key, _))) = (is_later(&error), keys::parse_sk(&sk)) {
            transcript.later.keys.insert(key);
        }
        tracing::error!(event = "damaged_item", %error, "an item is left out");
    }
    Ok(())
}

fn is_later(error: &TableError) -> bool {
    matches!(error, TableError::Later { .. })
}
