//! The embedded DynamoDB engine: requests as DynamoDB's JSON, and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::{Database, DynoxideError};
use io::world::{Action, Index, Item, TableError, TableReply, TableRequest, Write};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The table's name inside the engine.
const TABLE: &str = "turnwise";

/// An empty table of an engine in memory.
pub(crate) fn empty() -> Result<Database, DynoxideError> {
    let database = Database::memory()?;
    let create = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
            { "AttributeName": "bp", "AttributeType": "S" },
            { "AttributeName": "bs", "AttributeType": "N" },
            { "AttributeName": "sp", "AttributeType": "S" },
            { "AttributeName": "sb", "AttributeType": "N" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
        "GlobalSecondaryIndexes": Index::ALL.map(index_json),
    });
    database.create_table(parsed(create)?)?;
    Ok(database)
}

fn index_json(index: Index) -> Value {
    let (shard, sort) = index.keys();
    let projection = match index.besides() {
        None => json!({ "ProjectionType": "KEYS_ONLY" }),
        Some(besides) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": [besides] }),
    };
    json!({
        "IndexName": index.name(),
        "KeySchema": [
            { "AttributeName": shard, "KeyType": "HASH" },
            { "AttributeName": sort, "KeyType": "RANGE" },
        ],
        "Projection": projection,
    })
}

/// Does what the request asks.
pub(crate) fn execute(database: &Database, request: TableRequest) -> Result<TableReply, TableError> {
    match request {
        TableRequest::Get { pk, sk } => {
            let get = json!({ "TableName": TABLE, "ConsistentRead": true, "Key": key(&pk, &sk) });
            let got = parsed(get).and_then(|get| database.get_item(get)).map_err(failed)?;
            Ok(TableReply::Item(answered(&got).get("Item").map(item_of)))
        }
        TableRequest::Query { pk, from, forward, limit } => {
            let condition = match (&from, forward) {
                (None, _) => "pk = :pk",
                (Some(_), true) => "pk = :pk AND sk >= :sk",
                (Some(_), false) => "pk = :pk AND sk <= :sk",
            };
            let mut values = Map::from_iter([(":pk".to_owned(), json!({ "S": pk }))]);
            values.extend(from.map(|sk| (":sk".to_owned(), json!({ "S": sk }))));
            let query = json!({
                "TableName": TABLE,
                "ConsistentRead": true,
                "KeyConditionExpression": condition,
                "ExpressionAttributeValues": values,
                "ScanIndexForward": forward,
                "Limit": limit,
            });
            let got = parsed(query).and_then(|query| database.query(query)).map_err(failed)?;
            let items = answered(&got).get("Items").and_then(Value::as_array).cloned().unwrap_or_default();
            Ok(TableReply::Items(items.iter().map(item_of).collect()))
        }
        TableRequest::Index { index, shard, from, limit } => {
            let (shard_name, sort_name) = index.keys();
            let query = json!({
                "TableName": TABLE,
                "IndexName": index.name(),
                "KeyConditionExpression": format!("{shard_name} = :shard AND {sort_name} >= :from"),
                "ExpressionAttributeValues": { ":shard": { "S": shard }, ":from": { "N": from.to_string() } },
                "Limit": limit,
            });
            let got = parsed(query).and_then(|query| database.query(query)).map_err(failed)?;
            let items = answered(&got).get("Items").and_then(Value::as_array).cloned().unwrap_or_default();
            Ok(TableReply::Items(items.iter().map(item_of).collect()))
        }
        TableRequest::Write(write) => {
            let is_put = matches!(write.action, Action::Put(_));
            let (_, mut body) = write_json(&write);
            if is_put {
                let put = parsed(body).and_then(|put| database.put_item(put));
                return put.map(|_| TableReply::Written(None)).map_err(failed);
            }
            if let Some(body) = body.as_object_mut() {
                body.insert("ReturnValues".to_owned(), "ALL_NEW".into());
            }
            let update = parsed(body).and_then(|update| database.update_item(update)).map_err(failed)?;
            Ok(TableReply::Written(answered(&update).get("Attributes").map(item_of)))
        }
        TableRequest::Transact(writes) => {
            let items: Vec<Value> =
                writes.iter().map(write_json).map(|(kind, body)| json!({ kind: body })).collect();
            let transact = json!({ "TransactItems": items });
            let done = parsed(transact).and_then(|transact| database.transact_write_items(transact));
            done.map(|_| TableReply::Written(None)).map_err(failed)
        }
    }
}

