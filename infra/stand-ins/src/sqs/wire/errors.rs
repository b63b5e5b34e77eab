//! Refusals as AWS words them: HTTP 400 with a type, and the code of the old query protocol in a header.
use super::answers::json_1_0;
use crate::sqs::engine::Failure;
use crate::sqs::rules::SqsError;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub(super) enum WireError {
    Failed(Failure),
    /// The body is not JSON, or a parameter has another type.
    Unreadable(String),
    UnknownAction,
}

impl From<Failure> for WireError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<SqsError> for WireError {
    fn from(error: SqsError) -> Self {
        Self::Failed(Failure::Refused(error))
    }
}

impl IntoResponse for WireError {
    fn into_response(self) -> Response {
        match self {
            Self::Failed(Failure::Refused(error)) => {
                let (shape, query) = codes(&error);
                fault(StatusCode::BAD_REQUEST, shape, query, &error.to_string())
            }
            Self::Failed(Failure::NotKept) => {
                let message = "The change could not be kept on disk.";
                let mut response = json_1_0(&json!({"__type": CORAL_FAILURE, "message": message}));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
            Self::Unreadable(message) => fault(
                StatusCode::BAD_REQUEST,
                "com.amazon.coral.service#SerializationException",
                "MalformedInput",
                &message,
            ),
            Self::UnknownAction => {
                let message = "The action or operation requested is invalid.";
                fault(
                    StatusCode::BAD_REQUEST,
                    "com.amazon.coral.service#UnknownOperationException",
                    "InvalidAction",
                    message,
                )
            }
        }
    }
}

const CORAL_FAILURE: &str = "com.amazon.coral.service#InternalFailure";

fn fault(status: StatusCode, shape: &str, query: &str, message: &str) -> Response {
    let mut response = json_1_0(&json!({"__type": shape, "message": message}));
    *response.status_mut() = status;
    if let Ok(value) = HeaderValue::from_str(&format!("{query};Sender")) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

/// The type of AWS JSON and the code of the query protocol. Names: the SQS model's `awsQueryError` traits.
pub(super) fn codes(error: &SqsError) -> (&'static str, &'static str) {
    match error {
        SqsError::QueueDoesNotExist => {
            ("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
        }
        SqsError::QueueNameExists { .. } => ("com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists"),
        SqsError::InvalidAttributeName { .. } => {
            ("com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName")
        }
        SqsError::InvalidAttributeValue { .. } => {
            ("com.amazonaws.sqs#InvalidAttributeValue", "InvalidAttributeValue")
        }
        SqsError::InvalidParameter { .. } | SqsError::ReceiptHandleExpired => {
            ("com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue")
        }
        SqsError::MissingParameter { .. } => {
            ("com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter")
        }
        SqsError::InvalidMessageContents => {
            ("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents")
        }
        SqsError::ReceiptHandleIsInvalid => {
            ("com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid")
        }
        SqsError::MessageNotInFlight => {
            ("com.amazonaws.sqs#MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
        }
        SqsError::EmptyBatch => {
            ("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
        }
        SqsError::TooManyEntries { .. } => (
            "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
        SqsError::EntryIdsNotDistinct { .. } => {
            ("com.amazonaws.sqs#BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
        }
        SqsError::InvalidEntryId => {
            ("com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
        }
        SqsError::BatchTooLong { .. } => {
            ("com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
        }
        SqsError::MoveSourceDoesNotExist => {
            ("com.amazonaws.sqs#ResourceNotFoundException", "ResourceNotFoundException")
        }
    }
}
