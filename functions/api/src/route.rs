//! Which request is which.

use domain::{ConversationKey, RequestId};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Say,
    Messages,
    Status(RequestId),
    Cancel,
    /// Of the owner: what they want of which conversation.
    Owner(Owner, ConversationKey),
    /// Of the owner: what is known of a message. `None`: that is no request id.
    Trace(Option<RequestId>),
    Health,
    Concurrency,
    Stats,
    NotAllowed,
    Unknown,
}

/// What an owner can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Show,
    TakeOver,
    Say,
    Release,
}

pub(crate) fn of(method: &str, path: &str) -> Route {
    let path = path.trim_end_matches('/');
    if let Some(rest) = path.strip_prefix("/api/owner/conversations/") {
        return owners(method, rest);
    }
    if let Some(rest) = path.strip_prefix("/api/messages/") {
        return if method == "GET" { Route::Trace(RequestId::parse(rest)) } else { Route::NotAllowed };
    }
    match (method, path) {
        ("POST", "/api/chat") => Route::Say,
        ("GET", "/api/chat/messages") => Route::Messages,
        ("POST", "/api/chat/cancel") => Route::Cancel,
        ("GET", "/health") => Route::Health,
        ("GET", "/health/concurrency") => Route::Concurrency,
        ("GET", "/api/stats") => Route::Stats,
        ("GET", status) => {
            let request_id = status.strip_prefix("/api/chat/").and_then(RequestId::parse);
            request_id.map_or(Route::Unknown, Route::Status)
        }
        (
            _,
            "/api/chat"
            | "/api/chat/messages"
            | "/api/chat/cancel"
            | "/api/stats"
            | "/health"
            | "/health/concurrency",
        ) => Route::NotAllowed,
        _ => Route::Unknown,
    }
}

fn owners(method: &str, rest: &str) -> Route {
    let (conversation, action) = rest.split_once('/').unwrap_or((rest, ""));
    let Some(conversation) = conversation_of(conversation) else { return Route::Unknown };
    let wish = match (method, action) {
        ("GET", "") => Owner::Show,
        ("POST", "takeover") => Owner::TakeOver,
        ("POST", "say") => Owner::Say,
        ("POST", "release") => Owner::Release,
        (_, "" | "takeover" | "say" | "release") => return Route::NotAllowed,
        _ => return Route::Unknown,
    };
    Route::Owner(wish, conversation)
}

/// A conversation by its key, as it is or escaped for a path, or by the request id of any of its messages.
fn conversation_of(name: &str) -> Option<ConversationKey> {
    let key = name.replace("%3A", ":").replace("%3a", ":");
    ConversationKey::parse(&key).or_else(|| RequestId::parse(name).map(|request| request.conversation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_named_by_its_key_or_by_a_message_of_it() {
        let key = "web:AAAAAAAAAAAAAAAAAAAAAA";
        let wanted = ConversationKey::parse(key).map(|key| Route::Owner(Owner::Say, key));
        for name in
            [key, "web%3AAAAAAAAAAAAAAAAAAAAAAA", "web.AAAAAAAAAAAAAAAAAAAAAA.1795165200000.AAAAAAAAAAA"]
        {
            let path = format!("/api/owner/conversations/{name}/say");
            assert_eq!(Some(of("POST", &path)), wanted, "{name}");
        }
        assert_eq!(of("GET", &format!("/api/owner/conversations/{key}/say")), Route::NotAllowed);
        assert_eq!(of("POST", "/api/owner/conversations/42/say"), Route::Unknown);
        assert_eq!(of("POST", &format!("/api/owner/conversations/{key}/sing")), Route::Unknown);
    }
}
