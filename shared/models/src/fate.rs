//! What a failure means for asking again.

use genai::Error;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::ModelError;

/// By the status of an answer that is an error.
///
/// 429 is a limit, met before any work. 503 and 529 say that the provider is overloaded and did not begin:
/// <https://platform.openai.com/docs/guides/error-codes> ("engine is currently overloaded"),
/// <https://ai.google.dev/gemini-api/docs/troubleshooting> (UNAVAILABLE),
/// <https://docs.anthropic.com/en/api/errors> (529, `overloaded_error`).
/// Any other 5xx may have come after the work, and so may 408 and 424 (Bedrock's ModelTimeout and ModelError).
pub(crate) fn by_status(status: u16, retry_after_ms: Option<u64>, body: &str) -> ModelError {
    let why = format!("status {status}");
    match status {
        // The account has no money left: waiting helps nobody.
        429 if body.contains("insufficient_quota") => ModelError::Refused(why + ", insufficient_quota"),
        429 | 503 | 529 => ModelError::NotTaken { why, retry_after_ms },
        408 | 424 | 500.. => ModelError::NoAnswer(why),
        _ => ModelError::Refused(why),
    }
}

/// An error of genai. `begun`: part of an answer had come.
pub(crate) fn of(error: &Error, begun: bool) -> ModelError {
    // In a stream the HTTP error is wrapped once more, and `status` does not see it.
    let inner = match error {
        Error::WebStream { error, .. } => error.downcast_ref::<Error>(),
        _ => None,
    };
    let error = inner.unwrap_or(error);
    if begun {
        return ModelError::NoAnswer(summary(error).to_owned());
    }
    if let Some(status) = error.status() {
        let body = body_of(error);
        let wish = error.headers().and_then(|headers| retry_after_ms(headers, body));
        return by_status(status.as_u16(), wish.or_else(|| retry_delay_ms(body)), body);
    }
    let why = summary(error).to_owned();
    match error {
        error if never_left(error) => ModelError::NotTaken { why, retry_after_ms: None },
        error if never_made(error) => ModelError::Refused(why),
        _ => ModelError::NoAnswer(why),
    }
}

/// The provider's wish: `retry-after-ms` (Azure), `retry-after` in seconds, or Gemini's `retryDelay` in the body.
/// A date in `retry-after` is not read: it would need a clock.
pub(crate) fn retry_after_ms(headers: &HeaderMap, body: &str) -> Option<u64> {
    let header = |name| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let milliseconds = header("retry-after-ms").or_else(|| Some(header("retry-after")? * 1_000.0));
    milliseconds.and_then(whole).or_else(|| retry_delay_ms(body))
}

/// `"retryDelay": "39.5s"`, anywhere in the body.
/// <https://cloud.google.com/apis/design/errors#error_details>, `google.rpc.RetryInfo`.
fn retry_delay_ms(body: &str) -> Option<u64> {
    fn found(value: &Value) -> Option<&str> {
        match value {
            Value::Object(fields) => {
                let here = fields.get("retryDelay").and_then(Value::as_str);
                here.or_else(|| fields.values().find_map(found))
            }
            Value::Array(items) => items.iter().find_map(found),
            _ => None,
        }
    }
    let body: Value = serde_json::from_str(body).ok()?;
    let seconds: f64 = found(&body)?.strip_suffix('s')?.parse().ok()?;
    whole(seconds * 1_000.0)
}

/// Whole milliseconds, up to a day.
fn whole(milliseconds: f64) -> Option<u64> {
    const DAY_MS: f64 = 86_400_000.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
    milliseconds.is_finite().then(|| milliseconds.clamp(0.0, DAY_MS).ceil() as u64)
}

fn body_of(error: &Error) -> &str {
    match error {
        Error::HttpError { body, .. } => body,
        Error::WebModelCall { webc_error, .. } | Error::WebAdapterCall { webc_error, .. } => match webc_error
        {
            genai::webc::Error::ResponseFailedStatus { body, .. } => body,
            _ => "",
        },
        _ => "",
    }
}

/// Whether no connection was made.
fn never_left(error: &Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match error {
        Error::WebModelCall { webc_error, .. } | Error::WebAdapterCall { webc_error, .. } => match webc_error
        {
            genai::webc::Error::Reqwest(error) => Some(error),
            _ => None,
        },
        Error::WebStream { error, .. } => Some(&**error),
        _ => None,
    };
    while let Some(error) = cause {
        if error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether no request could be made of the prompt.
fn never_made(error: &Error) -> bool {
    !matches!(
        error,
        Error::WebModelCall { .. }
            | Error::WebAdapterCall { .. }
            | Error::WebStream { .. }
            | Error::StreamParse { .. }
            | Error::ChatResponseGeneration { .. }
            | Error::ChatResponse { .. }
            | Error::NoChatResponse { .. }
            | Error::InvalidJsonResponseElement { .. }
            | Error::JsonValueExt(_)
            | Error::SerdeJson(_)
            | Error::Internal(_)
    )
}

/// A word about an error. Never its text: genai puts requests and responses into it.
fn summary(error: &Error) -> &'static str {
    match error {
        Error::RequiresApiKey { .. } | Error::NoAuthData { .. } | Error::NoAuthResolver { .. } => {
            "it asks for an API key"
        }
        Error::WebModelCall { .. } | Error::WebAdapterCall { .. } => "the call failed",
        Error::WebStream { .. } => "the stream failed",
        Error::StreamParse { .. } | Error::ChatResponseGeneration { .. } | Error::ChatResponse { .. } => {
            "the answer could not be read"
        }
        error if never_made(error) => "the request could not be made",
        _ => "the answer was not understood",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_wait_is_read_wherever_it_stands() {
        for (name, value, body, wish) in [
            ("retry-after", "7", "", Some(7_000)),
            ("retry-after", " 0.25 ", "", Some(250)),
            ("retry-after-ms", "1500", "", Some(1_500)),
            ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT", "", None),
            ("retry-after", "-3", "", Some(0)),
            ("retry-after", "1e300", "", Some(86_400_000)),
            ("x", "", r#"[{"error": {"details": [{"retryDelay": "2.0001s"}]}}]"#, Some(2_001)),
            ("x", "", r#"{"retryDelay": "soon"}"#, None),
            ("x", "", "not JSON", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(retry_after_ms(&headers, body), wish, "{name}: {value} {body}");
        }
    }

    #[test]
    fn an_account_without_money_is_not_asked_again() {
        let body = r#"{"error": {"type": "insufficient_quota", "code": "insufficient_quota"}}"#;
        assert!(matches!(by_status(429, None, body), ModelError::Refused(_)));
        assert!(matches!(by_status(429, None, "{}"), ModelError::NotTaken { .. }));
    }
}
