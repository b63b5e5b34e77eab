//! P7: parts, one after the other, each recorded before the next goes out.

use channels::Sent;
use delivery::Letter;
use domain::turn::Answer;
use domain::{ConversationKey, Message, MessageKey, call_key};

use crate::{Turn, TurnError, Worker};

impl Turn<'_> {
    /// The message that an answer is an answer to: the newest it was made for that can be read. What stopped others
    /// may be newer.
    pub(crate) fn addressee(&self, answer: &Answer) -> Option<&Message> {
        let live = answer.live();
        let covered = || answer.covers.iter().rev().find_map(|(key, _)| self.message(key));
        live.iter().rev().find_map(|key| self.message(key)).or_else(covered)
    }
}

impl Worker<'_> {
    /// Sends what has not been sent. The record of the last part is the commit itself, unless its result is
    /// unknown. A part the platform does not take now stays for the next delivery of the doorbell.
    pub(crate) async fn send_parts(
        &self,
        turn: &Turn<'_>,
        key: &MessageKey,
        answer: &mut Answer,
    ) -> Result<(), TurnError> {
        let conversation = &turn.bell.conversation;
        let Some(newest) = turn.addressee(answer) else {
            tracing::error!(
                request_id = turn.request_id(),
                "nobody can be told: no message of the turn can be read"
            );
            return Ok(());
        };
        let per_call = delivery::parts_per_call(newest.address.channel);
        while answer.progress < answer.parts.len() {
            // Frozen past its time and woken: the turn may be another worker's by now.
            if self.world.now() >= turn.deadline {
                return Err(TurnError::NotDelivered { retry_after_ms: 0 });
            }
            let from = answer.progress;
            let end = (from + per_call).min(answer.parts.len());
            let is_last = end == answer.parts.len();
            let letter = Letter {
                texts: answer.parts.get(from..end).unwrap_or_default(),
                buttons: if is_last { &answer.buttons } else { &[] },
                is_first: from == 0 && !turn.has_told(answer),
                key: &call_key(&request_id(conversation, key), from),
            };
            let sent = self.delivery.send(newest.into(), letter).await;
            match &sent {
                Sent::NotTaken { retry_after_ms } => {
                    return Err(TurnError::NotDelivered { retry_after_ms: retry_after_ms.unwrap_or(0) });
                }
                Sent::Unknown => answer.unknown.extend(from..end),
                Sent::Refused(fate) => {
                    tracing::warn!(
                        request_id = turn.request_id(),
                        part = from,
                        ?fate,
                        "part refused by the platform"
                    );
                }
                _ => {}
            }
            answer.progress = end;
            if !is_last || sent == Sent::Unknown {
                self.table().record_progress(conversation, key, answer.progress, &answer.unknown).await?;
            }
        }
        Ok(())
    }
}

fn request_id(conversation: &ConversationKey, key: &MessageKey) -> String {
    domain::RequestId { conversation: conversation.clone(), key: key.clone() }.to_string()
}
