//! Calling a server: a tool's call as a request, and its answer as text for the model.

use std::collections::BTreeMap;
use std::fmt::Write;

use bot::ServerCall;
use domain::http::{HttpError, HttpRequest, HttpResponse, Method};
use serde_json::{Map, Value, json};

/// The request of a call. What a call chooses stands in the path and the query only, encoded: the host is the owner's, and
/// so is the path around it.
///
/// # Errors
/// The argument that would lead elsewhere.
pub(crate) fn request(
    call: &ServerCall,
    given: &Map<String, Value>,
    secrets: &BTreeMap<String, String>,
    (timeout_ms, bytes_max): (u64, usize),
) -> Result<HttpRequest, String> {
    let mut url = call.url.clone();
    let path_length = call.url.split(['?', '#']).next().unwrap_or_default().len();
    let path = call.url.get(..path_length).unwrap_or_default();
    for name in bot::placeholders(&call.url).map(ToOwned::to_owned).collect::<Vec<_>>() {
        let value = given.get(&name).map(plain).unwrap_or_default();
        let placeholder = format!("{{{name}}}");
        // Clients read a segment of dots as a way up, also when it is encoded.
        if path.contains(&placeholder) && value.chars().all(|character| character == '.') {
            return Err(format!("`{name}` must not be empty, nor dots alone"));
        }
        url = url.replace(&placeholder, &encoded(&value));
    }
    let mut headers: Vec<(String, String)> =
        call.headers.iter().map(|(name, value)| (name.clone(), filled_in(value, secrets))).collect();
    let body = if call.posts { Value::Object(given.clone()).to_string().into_bytes() } else { Vec::new() };
    if call.posts && !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Ok(HttpRequest {
        method: if call.posts { Method::Post } else { Method::Get },
        url,
        headers,
        body,
        timeout_ms: call.timeout_ms.unwrap_or(timeout_ms),
        body_bytes_max: bytes_max,
    })
}

/// What the model is told of a server's answer.
///
/// # Errors
/// The same, of one that is no success: the call then has changed nothing.
pub fn result_of(answer: &Result<HttpResponse, HttpError>) -> Result<String, String> {
    match answer {
        Ok(response) if (200..300).contains(&response.status) => {
            Ok(String::from_utf8_lossy(&response.body).into_owned())
        }
        Ok(response) => Err(failure(&format!("the server answered with status {}", response.status))),
        Err(HttpError::NotSent(_)) => Err(failure("the server cannot be reached")),
        Err(HttpError::NoAnswer(_)) => Err(failure("the server did not answer in time")),
    }
}

pub(crate) fn failure(what: &str) -> String {
    json!({ "error": what }).to_string()
}

/// Secrets that are not there are left out: the server will say what it misses.
fn filled_in(value: &str, secrets: &BTreeMap<String, String>) -> String {
    let mut parts = value.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) => {
                filled.push_str(secrets.get(name).map_or("", String::as_str));
                filled.push_str(rest);
            }
            None => filled.push_str(part),
        }
    }
    filled
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Everything but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
