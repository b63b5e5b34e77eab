//! What clients write.

use serde::Deserialize;

/// `POST /api/chat`.
#[derive(Deserialize)]
pub(super) struct Chat {
    pub message: Option<String>,
    /// The session's token; may come as `Authorization: Bearer` instead.
    pub session_id: Option<String>,
    /// A UUIDv7 the client made: sending the same one again is the same message.
    pub message_id: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
}
