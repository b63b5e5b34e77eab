//! `GET /api/chat/messages`: what was said to a session outside of an answer, by a person in the bot's place.

use channels::Credentials;
use domain::person::Act;
use domain::{MessageHash, MessageKey, Millis};
use gateway::{Reply, Request};
use intake::IntakeError;
use io::table::Table;
use io::world::World;
use serde_json::{Value, json};

use crate::Api;
use crate::chat::{failure, refused, unavailable};
use crate::shown::{at, of_query};

/// Words whose time lies so far back come no more. A person's program may stamp them by a clock that is behind, and they
/// take their time to be written: a minute, for one request.
const COME_BY_MS: u64 = channels::web::CLOCK_SKEW_MS + 60_000;

/// The lowest of a moment.
const LOWEST_HASH: &str = "-----------";

impl<W: World> Api<W> {
    /// Oldest first, a page; with `?after=NEXT` what came since the reply that had this `next`. What may have come late is
    /// read again: `next` lies before it.
    pub(crate) async fn messages(&self, request: &Request, credentials: &Credentials) -> Reply {
        let conversation = match self.proven_conversation(request, credentials) {
            Ok(conversation) => conversation,
            Err(unproven) => return refused(unproven),
        };
        let after = match of_query(&request.query, "after").map(named) {
            Some(None) => {
                return failure(
                    400,
                    "bad-request",
                    "`after` must be the `next` of a reply, or the `id` of one of these messages",
                );
            }
            after => after.flatten(),
        };
        // The clock first: what is written while the page is read is not behind it.
        let now = self.world.now();
        let said = match Table::of(&self.world).said_after(&conversation, after.as_ref()).await {
            Ok(said) => said,
            Err(error) => return unavailable(&IntakeError::Table(error)),
        };
        let messages = said.acts.iter().filter(|act| !act.text.is_empty()).map(message);
        let messages = messages.collect::<Vec<_>>();
        let is_more = said.more.is_some();
        let next = said.more.or_else(|| settled_by(now)).as_ref().map(name);
        let body = json!({ "success": true, "messages": messages, "next": next, "more": is_more });
        Reply::json(200, body.to_string())
    }
}

fn message(act: &Act) -> Value {
    json!({ "id": name(&act.key), "at": at(act.key.sent_at), "kind": act.deed.name(), "text": act.text })
}

/// Behind this everything may still come.
fn settled_by(now: Millis) -> Option<MessageKey> {
    Some(MessageKey::new(now - COME_BY_MS, MessageHash::parse(LOWEST_HASH)?))
}

/// A place in the conversation, as it stands in an address.
fn name(key: &MessageKey) -> String {
    key.to_string().replacen('#', ".", 1)
}

fn named(name: &str) -> Option<MessageKey> {
    MessageKey::parse(&name.replacen('.', "#", 1))
}
