//! What WhatsApp's answers mean: by code, as its page "Error codes" asks for.

use domain::http::{HttpError, HttpRequest, HttpResponse, Method};

use super::wire::FileAnswer;
use super::{BASE, TOKEN};
use crate::credentials::Credentials;
use crate::media::{Fetched, NoMedia};
use crate::meta::{Failure, no_media, outcome};
use crate::sending::{Fate, Sent};

/// Accepted means that it is sent, not that it arrives: receipts tell, with the same codes.
pub(super) fn of(answer: &Result<HttpResponse, HttpError>) -> Sent {
    outcome(answer, own)
}

fn own(failure: Failure) -> Option<Sent> {
    let sent = match failure.code {
        // Too fast: for the account, for the number, for this user. Or the server does not take calls now.
        80_007 | 130_429 | 131_056 | 131_016 | 131_057 | 133_004 => Sent::NotTaken { retry_after_ms: None },
        // "Something went wrong": with a 5xx nobody knows how far it got.
        131_000 if failure.status < 500 => Sent::NotTaken { retry_after_ms: None },
        131_005 => Sent::Refused(Fate::Unauthorized),
        131_047 => Sent::Refused(Fate::WindowClosed),
        // Undeliverable, or not wanted.
        131_026 | 131_050 => Sent::Refused(Fate::Unreachable),
        // Not paid for, or stopped as spam.
        131_042 | 131_048 => Sent::Refused(Fate::QuotaUsedUp),
        _ => return None,
    };
    Some(sent)
}

/// First where the file lies, then the file itself: the token goes to no other host than WhatsApp's own.
pub(super) fn fetched(
    bytes_max: usize,
    step: usize,
    answer: &HttpResponse,
    credentials: &Credentials,
) -> Result<Fetched, NoMedia> {
    match answer.status {
        200 if step > 0 => return Ok(Fetched::Whole),
        200 => {}
        status => return Err(no_media(status)),
    }
    let file: FileAnswer = serde_json::from_slice(&answer.body).map_err(|_| NoMedia::Gone)?;
    let size: Option<usize> = file.file_size.and_then(|size| size.parse().ok());
    if size.is_some_and(|size| size > bytes_max) {
        return Err(NoMedia::TooLarge);
    }
    let token = credentials.one(TOKEN).ok_or(NoMedia::Refused)?;
    if !credentials.may_call(&file.url, &[BASE], &["lookaside.fbsbx.com"]) {
        return Err(NoMedia::Refused);
    }
    let request = credentials.plain(Method::Get, file.url, Some(token));
    Ok(Fetched::Next(HttpRequest { body_bytes_max: bytes_max, ..request }, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        let read = |name: &str| if name.ends_with("_BASE") { vec![] } else { vec!["token".to_owned()] };
        Credentials::read(|_| true, read, 1_000)
    }

    fn answer(status: u16, body: &str) -> HttpResponse {
        HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_file_is_fetched_from_where_whatsapp_keeps_files() {
        let located = |url: &str, size: &str| {
            let body = format!(r#"{{"url": "{url}", "file_size": {size}}}"#);
            fetched(100, 0, &answer(200, &body), &credentials())
        };
        let url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1";
        for size in ["100", "\"100\"", "null"] {
            let Ok(Fetched::Next(request, 0)) = located(url, size) else { panic!("{size}") };
            assert_eq!((request.url.as_str(), request.body_bytes_max), (url, 100));
            assert_eq!(request.headers, [("authorization".to_owned(), "Bearer token".to_owned())]);
        }
        assert!(located(url, "101") == Err(NoMedia::TooLarge));
        assert!(located("https://evil.example/lookaside.fbsbx.com", "1") == Err(NoMedia::Refused));
        assert!(fetched(100, 1, &answer(200, ""), &credentials()) == Ok(Fetched::Whole));
        assert!(fetched(100, 1, &answer(404, ""), &credentials()) == Err(NoMedia::Gone));
    }

    #[test]
    fn trouble_of_the_servers_own_is_no_proof_that_nothing_was_sent() {
        let sent = |status: u16, code: i64| {
            of(&Ok(answer(status, &format!(r#"{{"error": {{"code": {code}, "message": "x"}}}}"#))))
        };
        assert_eq!(sent(500, 131_000), Sent::Unknown);
        assert_eq!(sent(400, 131_000), Sent::NotTaken { retry_after_ms: None });
        assert_eq!(sent(500, 130_429), Sent::NotTaken { retry_after_ms: None });
        assert_eq!(of(&Ok(answer(502, "<html>"))), Sent::Unknown);
        assert_eq!(sent(400, 200), Sent::Refused(Fate::Unauthorized));
        assert_eq!(sent(400, 132_000), Sent::Refused(Fate::Invalid));
    }
}
