//! How each service words an error of its own, and "too much at a time".
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What stands at the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// SQS.
    Sqs,
    /// A model behind OpenAI's API.
    Model,
    /// The Bot API server.
    Telegram,
    /// Our own front door, as a platform sees it.
    Webhook,
}

impl Service {
    /// An error of the service's own.
    pub(super) fn failure(self) -> Response {
        match self {
            Service::DynamoDb => aws(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", None),
            Service::Sqs => aws(500, "com.amazon.coral.service#InternalFailure", None),
            Service::Model => answer(
                500,
                &json!({ "error": { "message": "The server had an error.", "type": "server_error" } }),
            ),
            Service::Telegram => answer(500, &telegram(500, "Internal Server Error: restart", None)),
            Service::Webhook => answer(502, &json!({ "message": "Bad Gateway" })),
        }
    }

    /// A refusal of too much at a time: nothing was done. Source of the AWS names: the services' API references,
    /// "Error handling with DynamoDB" and "Common errors" of SQS.
    pub(super) fn throttle(self) -> Response {
        match self {
            Service::DynamoDb => aws(400, "com.amazon.coral.availability#ThrottlingException", None),
            Service::Sqs => aws(400, "com.amazonaws.sqs#RequestThrottled", Some("RequestThrottled;Sender")),
            Service::Model => {
                answer(429, &json!({ "error": { "message": "Rate limit reached.", "type": "requests" } }))
            }
            Service::Telegram => answer(429, &telegram(429, "Too Many Requests: retry after 1", Some(1))),
            Service::Webhook => answer(429, &json!({ "message": "Too Many Requests" })),
        }
    }
}

fn aws(status: u16, kind: &'static str, query_error: Option<&'static str>) -> Response {
    let mut response =
        answer(status, &json!({ "__type": kind, "message": "A fault of the network stand-in." }));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Some(query_error) = query_error {
        let name = HeaderName::from_static("x-amzn-query-error");
        headers.insert(name, HeaderValue::from_static(query_error));
    }
    response
}

fn telegram(code: u16, description: &str, retry_after_s: Option<u32>) -> Value {
    let mut body = json!({ "ok": false, "error_code": code, "description": description });
    if let (Some(seconds), Some(fields)) = (retry_after_s, body.as_object_mut()) {
        fields.insert("parameters".to_owned(), json!({ "retry_after": seconds }));
    }
    body
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(body.clone())).into_response()
}
