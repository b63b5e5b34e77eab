//! What a failure of Bedrock means for asking again.

use std::error::Error;
use std::io::ErrorKind;

use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::SdkError;

use crate::ModelError;
use crate::fate::by_status;

/// Before the stream began. Bedrock's exceptions go by their status:
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_Errors>.
pub(super) fn of<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> ModelError {
    match error {
        SdkError::ConstructionFailure(_) => {
            ModelError::Refused("the request could not be made, or not signed".to_owned())
        }
        SdkError::DispatchFailure(failure)
            if failure.as_connector_error().is_some_and(|error| never_left(error)) =>
        {
            ModelError::NotTaken { why: "no connection".to_owned(), retry_after_ms: None }
        }
        SdkError::ServiceError(refused) => {
            let raw = refused.raw();
            let seconds = raw.headers().get("retry-after").and_then(|value| value.trim().parse::<u64>().ok());
            by_status(raw.status().as_u16(), seconds.map(|seconds| seconds.saturating_mul(1_000)), "")
        }
        _ => broken_off(),
    }
}

/// An exception inside the stream, or its end before its time: the model was at work.
pub(super) fn broken_off() -> ModelError {
    ModelError::NoAnswer("the stream broke off".to_owned())
}

/// Whether no connection was made, as far as the causes tell.
fn never_left(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let nobody_there =
            [ErrorKind::ConnectionRefused, ErrorKind::HostUnreachable, ErrorKind::NetworkUnreachable];
        if kind.is_some_and(|kind| nobody_there.contains(&kind)) {
            return true;
        }
        cause = error.source();
    }
    false
}
