//! Fetching what is attached to a message: which calls, and what their answers mean.

use domain::http::HttpRequest;

/// What came of one call for an attachment.
#[derive(Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The body is the attachment, cut where the reading of it was to end.
    Whole,
    /// It lies elsewhere, or is not ready: make this call, after so many milliseconds.
    Next(HttpRequest, u64),
}

/// Why an attachment cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMedia {
    /// This bot has no credentials for it, or it lies where nothing is fetched from. Give up.
    #[error("it is not fetched from there")]
    Refused,
    /// The platform has it no more. Give up.
    #[error("the platform does not have it")]
    Gone,
    /// It is larger than what is read. Give up.
    #[error("it is too large")]
    TooLarge,
    /// It is not what it was said to be. Give up.
    #[error("it is not what it was said to be")]
    OtherType,
    /// No answer, or one that may change. Retry.
    #[error("the platform did not deliver it")]
    NotNow,
}
