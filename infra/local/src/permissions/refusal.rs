//! How each service words that somebody is not allowed to do something.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::asked::Service;
use super::policy::Asked;
use crate::resources::ACCOUNT;

const CORAL: &str = "com.amazon.coral.service#AccessDeniedException";

/// Status, headers and body as of the service. Sources: DynamoDB developer guide, "Error handling", and the "Common
/// errors" of the other API references; the sentence is IAM's own, "Troubleshooting access denied error messages".
pub fn refusal(service: Service, role: &str, asked: &Asked) -> Response {
    let Asked { action, resource, .. } = asked;
    let message = format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/{role}/local is not authorized to perform: {action} on resource: \
         {resource} because no identity-based policy allows the {action} action"
    );
    match service {
        Service::DynamoDb => coral(StatusCode::BAD_REQUEST, &message),
        Service::Parameters => {
            let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
            let body = json!({ "__type": "AccessDeniedException", "Message": message });
            (StatusCode::BAD_REQUEST, kind, body.to_string()).into_response()
        }
        Service::Sqs => {
            let mut response = coral(StatusCode::FORBIDDEN, &message);
            let name = HeaderName::from_static("x-amzn-query-error");
            response.headers_mut().insert(name, HeaderValue::from_static("AccessDenied;Sender"));
            response
        }
        Service::Scheduler | Service::S3Vectors | Service::Connections => {
            let kind = [("x-amzn-errortype", "AccessDeniedException")];
            (StatusCode::FORBIDDEN, kind, axum::Json(json!({ "message": message }))).into_response()
        }
    }
}

fn coral(status: StatusCode, message: &str) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    let body = json!({ "__type": CORAL, "Message": message, "message": message });
    (status, kind, body.to_string()).into_response()
}
