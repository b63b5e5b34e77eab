//! What Slack's answers mean: by status, and by the error that stands in an answer with 200.

use domain::http::{HttpError, HttpResponse};

use super::wire::Answer;
use crate::media::{Fetched, NoMedia};
use crate::sending::{Fate, Sent};

/// A response URL answers in plain words; 404 and 410 when it is used up or too old. Without a key to repeat a call by,
/// the result of a 5xx is unknown.
pub(super) fn of(answer: &Result<HttpResponse, HttpError>) -> Sent {
    match answer {
        Ok(response) => match response.status {
            200..=299 => said(&response.body),
            429 => Sent::NotTaken { retry_after_ms: retry_after_ms(response) },
            401 | 403 => Sent::Refused(Fate::Unauthorized),
            404 | 410 => Sent::NotThisWay,
            400..=499 => Sent::Refused(Fate::Invalid),
            _ => Sent::Unknown,
        },
        Err(HttpError::NotSent(_)) => Sent::NotTaken { retry_after_ms: None },
        Err(HttpError::NoAnswer(_)) => Sent::Unknown,
    }
}

fn said(body: &[u8]) -> Sent {
    match serde_json::from_slice(body) {
        Ok(Answer { ok: true, .. }) => Sent::Accepted,
        Ok(Answer { error, .. }) => failed(error.as_deref().unwrap_or_default()),
        Err(_) if body.trim_ascii() == b"ok" => Sent::Accepted,
        Err(_) => Sent::Unknown,
    }
}

/// Errors of `chat.postMessage`. Of `internal_error` and `fatal_error` its page says that some of the operation may have
/// succeeded; the other passing ones are told before anything is done.
fn failed(error: &str) -> Sent {
    match error {
        "internal_error" | "fatal_error" => Sent::Unknown,
        "ratelimited"
        | "rate_limited"
        | "service_unavailable"
        | "request_timeout"
        | "team_added_to_org"
        | "org_login_required" => Sent::NotTaken { retry_after_ms: None },
        "invalid_auth"
        | "not_authed"
        | "token_revoked"
        | "token_expired"
        | "account_inactive"
        | "missing_scope"
        | "not_allowed_token_type"
        | "no_permission"
        | "access_denied" => Sent::Refused(Fate::Unauthorized),
        "expired_url" | "used_url" => Sent::NotThisWay,
        "channel_not_found" | "not_in_channel" | "is_archived" | "messages_tab_disabled" => {
            Sent::Refused(Fate::Unreachable)
        }
        _ if error.starts_with("restricted_action") => Sent::Refused(Fate::Unreachable),
        _ => Sent::Refused(Fate::Invalid),
    }
}

/// `Retry-After`, in seconds.
fn retry_after_ms(response: &HttpResponse) -> Option<u64> {
    let seconds: u64 = header(response, "retry-after")?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1_000))
}

/// Whoever may not read a file is shown the page where people sign in, with status 200.
pub(super) fn fetched(answer: &HttpResponse) -> Result<Fetched, NoMedia> {
    let is_page = header(answer, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
    match answer.status {
        200 if is_page => Err(NoMedia::Refused),
        200 => Ok(Fetched::Whole),
        401 | 403 => Err(NoMedia::Refused),
        429 | 500.. => Err(NoMedia::NotNow),
        _ => Err(NoMedia::Gone),
    }
}

fn header<'r>(response: &'r HttpResponse, name: &str) -> Option<&'r str> {
    let found = response.headers.iter().find(|(header, _)| header == name);
    found.map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Sent {
        of(&Ok(HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() }))
    }

    #[test]
    fn a_response_url_says_ok_until_it_is_used_up() {
        assert_eq!(answered(200, "ok"), Sent::Accepted);
        assert_eq!(answered(404, r#"{"ok":false,"error":"used_url"}"#), Sent::NotThisWay);
        assert_eq!(answered(200, r#"{"ok":false,"error":"expired_url"}"#), Sent::NotThisWay);
        assert_eq!(answered(200, "<html>"), Sent::Unknown, "whose answer is that?");
    }

    #[test]
    fn only_what_was_not_taken_is_tried_again() {
        let failed = |error: &str| answered(200, &format!(r#"{{"ok":false,"error":"{error}"}}"#));
        assert_eq!(failed("service_unavailable"), Sent::NotTaken { retry_after_ms: None });
        assert_eq!(failed("internal_error"), Sent::Unknown);
        assert_eq!(failed("restricted_action_thread_only_channel"), Sent::Refused(Fate::Unreachable));
        assert_eq!(answered(503, ""), Sent::Unknown);
    }

    #[test]
    fn a_page_to_sign_in_is_no_file() {
        let page = HttpResponse {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
            body: Vec::new(),
        };
        assert_eq!(fetched(&page).err(), Some(NoMedia::Refused));
    }
}
