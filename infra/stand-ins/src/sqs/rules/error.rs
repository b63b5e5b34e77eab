//! Every refusal of the engine. None of them is worth a retry without a change by the caller.
#![expect(missing_docs, reason = "the names of the fields and variants say it")]
use std::fmt;

/// Why an action was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqsError {
    QueueDoesNotExist,
    QueueNameExists { attribute: String },
    InvalidAttributeName { name: String },
    InvalidAttributeValue { name: String },
    InvalidParameter { name: &'static str, reason: &'static str },
    MissingParameter { name: &'static str },
    InvalidMessageContents,
    ReceiptHandleIsInvalid,
    ReceiptHandleExpired,
    MessageNotInFlight,
    EmptyBatch,
    TooManyEntries { count: usize },
    EntryIdsNotDistinct { id: String },
    InvalidEntryId,
    BatchTooLong { bytes: usize },
    MoveSourceDoesNotExist,
}

impl fmt::Display for SqsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueDoesNotExist => f.write_str("The specified queue does not exist."),
            Self::QueueNameExists { attribute } => {
                write!(f, "A queue already exists with the same name and a different value for attribute {attribute}")
            }
            Self::InvalidAttributeName { name } => write!(f, "Unknown Attribute {name}."),
            Self::InvalidAttributeValue { name } => write!(f, "Invalid value for the parameter {name}."),
            Self::InvalidParameter { name, reason } => {
                write!(f, "Value for parameter {name} is invalid. Reason: {reason}")
            }
            Self::MissingParameter { name } => write!(f, "The request must contain the parameter {name}."),
            Self::InvalidMessageContents => {
                f.write_str("Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
            }
            Self::ReceiptHandleIsInvalid => f.write_str("The input receipt handle is invalid."),
            Self::ReceiptHandleExpired => {
                f.write_str("Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
            }
            Self::MessageNotInFlight => f.write_str("The message referred to is not in flight."),
            Self::EmptyBatch => f.write_str("There should be at least one entry in the request."),
            Self::TooManyEntries { count } => {
                write!(f, "Maximum number of entries per request are 10. You have sent {count}.")
            }
            Self::EntryIdsNotDistinct { id } => write!(f, "Id {id} repeated."),
            Self::InvalidEntryId => f.write_str(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
            ),
            Self::BatchTooLong { bytes } => {
                write!(f, "Batch requests cannot be longer than 1048576 bytes. You have sent {bytes} bytes.")
            }
            Self::MoveSourceDoesNotExist => {
                f.write_str("The resource that you specified for the SourceArn parameter doesn't exist.")
            }
        }
    }
}

impl std::error::Error for SqsError {}
