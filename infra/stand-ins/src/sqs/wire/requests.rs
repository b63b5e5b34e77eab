//! The bodies of requests, named as in the API reference.
use super::errors::WireError;
use crate::sqs::rules::{AttributeValue, NewMessage, SqsError, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| WireError::Unreadable(error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    pub(super) queue_name: Option<String>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnQueue {
    pub(super) queue_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAttributes {
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetAttributes {
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    #[serde(default)]
    pub(super) queue_name_prefix: String,
    pub(super) next_token: Option<String>,
    pub(super) max_results: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    pub(super) message_body: Option<String>,
    pub(super) message_group_id: Option<String>,
    pub(super) message_deduplication_id: Option<String>,
    pub(super) delay_seconds: Option<u32>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    data_type: String,
    string_value: Option<String>,
    binary_value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    pub(super) max_number_of_messages: Option<usize>,
    pub(super) visibility_timeout: Option<u32>,
    pub(super) wait_time_seconds: Option<u32>,
    pub(super) receive_request_attempt_id: Option<String>,
    #[serde(default)]
    pub(super) message_system_attribute_names: Vec<String>,
    /// The older name of the same list.
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
    #[serde(default)]
    pub(super) message_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnMessage {
    pub(super) receipt_handle: Option<String>,
    pub(super) visibility_timeout: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<T> {
    #[serde(default = "Vec::new")]
    pub(super) entries: Vec<BatchEntry<T>>,
}

#[derive(Deserialize)]
pub(super) struct BatchEntry<T> {
    #[serde(rename = "Id")]
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) item: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MoveTask {
    pub(super) source_arn: Option<String>,
    pub(super) destination_arn: Option<String>,
    pub(super) max_results: Option<usize>,
}

/// The queue's name: the last part of its URL, whatever host the client used.
pub(super) fn queue_of(url: Option<&str>) -> Result<&str, SqsError> {
    let url = url.ok_or(SqsError::MissingParameter { name: "QueueUrl" })?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

impl SendMessage {
    pub(super) fn into_message(self) -> Result<NewMessage, SqsError> {
        let trace_header =
            self.message_system_attributes.into_iter().find(|(name, _)| name == "AWSTraceHeader");
        let attributes = self.message_attributes.into_iter();
        Ok(NewMessage {
            body: self.message_body.unwrap_or_default(),
            group: self.message_group_id,
            deduplication_id: self.message_deduplication_id,
            delay_s: self.delay_seconds,
            attributes: attributes
                .map(|(name, a)| Ok((name, a.into_value()?)))
                .collect::<Result<_, SqsError>>()?,
            trace_header: trace_header.and_then(|(_, attribute)| attribute.string_value),
        })
    }
}

impl Attribute {
    fn into_value(self) -> Result<AttributeValue, SqsError> {
        let binary = self.data_type.starts_with("Binary");
        let text = self.string_value.filter(|text| !binary && !text.is_empty()).map(Value::Text);
        let bytes = self.binary_value.filter(|_| binary).and_then(|coded| STANDARD.decode(coded).ok());
        let value = text.or(bytes.map(Value::Binary)).ok_or(SqsError::InvalidParameter {
            name: "MessageAttributes",
            reason: "A message attribute must have a value of its data type.",
        })?;
        Ok(AttributeValue { data_type: self.data_type, value })
    }
}
