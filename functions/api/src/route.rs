//! Which request is which.

use domain::RequestId;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Say,
    Status(RequestId),
    Cancel,
    Health,
    NotAllowed,
    Unknown,
}

pub(crate) fn of(method: &str, path: &str) -> Route {
    match (method, path.trim_end_matches('/')) {
        ("POST", "/api/chat") => Route::Say,
        ("POST", "/api/chat/cancel") => Route::Cancel,
        ("GET", "/health") => Route::Health,
        ("GET", status) => {
            let request_id = status.strip_prefix("/api/chat/").and_then(RequestId::parse);
            request_id.map_or(Route::Unknown, Route::Status)
        }
        (_, "/api/chat" | "/api/chat/cancel" | "/health") => Route::NotAllowed,
        _ => Route::Unknown,
    }
}
