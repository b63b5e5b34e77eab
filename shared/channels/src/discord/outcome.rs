//! What Discord's answers mean: by code, then by status.

use std::time::Duration;

use domain::http::{HttpError, HttpResponse};

use super::wire::Answer;
use crate::media::{Fetched, NoMedia};
use crate::sending::{Fate, Sent};

pub(super) fn of(answer: &Result<HttpResponse, HttpError>) -> Sent {
    match answer {
        Ok(response) if (200..=299).contains(&response.status) => Sent::Accepted,
        Ok(response) => failed(response),
        Err(HttpError::NotSent(_)) => Sent::NotTaken { retry_after_ms: None },
        Err(HttpError::NoAnswer(_)) => Sent::Unknown,
    }
}

/// "JSON Error Codes". An interaction nobody may answer any more comes with 401 or 404, and is no fault of the token.
fn failed(response: &HttpResponse) -> Sent {
    let answer: Answer = serde_json::from_slice(&response.body).unwrap_or_default();
    match (answer.code, response.status) {
        // Already acknowledged.
        (40_060, _) => Sent::Accepted,
        // Unknown interaction, unknown webhook, bad webhook token; and the message that is to be changed is gone.
        (10_062 | 10_015 | 50_027 | 10_008, _) => Sent::Refused(Fate::WindowClosed),
        // Slow mode, writing too fast into one channel, opening direct chats too fast.
        (20_016 | 20_028 | 40_003, _) | (_, 429) => {
            Sent::NotTaken { retry_after_ms: retry_after_ms(&answer, response) }
        }
        // Unknown channel or user; no access, no direct messages, no permission.
        (10_003 | 10_013 | 50_001 | 50_007 | 50_013, _) => Sent::Refused(Fate::Unreachable),
        (40_001, _) | (_, 401) => Sent::Refused(Fate::Unauthorized),
        (_, 403) => Sent::Refused(Fate::Unreachable),
        (_, 400..=499) => Sent::Refused(Fate::Invalid),
        _ => Sent::Unknown,
    }
}

/// Seconds: with a fraction in the body, rounded up in the header, which is all there is when Cloudflare answers.
fn retry_after_ms(answer: &Answer, response: &HttpResponse) -> Option<u64> {
    let header = || {
        let found = response.headers.iter().find(|(name, _)| name == "retry-after");
        found.and_then(|(_, seconds)| seconds.trim().parse().ok())
    };
    let wait = Duration::try_from_secs_f64(answer.retry_after.or_else(header)?).ok()?;
    u64::try_from(wait.as_micros().div_ceil(1_000)).ok()
}

/// A link that is too old is answered with 404.
pub(super) fn fetched(answer: &HttpResponse) -> Result<Fetched, NoMedia> {
    match answer.status {
        200 => Ok(Fetched::Whole),
        429 | 500.. => Err(NoMedia::NotNow),
        _ => Err(NoMedia::Gone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Sent {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        of(&Ok(HttpResponse { status, headers, body: body.as_bytes().to_vec() }))
    }

    #[test]
    fn how_long_to_wait_is_said_in_two_places() {
        let waits = |ms| Sent::NotTaken { retry_after_ms: Some(ms) };
        let header = [("retry-after", "2")];
        assert_eq!(answered(429, &header, r#"{"retry_after":0.6431}"#), waits(644));
        assert_eq!(answered(429, &header, "<html>"), waits(2_000));
        assert_eq!(answered(429, &[], r#"{"retry_after":-1}"#), Sent::NotTaken { retry_after_ms: None });
    }

    #[test]
    fn an_interaction_that_is_over_is_not_a_wrong_token() {
        let over = answered(401, &[], r#"{"code":50027}"#);
        assert_eq!(over, Sent::Refused(Fate::WindowClosed));
        assert_eq!(answered(401, &[], r#"{"code":0,"message":"401"}"#), Sent::Refused(Fate::Unauthorized));
        assert_eq!(answered(400, &[], r#"{"code":40060}"#), Sent::Accepted);
        assert_eq!(answered(502, &[], ""), Sent::Unknown);
    }
}
