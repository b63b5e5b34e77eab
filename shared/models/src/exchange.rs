//! One request whose answer is one JSON body: what genai has no call for.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::ModelError;
use crate::fate::{by_status, retry_after_ms};

/// Sends it, once.
///
/// # Errors
/// By what the provider made of it; see `fate`.
pub(crate) async fn exchange(request: RequestBuilder) -> Result<Value, ModelError> {
    let answer = request.send().await.map_err(|error| failed(&error))?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await.map_err(|error| failed(&error))?;
    if status != 200 {
        return Err(refused(status, &headers, &body));
    }
    serde_json::from_slice(&body).map_err(|_| ModelError::NoAnswer("the answer cannot be read".to_owned()))
}

fn refused(status: u16, headers: &HeaderMap, body: &[u8]) -> ModelError {
    let body = std::str::from_utf8(body).unwrap_or_default();
    by_status(status, retry_after_ms(headers, body), body)
}

fn failed(error: &reqwest::Error) -> ModelError {
    if error.is_connect() {
        ModelError::NotTaken { why: "no connection".to_owned(), retry_after_ms: None }
    } else {
        ModelError::NoAnswer("the connection broke off".to_owned())
    }
}
