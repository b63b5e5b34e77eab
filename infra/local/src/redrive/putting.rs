//! Puts a message back: a mark, once, and a notice, from which the function `notify` takes in its author's wish.
//!
//! Broken off behind the mark, it is done again and goes on: the mark says which message it is.

use std::time::Duration;

use domain::redrive::{Redrive, wish_key};
use domain::trace::Stage;
use domain::{Message, RequestId};
use io::aws::Aws;
use io::envelope::NoticeV1;
use io::queues;
use io::table::Table;
use io::world::World;

use super::looking::Look;
use crate::cli::{self, Failure};

/// How often it is looked whether the message was taken in, and how long between.
const LOOKS: u32 = 150;
const PAUSE: Duration = Duration::from_millis(100);

/// Does it, or says that it would be done. Answers with what was done.
pub async fn put_back(
    world: &Aws,
    request: &RequestId,
    look: Look,
    options: &cli::Redrive,
) -> Result<String, Failure> {
    let Look::Open(Redrive::Ready(turn, wish) | Redrive::MovedOn(_, turn, wish)) = look else {
        return Ok(look.in_words());
    };
    if options.dry_run {
        return Ok("would be put back".to_owned());
    }
    let marked = Table::of(world).mark_redriven(&request.conversation, &turn, wish.key.sent_at).await?;
    let Some(marked_at) = marked else { return Ok("was erased or has expired".to_owned()) };
    let wish = Message { key: wish_key(&turn, marked_at), ..*wish };
    queues::tell(world, &NoticeV1::due(&wish), 0).await?;
    let id = wish.request_id();
    let taken_in = if is_taken_in(world, &id).await? { "" } else { "; nobody has taken it in yet" };
    Ok(format!("put back as {id}{taken_in}"))
}

async fn is_taken_in(world: &Aws, wish: &RequestId) -> Result<bool, Failure> {
    for _ in 0..LOOKS {
        let trace = Table::of(world).trace(wish).await?;
        if trace.is_some_and(|trace| trace.stage(world.now()) != Stage::Arriving) {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}
