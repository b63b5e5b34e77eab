//! Pages of other origins: those that the owner names may talk to the bot from a browser, with the web widget.
//! <https://fetch.spec.whatwg.org/#http-cors-protocol>

use gateway::{Reply, Request};

/// What a browser may remember the answer for: two hours, the most that Chromium takes.
const REMEMBERED_S: &str = "7200";

/// Answers a browser that asks whether a page may send a request.
pub(crate) fn preflight(request: &Request, origins: &[String]) -> Reply {
    let mut reply = allowing(Reply::status(204), request, origins);
    if origin(request, origins).is_some() {
        reply.headers.extend([
            ("access-control-allow-methods", "GET, POST".to_owned()),
            ("access-control-allow-headers", "authorization, content-type, prefer".to_owned()),
            ("access-control-max-age", REMEMBERED_S.to_owned()),
        ]);
    }
    reply
}

/// The answer, which a page of an origin that is named may read. Nobody's owner is a page: their routes are left out.
pub(crate) fn allowing(mut reply: Reply, request: &Request, origins: &[String]) -> Reply {
    if !origins.is_empty() && is_chat(request) {
        reply.headers.push(("vary", "origin".to_owned()));
    }
    if let Some(origin) = origin(request, origins) {
        reply.headers.push(("access-control-allow-origin", origin.to_owned()));
    }
    reply
}

fn origin<'o>(request: &Request, origins: &'o [String]) -> Option<&'o str> {
    let asking = request.header("origin").filter(|_| is_chat(request))?;
    origins
        .iter()
        .find(|named| named.trim_end_matches('/') == asking)
        .map(|named| named.trim_end_matches('/'))
}

fn is_chat(request: &Request) -> bool {
    request.path == "/api/chat" || request.path.starts_with("/api/chat/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(path: &str, origin: &str) -> Request {
        let headers = vec![("origin".to_owned(), origin.to_owned())];
        Request { method: "OPTIONS".to_owned(), path: path.to_owned(), headers, ..Request::default() }
    }

    fn allowed(reply: &Reply) -> Option<&str> {
        let found = reply.headers.iter().find(|(name, _)| *name == "access-control-allow-origin");
        found.map(|(_, origin)| origin.as_str())
    }

    #[test]
    fn only_the_origins_that_are_named_are_allowed_and_only_the_chat() {
        let named = vec!["https://shop.example/".to_owned()];
        let shop = "https://shop.example";
        let reply = preflight(&asks("/api/chat", shop), &named);
        assert_eq!((reply.status, allowed(&reply)), (204, Some(shop)));
        assert_eq!(
            allowed(&allowing(Reply::status(200), &asks("/api/chat/cancel", shop), &named)),
            Some(shop)
        );
        for other in ["https://shop.example.evil.example", "http://shop.example", "null", ""] {
            assert_eq!(allowed(&preflight(&asks("/api/chat", other), &named)), None, "{other}");
        }
        assert_eq!(allowed(&preflight(&asks("/api/owner/conversations/web:a/say", shop), &named)), None);
        assert_eq!(allowed(&preflight(&asks("/api/chat", shop), &[])), None);
    }
}
