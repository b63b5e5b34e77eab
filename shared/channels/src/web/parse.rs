//! Requests to events.

use domain::{MessageHash, Millis};
use uuid::Uuid;

use super::wire;
use crate::event::{Event, EventKind, Scope};
use crate::proof::Verified;

/// How far a client's clock may be from ours, in milliseconds.
pub const CLOCK_SKEW_MS: u64 = 300_000;

/// A chat request that is well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRequest {
    /// What the user says: not empty.
    pub message: String,
    /// The id the client gave it.
    pub message_id: Option<Uuid>,
    /// The session token in the body, if there is one.
    pub session_id: Option<String>,
    /// The user's language, BCP 47.
    pub language: Option<String>,
}

/// What is wrong with a chat request; the client has to correct it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not JSON of the expected form.
    #[error("the body must be JSON like {{\"message\": \"hello\"}}: {0}")]
    Json(String),
    /// Nothing was said.
    #[error("`message` must be a text that is not empty")]
    Empty,
    /// Not a UUIDv7.
    #[error("`message_id` must be a UUID of version 7")]
    MessageId,
    /// A UUIDv7 of another time.
    #[error("the time in `message_id` is more than 5 minutes from the server's")]
    Clock,
}

impl ChatRequest {
    /// Reads a request body that arrived at `at`.
    pub fn read(body: &[u8], at: Millis) -> Result<ChatRequest, RequestError> {
        let chat: wire::Chat =
            serde_json::from_slice(body).map_err(|error| RequestError::Json(error.to_string()))?;
        let message = chat.message.filter(|message| !message.trim().is_empty()).ok_or(RequestError::Empty)?;
        let message_id = chat.message_id.map(|id| Uuid::parse_str(&id).map_err(|_| RequestError::MessageId));
        let message_id = message_id.transpose()?;
        if let Some(id) = &message_id {
            let made_at = made_at(id).ok_or(RequestError::MessageId)?;
            if made_at.since(at).max(at.since(made_at)) > CLOCK_SKEW_MS {
                return Err(RequestError::Clock);
            }
        }
        Ok(ChatRequest { message, message_id, session_id: chat.session_id, language: chat.language })
    }
}

/// The time in a UUIDv7.
pub fn made_at(id: &Uuid) -> Option<Millis> {
    let (seconds, nanos) = id.get_timestamp().filter(|_| id.get_version_num() == 7)?.to_unix();
    let milliseconds = seconds.checked_mul(1_000)?.checked_add(u64::from(nanos / 1_000_000))?;
    i64::try_from(milliseconds).ok().map(Millis)
}

/// The one event of a request. Without a `message_id` the gateway's request id names it, and a repetition is
/// another message.
pub(super) fn event(verified: &Verified<'_>) -> Option<Event> {
    let request = ChatRequest::read(verified.body(), verified.at()).ok()?;
    let session = verified.subject()?.to_owned();
    let id = request.message_id.map_or_else(|| verified.request_id().to_owned(), |id| id.to_string());
    Some(Event {
        message: MessageHash::of(&id),
        user: Some(session.clone()),
        chat: Some(session),
        scope: Some(Scope::Direct),
        sent_at: Some(request.message_id.as_ref().and_then(made_at).unwrap_or(verified.at())),
        language: request.language,
        text: Some(request.message),
        ..Event::nothing(EventKind::Text, format!("web:{id}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_165_200_000);

    fn read(body: &str) -> Result<ChatRequest, RequestError> {
        ChatRequest::read(body.as_bytes(), NOW)
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(read(r#"{"message": "  "}"#), Err(RequestError::Empty));
        assert_eq!(read("{}"), Err(RequestError::Empty));
        assert!(matches!(read("hello"), Err(RequestError::Json(_))));
        let v4 = r#"{"message": "hi", "message_id": "0e8f0a5e-6f7a-4a3b-9a51-0a4f2b1c2d3e"}"#;
        assert_eq!(read(v4), Err(RequestError::MessageId));
    }

    #[test]
    fn a_client_may_name_its_message_within_five_minutes() {
        let id = |offset_s: u64| {
            let timestamp = uuid::Timestamp::from_unix_time(1_795_165_200 - 600 + offset_s, 0, 0, 0);
            format!(r#"{{"message": "hi", "message_id": "{}"}}"#, Uuid::new_v7(timestamp))
        };
        assert!(read(&id(600)).is_ok());
        assert!(read(&id(900)).is_ok());
        assert_eq!(read(&id(0)), Err(RequestError::Clock));
        assert_eq!(read(&id(901)), Err(RequestError::Clock));
    }
}
