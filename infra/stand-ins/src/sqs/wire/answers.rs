//! The bodies of answers.
use super::digest;
use super::errors::codes;
use crate::json::without_nulls;
use crate::sqs::rules::{
    AttributeValue, BatchAnswer, Content, Entry, Failed, MoveTask, NewMessage, Received, Sent, Value,
    sequence_number,
};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

pub(super) fn json_1_0(body: &Json) -> Response {
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body.to_string()).into_response()
}

/// The digests of a message to be sent; they go into the answer.
pub(super) struct Digests {
    body: String,
    attributes: Option<String>,
    system_attributes: Option<String>,
}

impl Digests {
    pub(super) fn of(message: &NewMessage) -> Self {
        let trace = message.trace_header.iter().map(|header| {
            let value = AttributeValue { data_type: "String".to_owned(), value: Value::Text(header.clone()) };
            ("AWSTraceHeader".to_owned(), value)
        });
        Self {
            body: digest::of_body(&message.body),
            attributes: digest::of_attributes(&message.attributes),
            system_attributes: digest::of_attributes(&trace.collect()),
        }
    }
}

/// The id is that of the entry, in a batch.
pub(super) fn sent(id: Option<&str>, sent: &Sent, digests: &Digests) -> Json {
    without_nulls(json!({
        "Id": id,
        "MessageId": sent.message_id,
        "SequenceNumber": sent.sequence_number,
        "MD5OfMessageBody": digests.body,
        "MD5OfMessageAttributes": digests.attributes,
        "MD5OfMessageSystemAttributes": digests.system_attributes,
    }))
}

pub(super) fn batch<T>(answer: &BatchAnswer<T>, entry: impl Fn(&Entry<T>) -> Json) -> Json {
    let successful: Vec<Json> = answer.successful.iter().map(entry).collect();
    let failed: Option<Vec<Json>> =
        (!answer.failed.is_empty()).then(|| answer.failed.iter().map(failed).collect());
    without_nulls(json!({ "Successful": successful, "Failed": failed }))
}

/// The answer to an entry that says nothing but that it was done.
pub(super) fn done_entry(entry: &Entry<()>) -> Json {
    json!({ "Id": entry.id })
}

fn failed(Failed { id, error }: &Failed) -> Json {
    json!({"Id": id, "SenderFault": true, "Code": codes(error).1, "Message": error.to_string()})
}

pub(super) fn received(
    messages: &[Received],
    attributes: &[String],
    named: &[String],
    account: &str,
) -> Json {
    if messages.is_empty() {
        return json!({});
    }
    let messages = messages.iter().map(|message| {
        let content = &*message.content;
        let chosen = chosen(content, named);
        without_nulls(json!({
            "MessageId": content.id,
            "ReceiptHandle": message.receipt_handle,
            "Body": content.body,
            "MD5OfBody": digest::of_body(&content.body),
            "Attributes": system_attributes(message, attributes, account),
            "MD5OfMessageAttributes": digest::of_attributes(&chosen),
            "MessageAttributes": (!chosen.is_empty()).then(|| message_attributes(&chosen)),
        }))
    });
    json!({ "Messages": messages.collect::<Vec<_>>() })
}

fn system_attributes(message: &Received, wanted: &[String], account: &str) -> Option<Json> {
    let content = &*message.content;
    let fifo = content.deduplication_id.is_some();
    let all = [
        ("SenderId", Some(account.to_owned())),
        ("SentTimestamp", Some(content.sent_at.to_string())),
        ("ApproximateReceiveCount", Some(message.receive_count.to_string())),
        ("ApproximateFirstReceiveTimestamp", Some(message.first_received_at.to_string())),
        ("SequenceNumber", fifo.then(|| sequence_number(message.sequence))),
        ("MessageDeduplicationId", content.deduplication_id.clone()),
        ("MessageGroupId", content.group.clone()),
        ("AWSTraceHeader", content.trace_header.clone()),
        ("DeadLetterQueueSourceArn", content.dead_letter_source.clone()),
    ];
    let wanted = |name: &str| wanted.iter().any(|w| w == "All" || w == name);
    let map: Map<String, Json> = all
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect();
    (!map.is_empty()).then_some(Json::Object(map))
}

/// `All`, `.*`, a name, or a prefix with `.*`.
fn chosen(content: &Content, named: &[String]) -> BTreeMap<String, AttributeValue> {
    let wanted = |name: &str| {
        named.iter().any(|pattern| {
            pattern == "All"
                || pattern == name
                || pattern.strip_suffix(".*").is_some_and(|p| name.starts_with(p))
        })
    };
    let attributes = content.attributes.iter().filter(|(name, _)| wanted(name));
    attributes.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn message_attributes(attributes: &BTreeMap<String, AttributeValue>) -> Json {
    let entries = attributes.iter().map(|(name, attribute)| {
        let value = match &attribute.value {
            Value::Text(text) => json!({"DataType": attribute.data_type, "StringValue": text}),
            Value::Binary(bytes) => {
                json!({"DataType": attribute.data_type, "BinaryValue": STANDARD.encode(bytes)})
            }
        };
        (name.clone(), value)
    });
    Json::Object(entries.collect())
}

pub(super) fn moves(tasks: &[MoveTask]) -> Json {
    let results = tasks.iter().map(|task| {
        without_nulls(json!({
            "Status": "COMPLETED",
            "SourceArn": task.source_arn,
            "DestinationArn": task.destination_arn,
            "ApproximateNumberOfMessagesMoved": task.moved,
            "ApproximateNumberOfMessagesToMove": task.moved,
            "StartedTimestamp": task.started_at,
        }))
    });
    json!({ "Results": results.collect::<Vec<_>>() })
}
