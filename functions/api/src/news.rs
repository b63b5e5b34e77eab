//! Who listens for news: the connections of the WebSocket API. What the news is, is asked for as ever.

use channels::{Credentials, Unproven};
use gateway::{Reply, Request, Socket, SocketEvent};
use intake::IntakeError;
use io::table::Table;
use io::world::World;
use serde_json::Value;

use crate::Api;
use crate::chat::{refused, unavailable};

impl<W: World> Api<W> {
    /// Everybody may connect. Whom they listen for, their first message proves: a session, as `{"session": "..."}`. Who
    /// has gone is noticed when they are told something.
    pub(crate) async fn socket(
        &self,
        request: &Request,
        credentials: &Credentials,
        socket: &Socket,
    ) -> Reply {
        if socket.event != SocketEvent::Message {
            return Reply::status(200);
        }
        let said = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        let token = said.get("session").and_then(Value::as_str).ok_or(Unproven::Missing);
        let conversation = match token.and_then(|token| self.conversation_of(token, credentials)) {
            Ok(conversation) => conversation,
            Err(unproven) => return refused(unproven),
        };
        match Table::of(&self.world).listen(&conversation, &socket.id).await {
            Ok(()) => Reply::status(200),
            Err(error) => unavailable(&IntakeError::Table(error)),
        }
    }
}
