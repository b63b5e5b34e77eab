//! What Messenger's answers mean: by code and subcode, as its page "Error codes" lists them.

use domain::http::{HttpError, HttpResponse};

use crate::media::{Fetched, NoMedia};
use crate::meta::{Failure, no_media, outcome};
use crate::sending::{Fate, Sent};

pub(super) fn of(answer: &Result<HttpResponse, HttpError>) -> Sent {
    outcome(answer, own)
}

fn own(failure: Failure) -> Option<Sent> {
    let sent = match (failure.code, failure.subcode) {
        // An error by its form: the message was sent.
        (1, Some(1_357_046)) => Sent::Accepted,
        (10, Some(2_018_278 | 2_534_022 | 2_018_065)) => Sent::Refused(Fate::WindowClosed),
        // Blocked, gone, or not to be written to; or another app answers this chat now.
        (551, _)
        | (10, Some(2_018_108))
        | (200, Some(1_545_041))
        | (100, Some(2_018_001))
        | (_, Some(2_018_300)) => Sent::Refused(Fate::Unreachable),
        // The page is restricted: no other token helps.
        (10, Some(1_893_063)) => Sent::Refused(Fate::Invalid),
        _ => return None,
    };
    Some(sent)
}

pub(super) fn fetched(answer: &HttpResponse) -> Result<Fetched, NoMedia> {
    if answer.status == 200 { Ok(Fetched::Whole) } else { Err(no_media(answer.status)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_says_many_things() {
        let sent = |code: i64, subcode: i64| {
            let body = format!(r#"{{"error": {{"code": {code}, "error_subcode": {subcode}}}}}"#);
            of(&Ok(HttpResponse { status: 400, headers: Vec::new(), body: body.into_bytes() }))
        };
        assert_eq!(sent(10, 2_018_278), Sent::Refused(Fate::WindowClosed));
        assert_eq!(sent(10, 2_018_300), Sent::Refused(Fate::Unreachable));
        assert_eq!(sent(10, 7), Sent::Refused(Fate::Unauthorized));
        assert_eq!(sent(200, 1_545_041), Sent::Refused(Fate::Unreachable));
        assert_eq!(sent(200, 7), Sent::Refused(Fate::Unauthorized));
        assert_eq!(sent(1, 7), Sent::NotTaken { retry_after_ms: None });
        assert_eq!(sent(613, 2_018_338), Sent::NotTaken { retry_after_ms: None });
    }
}
