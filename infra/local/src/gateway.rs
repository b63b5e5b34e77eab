//! The HTTP API stand-in: requests become payload format 2.0 events. Source: API Gateway developer guide,
//! "AWS Lambda proxy integrations for HTTP APIs": header names in lower case, repeated headers joined by commas,
//! bodies that are not text in base64, 30 seconds at the longest.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lambda::{Ended, Lambda};

/// The longest an integration may take.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest body: 10 MB.
const BODY_BYTES_MAX: usize = 10_485_760;
/// Request line and values of headers together. Source: API Gateway developer guide, "Quotas for configuring and running an
/// HTTP API".
const HEAD_BYTES_MAX: usize = 10_240;

/// The function behind a path, as routed in `template.yaml`.
fn function_of(path: &str) -> Option<(&'static str, &'static str)> {
    match path {
        _ if path.starts_with("/webhook/") => Some(("webhook", "/webhook/{channel}")),
        "/api/chat" => Some(("api", "/api/chat")),
        "/api/chat/cancel" => Some(("api", "/api/chat/cancel")),
        "/api/chat/messages" => Some(("api", "/api/chat/messages")),
        _ if path.starts_with("/api/chat/") => Some(("api", "/api/chat/{request_id}")),
        "/api/stats" => Some(("api", "/api/stats")),
        "/health" => Some(("api", "/health")),
        "/health/concurrency" => Some(("api", "/health/concurrency")),
        _ if path.starts_with("/api/messages/") => Some(("api", "/api/messages/{request_id}")),
        _ => owners(path).map(|route| ("api", route)),
    }
}

/// The owner's routes.
fn owners(path: &str) -> Option<&'static str> {
    let of_conversation = path.strip_prefix("/api/owner/conversations/")?;
    match of_conversation.split_once('/').map(|(_, action)| action) {
        None => Some("/api/owner/conversations/{conversation}"),
        Some("takeover") => Some("/api/owner/conversations/{conversation}/takeover"),
        Some("say") => Some("/api/owner/conversations/{conversation}/say"),
        Some("release") => Some("/api/owner/conversations/{conversation}/release"),
        Some(_) => None,
    }
}

/// Everything that is no page and no control goes to a function, and is measured. Source: API Gateway developer guide,
/// "CloudWatch metrics for HTTP APIs".
pub async fn handle(State(lambda): State<Lambda>, request: Request) -> Response {
    let begun = Instant::now();
    let response = pass_on(&lambda, request).await;
    let put = |name, value| lambda.cloudwatch().of_api(name, value);
    put("Count", 1.0);
    put("5xx", f64::from(u8::from(response.status().is_server_error())));
    put("Latency", begun.elapsed().as_secs_f64() * 1_000.0);
    response
}

async fn pass_on(lambda: &Lambda, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some((function, route)) = function_of(parts.uri.path()) else { return message(404, "Not Found") };
    let head = parts.method.as_str().len() + parts.uri.to_string().len();
    let head = head + parts.headers.values().map(axum::http::HeaderValue::len).sum::<usize>();
    if head > HEAD_BYTES_MAX {
        return message(431, "Request Header Fields Too Large");
    }
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return message(413, "Request Entity Too Large");
    };
    let now_ms = lambda.clock().now_ms();
    let event = event(now_ms, parts.method.as_str(), route, &parts.uri, &parts.headers, &body);
    let invocation = lambda.invoke(function, event.to_string().into_bytes());
    match tokio::time::timeout(INTEGRATION_TIMEOUT, invocation).await {
        Ok(Ended::Response(payload)) => response(&payload),
        Ok(Ended::Failed(why)) => {
            tracing::warn!(function, why, "invocation failed");
            message(500, "Internal Server Error")
        }
        Ok(Ended::Throttled) | Err(_) => message(503, "Service Unavailable"),
    }
}

fn event(now_ms: u64, method: &str, route: &str, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Value {
    let path = uri.path();
    let (body, is_base64) = match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => (text.to_owned(), false),
        _ => (STANDARD.encode(body), true),
    };
    #[expect(clippy::disallowed_methods, reason = "a gateway numbers its requests")]
    let request_id = uuid::Uuid::new_v4().simple().to_string();
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {route}"),
        "rawPath": path,
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": joined(headers),
        "pathParameters": path_parameters(route, path),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default(),
            },
            "requestId": request_id,
            "routeKey": format!("{method} {route}"),
            "stage": "$default",
            "time": "01/Jan/1970:00:00:00 +0000",
            "timeEpoch": now_ms,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.starts_with("application/json") || content_type.starts_with("text/")
}

fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let all = joined.entry(name.as_str().to_owned()).or_default();
        if !all.is_empty() {
            all.push(',');
        }
        all.push_str(&value);
    }
    joined
}

fn path_parameters(route: &str, path: &str) -> BTreeMap<String, String> {
    let pairs = route.split('/').zip(path.split('/'));
    let named = pairs.filter_map(|(name, value)| {
        let name = name.strip_prefix('{')?.strip_suffix('}')?;
        Some((name.to_owned(), value.to_owned()))
    });
    named.collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionResponse {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

fn response(payload: &[u8]) -> Response {
    let Ok(response) = serde_json::from_slice::<FunctionResponse>(payload) else {
        return message(500, "Internal Server Error");
    };
    let body = response.body.unwrap_or_default();
    let body = if response.is_base64_encoded {
        STANDARD.decode(&body).unwrap_or_default()
    } else {
        body.into_bytes()
    };
    let status = StatusCode::from_u16(response.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = (status, body).into_response();
    answer.headers_mut().remove("content-type");
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value.parse()) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// An answer of the gateway itself.
fn message(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("content-type", "application/json")], json!({ "message": message }).to_string())
        .into_response()
}
