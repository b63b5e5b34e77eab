//! What Telegram's answers mean: by status and code, by text only where nothing else tells.

use super::wire::Answer;
use crate::sending::{Fate, Sent};
use domain::http::{HttpError, HttpResponse};

/// A 5xx may come after the message was taken, and there is no key to repeat it by: its result is unknown.
pub(super) fn of(answer: &Result<HttpResponse, HttpError>) -> Sent {
    match answer {
        Ok(response) => match response.status {
            200..=299 => Sent::Accepted,
            429 => Sent::NotTaken { retry_after_ms: retry_after_ms(&response.body) },
            401 | 404 => Sent::Refused(Fate::Unauthorized),
            403 => Sent::Refused(Fate::Unreachable),
            400..=499 => Sent::Refused(Fate::Invalid),
            _ => Sent::Unknown,
        },
        Err(HttpError::NotSent(_)) => Sent::NotTaken { retry_after_ms: None },
        Err(HttpError::NoAnswer(_)) => Sent::Unknown,
    }
}

fn retry_after_ms(body: &[u8]) -> Option<u64> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    answer.parameters?.retry_after.map(|seconds| seconds * 1_000)
}
