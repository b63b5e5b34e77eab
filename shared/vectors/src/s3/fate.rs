//! What a failure means for asking again.

use aws_sdk_s3vectors::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::VectorsError;

/// These pass: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_QueryVectors.html#API_S3VectorBuckets_QueryVectors_Errors>.
const PASSING: [&str; 4] = [
    "InternalServerException",
    "RequestTimeoutException",
    "ServiceUnavailableException",
    "TooManyRequestsException",
];

/// What an SDK error says, without the request it was about.
pub(super) fn why<E: std::error::Error + ProvideErrorMetadata + 'static>(
    error: &SdkError<E>,
) -> VectorsError {
    let Some(service) = error.as_service_error() else {
        return VectorsError::Unavailable(DisplayErrorContext(error).to_string());
    };
    let code = service.code().unwrap_or("unknown");
    let said = service.message().map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
    if PASSING.contains(&code) { VectorsError::Unavailable(said) } else { VectorsError::Refused(said) }
}

/// What could not even be asked.
pub(super) fn not_asked(error: &impl std::error::Error) -> VectorsError {
    VectorsError::Refused(error.to_string())
}
