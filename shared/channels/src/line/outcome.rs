//! What LINE's answers mean: by status, and by text where one status says two things.

use domain::http::{HttpError, HttpRequest, HttpResponse};

use super::wire::Problem;
use crate::media::{Fetched, NoMedia};
use crate::sending::{Fate, Sent};

/// 409: an earlier call with this retry key was accepted (guide "Retry failed API requests"). Only a call with such a
/// key may be repeated after a 5xx, and the key knows whether it has to be: the result itself is unknown.
pub(super) fn of(answer: &Result<HttpResponse, HttpError>) -> Sent {
    match answer {
        Ok(response) => match response.status {
            200..=299 | 409 => Sent::Accepted,
            400 if says(response, "invalid reply token") => Sent::NotThisWay,
            429 if says(response, "monthly limit") => Sent::Refused(Fate::QuotaUsedUp),
            429 => Sent::NotTaken { retry_after_ms: None },
            401 | 403 => Sent::Refused(Fate::Unauthorized),
            400..=499 => Sent::Refused(Fate::Invalid),
            _ => Sent::Unknown,
        },
        Err(HttpError::NotSent(_)) => Sent::NotTaken { retry_after_ms: None },
        Err(HttpError::NoAnswer(_)) => Sent::Unknown,
    }
}

fn says(response: &HttpResponse, text: &str) -> bool {
    let problem = serde_json::from_slice::<Problem>(&response.body);
    problem.is_ok_and(|problem| problem.message.to_lowercase().contains(text))
}

/// Milliseconds until a file that is being prepared is asked for again, and how often it is.
const PREPARING_MS: u64 = 1_000;
const PREPARING_STEPS_MAX: usize = 10;

/// 202: a large file is still being prepared (reference, "Get content").
pub(super) fn fetched(
    step: usize,
    answer: &HttpResponse,
    again: Result<HttpRequest, NoMedia>,
) -> Result<Fetched, NoMedia> {
    match answer.status {
        200 => Ok(Fetched::Whole),
        202 if step < PREPARING_STEPS_MAX => Ok(Fetched::Next(again?, PREPARING_MS)),
        202 | 429 | 500.. => Err(NoMedia::NotNow),
        401 | 403 => Err(NoMedia::Refused),
        _ => Err(NoMedia::Gone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_prepared_is_asked_for_again_and_not_for_ever() {
        let content = HttpRequest {
            method: domain::http::Method::Get,
            url: "https://api-data.line.me/v2/bot/message/583/content".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: 1,
            body_bytes_max: 9,
        };
        let at = |step: usize, status: u16| {
            let answer = HttpResponse { status, headers: Vec::new(), body: Vec::new() };
            fetched(step, &answer, Ok(content.clone()))
        };
        assert!(at(3, 202) == Ok(Fetched::Next(content.clone(), 1_000)));
        assert!(at(10, 202) == Err(NoMedia::NotNow));
        assert!(at(4, 200) == Ok(Fetched::Whole));
        assert!(at(0, 410) == Err(NoMedia::Gone));
    }
}
