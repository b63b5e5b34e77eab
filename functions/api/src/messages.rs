//! `GET /api/chat/messages`: what was said to a session outside of an answer, by a person in the bot's place.

use channels::Credentials;
use domain::MessageKey;
use gateway::{Reply, Request};
use intake::IntakeError;
use io::table::Table;
use io::world::World;
use serde_json::{Value, json};

use crate::Api;
use crate::chat::{failure, refused, unavailable};
use crate::shown::{at, of_query};

impl<W: World> Api<W> {
    /// Oldest first; with `?after=ID` those behind that one.
    pub(crate) async fn messages(&self, request: &Request, credentials: &Credentials) -> Reply {
        let conversation = match self.proven_conversation(request, credentials) {
            Ok(conversation) => conversation,
            Err(unproven) => return refused(unproven),
        };
        let after = match of_query(&request.query, "after") {
            None => None,
            Some(id) => match MessageKey::parse(&id.replacen('.', "#", 1)) {
                Some(key) => Some(key),
                None => {
                    return failure(400, "bad-request", "`after` must be the `id` of one of these messages");
                }
            },
        };
        let transcript = match Table::of(&self.world).transcript(&conversation, &self.bot.limits).await {
            Ok(transcript) => transcript,
            Err(error) => return unavailable(&IntakeError::Table(error)),
        };
        let erased = transcript.mailbox.as_ref().and_then(|mailbox| mailbox.erased_until);
        let acts = transcript.acts.values().filter(|act| !act.text.is_empty());
        let acts = acts.filter(|act| Some(act.key.sent_at) > erased && Some(&act.key) > after.as_ref());
        let messages: Vec<Value> = acts
            .map(|act| {
                json!({ "id": act.key.to_string().replacen('#', ".", 1), "at": at(act.key.sent_at),
                "kind": act.deed.name(), "text": act.text })
            })
            .collect();
        Reply::json(200, json!({ "success": true, "messages": messages }).to_string())
    }
}