/// A write as DynamoDB's JSON, with its kind in a transaction.
fn write_json(write: &Write) -> (&'static str, Value) {
    let (kind, mut body) = match &write.action {
        Action::Put(item) => ("Put", json!({ "Item": json_of(item) })),
        Action::Update { pk, sk, update } => {
            ("Update", json!({ "Key": key(pk, sk), "UpdateExpression": update }))
        }
        Action::Check { pk, sk } => ("ConditionCheck", json!({ "Key": key(pk, sk) })),
    };
    if let Some(body) = body.as_object_mut() {
        body.insert("TableName".to_owned(), TABLE.into());
        body.insert("ConditionExpression".to_owned(), write.condition.clone().into());
        body.insert("ReturnValuesOnConditionCheckFailure".to_owned(), "ALL_OLD".into());
        if !write.names.is_empty() {
            body.insert("ExpressionAttributeNames".to_owned(), json!(write.names));
        }
        if !write.values.is_empty() {
            let values = write.values.iter().map(|(name, value)| (name.clone(), value_json(value)));
            body.insert("ExpressionAttributeValues".to_owned(), Value::Object(values.collect()));
        }
    }
    (kind, body)
}

fn key(pk: &str, sk: &str) -> Value {
    json!({ "pk": { "S": pk }, "sk": { "S": sk } })
}

fn parsed<T: DeserializeOwned>(request: Value) -> Result<T, DynoxideError> {
    serde_json::from_value(request).map_err(|error| DynoxideError::ValidationException(error.to_string()))
}

fn answered(answer: &impl serde::Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

/// An engine's error as the seam's.
fn failed(error: DynoxideError) -> TableError {
    match error {
        DynoxideError::ConditionalCheckFailedException(_, item) => {
            TableError::ConditionFailed { index: 0, item: item.map(|item| item_of(&answered(&item))) }
        }
        DynoxideError::TransactionCanceledException(_, reasons) => {
            let index = reasons.iter().position(|reason| reason.code == "ConditionalCheckFailed");
            let item = index.and_then(|index| reasons.get(index)).and_then(|reason| reason.item.as_ref());
            let item = item.map(|item| item_of(&answered(item)));
            match index {
                Some(index) => TableError::ConditionFailed { index, item },
                None => TableError::Unavailable("transaction cancelled".to_owned()),
            }
        }
        other => TableError::Unavailable(other.to_string()),
    }
}

/// An item as DynamoDB's JSON.
pub fn json_of(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), value_json(value))).collect())
}

fn value_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        AttributeValue::Bool(bool) => json!({ "BOOL": bool }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(value_json).collect::<Vec<_>>() }),
        AttributeValue::M(map) => json!({ "M": json_of(map) }),
        _ => json!({ "NULL": true }),
    }
}

fn item_of(value: &Value) -> Item {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value_of(value))).collect::<HashMap<_, _>>()
}

fn value_of(value: &Value) -> AttributeValue {
    let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
        return AttributeValue::Null(true);
    };
    let text = || inner.as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "BOOL" => AttributeValue::Bool(inner.as_bool().unwrap_or_default()),
        "L" => AttributeValue::L(inner.as_array().into_iter().flatten().map(value_of).collect()),
        "M" => AttributeValue::M(item_of(inner)),
        "B" => AttributeValue::B(Blob::new(text())),
        _ => AttributeValue::Null(true),
    }
}

/// The size of an item as DynamoDB counts it: names and texts in UTF-8 bytes; a number one byte per two
/// significant digits and one more; lists and maps three bytes and one per element. Source: DynamoDB developer
/// guide, "DynamoDB item sizes and formats".
pub fn item_bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => {
            let significant = digits.trim_start_matches(['-', '0']).trim_end_matches('0');
            significant.chars().filter(char::is_ascii_digit).count().div_ceil(2)
                + 1
                + usize::from(digits.starts_with('-'))
        }
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + value_bytes(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + value_bytes(value)).sum::<usize>()
        }
        _ => 1,
    }
}
