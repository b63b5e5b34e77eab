//! P7: parts, one after the other, each recorded before the next goes out.

use channels::Sent;
use domain::MessageKey;
use domain::turn::Answer;

use crate::{Turn, TurnError, Worker};

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
        let covered = answer.covers.iter().rev().find_map(|(key, _)| turn.message(key));
        let Some(newest) = turn.message(key).or(covered) else {
            tracing::error!(
                request_id = turn.request_id(),
                "nobody can be told: no message of the turn can be read"
            );
            return Ok(());
        };
        while let Some(part) = answer.parts.get(answer.progress) {
            // Frozen past its time and woken: the turn may be another worker's by now.
            if self.world.now() >= turn.deadline {
                return Err(TurnError::NotDelivered { retry_after_ms: 0 });
            }
            let sent = self.delivery.send(&newest.address, part).await;
            match &sent {
                Sent::NotTaken { retry_after_ms } => {
                    return Err(TurnError::NotDelivered { retry_after_ms: retry_after_ms.unwrap_or(0) });
                }
                Sent::Accepted => {}
                Sent::Unknown => answer.unknown.push(answer.progress),
                Sent::Refused(fate) => {
                    tracing::warn!(
                        request_id = turn.request_id(),
                        part = answer.progress,
                        ?fate,
                        "part refused by the platform"
                    );
                }
            }
            answer.progress += 1;
            if answer.progress < answer.parts.len() || sent == Sent::Unknown {
                self.table().record_progress(conversation, key, answer.progress, &answer.unknown).await?;
            }
        }
        Ok(())
    }
}
