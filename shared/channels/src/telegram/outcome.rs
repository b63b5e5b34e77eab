//! What Telegram's answers mean: by status and code, by text only where nothing else tells.

use domain::http::{HttpError, HttpResponse, Method};

use super::wire::{Answer, FileAnswer};
use super::{BASE, TOKEN};
use crate::credentials::Credentials;
use crate::media::{Fetched, NoMedia};
use crate::sending::{Fate, Sent};

/// A 5xx may come after the message was taken, and there is no key to repeat it by: its result is unknown.
pub(super) fn of(answer: &Result<HttpResponse, HttpError>) -> Sent {
    match answer {
        Ok(response) => match response.status {
            200..=299 => Sent::Accepted,
            429 => {
                let seconds = read(&response.body).retry_after;
                Sent::NotTaken { retry_after_ms: seconds.map(|seconds| seconds.saturating_mul(1_000)) }
            }
            401 | 404 => Sent::Refused(Fate::Unauthorized),
            403 => Sent::Refused(Fate::Unreachable),
            400..=499 => match read(&response.body).migrate_to_chat_id {
                Some(chat) => Sent::Moved(chat.to_string()),
                None => Sent::Refused(Fate::Invalid),
            },
            _ => Sent::Unknown,
        },
        Err(HttpError::NotSent(_)) => Sent::NotTaken { retry_after_ms: None },
        Err(HttpError::NoAnswer(_)) => Sent::Unknown,
    }
}

fn read(body: &[u8]) -> super::wire::ResponseParameters {
    let answer: Option<Answer> = serde_json::from_slice(body).ok();
    answer.and_then(|answer| answer.parameters).unwrap_or_default()
}

/// First `getFile`, then the file itself. Its URL holds the token: never log one.
pub(super) fn fetched(
    bytes_max: usize,
    step: usize,
    answer: &HttpResponse,
    credentials: &Credentials,
) -> Result<Fetched, NoMedia> {
    match answer.status {
        200 if step > 0 => Ok(Fetched::Whole),
        200 => {
            let file: FileAnswer = serde_json::from_slice(&answer.body).map_err(|_| NoMedia::Gone)?;
            let path = file.result.file_path.ok_or(NoMedia::Gone)?;
            let token = credentials.one(TOKEN).ok_or(NoMedia::Refused)?;
            let url = format!("{}/file/bot{token}/{path}", credentials.base(BASE));
            let mut request = credentials.plain(Method::Get, url, None);
            request.body_bytes_max = bytes_max;
            Ok(Fetched::Next(request, 0))
        }
        429 | 500.. => Err(NoMedia::NotNow),
        _ => Err(NoMedia::Gone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_said_in_seconds() {
        let waits = |seconds: u64| {
            let body = format!(r#"{{"ok": false, "parameters": {{"retry_after": {seconds}}}}}"#);
            of(&Ok(HttpResponse { status: 429, headers: Vec::new(), body: body.into_bytes() }))
        };
        assert_eq!(waits(3), Sent::NotTaken { retry_after_ms: Some(3_000) });
        assert_eq!(waits(u64::MAX), Sent::NotTaken { retry_after_ms: Some(u64::MAX) });
    }
}
