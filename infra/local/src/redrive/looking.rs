//! What can be done with a message that died, and what has been done.

use domain::redrive::{Redrive, wish_key};
use domain::{Limits, RequestId};
use io::aws::Aws;
use io::table::Table;
use io::world::World;

use crate::cli::Failure;
use crate::trace::in_short;

/// What was found.
pub enum Look {
    /// Nobody has put it back, or did not come to the end of it.
    Open(Redrive),
    /// It was put back, as this message, of which this is known.
    PutBack(RequestId, String),
}

/// Looks at a message, and at what has become of it since.
pub async fn look(world: &Aws, request: &RequestId) -> Result<Look, Failure> {
    let table = Table::of(world);
    // Before the table is read: an erasure that comes now refuses what is put back.
    let at = world.now();
    let transcript = table.transcript(&request.conversation, &Limits::default()).await?;
    let redrive = Redrive::of(&transcript, &request.key, at);
    let turn = match &redrive {
        Redrive::Ready(turn, _) | Redrive::MovedOn(_, turn, _) => turn,
        _ => return Ok(Look::Open(redrive)),
    };
    let Some(marked_at) = table.redriven_at(&request.conversation, turn).await? else {
        return Ok(Look::Open(redrive));
    };
    let conversation = request.conversation.clone();
    let wish = RequestId { conversation, key: wish_key(turn, marked_at) };
    let known = table.trace(&wish).await?;
    Ok(match known {
        Some(trace) => Look::PutBack(wish, in_short(&trace, world.now())),
        None => Look::Open(redrive),
    })
}

impl Look {
    /// Whether there is something to do. A conversation that has moved on is left, unless it is forced.
    pub fn may_be_put_back(&self, is_forced: bool) -> bool {
        match self {
            Look::Open(Redrive::Ready(..)) => true,
            Look::Open(Redrive::MovedOn(..)) => is_forced,
            Look::Open(_) | Look::PutBack(..) => false,
        }
    }

    /// In words.
    pub fn in_words(&self) -> String {
        match self {
            Look::PutBack(wish, known) => format!("was put back as {wish}: {known}"),
            Look::Open(redrive) => match redrive {
                Redrive::Ready(..) => "can be put back".to_owned(),
                Redrive::MovedOn(at, ..) => {
                    format!("the conversation has moved on since, {}: only with --force", at.to_utc())
                }
                Redrive::Waits => "still waits".to_owned(),
                Redrive::Ended(outcome) => format!("ended {}: nothing is to be put back", outcome.name()),
                Redrive::Answered => "was asked once more, and answered".to_owned(),
                Redrive::Gone => "was erased, has expired, or lies too far back".to_owned(),
            },
        }
    }
}
