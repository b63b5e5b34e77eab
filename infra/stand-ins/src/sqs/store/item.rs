//! The stored forms, and the rows they make. A form that changes gets a new name and a new schema version.
use super::StoreError;
use crate::sqs::rules::{
    Attempt, AttributeValue, Change, Content, Delivery, Hold, Message, Remembered, SavedQueue, Value,
};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
struct ContentV1 {
    id: String,
    group: Option<String>,
    deduplication_id: Option<String>,
    body: String,
    attributes: BTreeMap<String, AttributeV1>,
    trace_header: Option<String>,
    sent_at: u64,
    dead_letter_source: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct AttributeV1 {
    data_type: String,
    value: ValueV1,
}

#[derive(Serialize, Deserialize)]
enum ValueV1 {
    Text(String),
    Binary(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
struct DeliveryV1 {
    hold: HoldV1,
    receive_count: u32,
    first_received_at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
enum HoldV1 {
    Free,
    Delayed { until: u64 },
    InFlight { until: u64, attempt: Option<(String, u64)> },
}

pub(super) fn apply(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::PutQueue(queue) => put_queue(connection, queue),
        Change::DropQueue { name } => drop_queue(connection, name),
        Change::AddMessage { queue, message } => {
            let content = serde_json::to_string(&ContentV1::from(&*message.content))?;
            connection
                .prepare_cached("INSERT INTO messages (sequence, queue, content) VALUES (?1, ?2, ?3)")?
                .execute(params![message.sequence.cast_signed(), queue, content])?;
            put_delivery(connection, message.sequence, &message.delivery)
        }
        Change::Deliver { sequence, delivery, .. } => put_delivery(connection, *sequence, delivery),
        Change::DropMessage { sequence, .. } => {
            for statement in
                ["DELETE FROM messages WHERE sequence = ?1", "DELETE FROM deliveries WHERE sequence = ?1"]
            {
                connection.prepare_cached(statement)?.execute(params![sequence.cast_signed()])?;
            }
            Ok(())
        }
        Change::Remember { queue, key, sent } => {
            let columns = "INSERT OR REPLACE INTO remembered (queue, key, message_id, sequence, at)";
            connection.prepare_cached(&format!("{columns} VALUES (?1, ?2, ?3, ?4, ?5)"))?.execute(
                params![queue, key, sent.message_id, sent.sequence.cast_signed(), sent.at.cast_signed()],
            )?;
            Ok(())
        }
        Change::Forget { queue, key } => {
            connection
                .prepare_cached("DELETE FROM remembered WHERE queue = ?1 AND key = ?2")?
                .execute(params![queue, key])?;
            Ok(())
        }
    }
}

fn put_queue(connection: &Connection, queue: &SavedQueue) -> Result<(), StoreError> {
    let columns = "INSERT OR REPLACE INTO queues (name, attributes, created_at, modified_at)";
    connection.execute(
        &format!("{columns} VALUES (?1, ?2, ?3, ?4)"),
        params![
            queue.name,
            serde_json::to_string(&queue.attributes)?,
            queue.created_at.cast_signed(),
            queue.modified_at.cast_signed()
        ],
    )?;
    Ok(())
}

fn drop_queue(connection: &Connection, name: &str) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM deliveries WHERE sequence IN (SELECT sequence FROM messages WHERE queue = ?1)",
        "DELETE FROM messages WHERE queue = ?1",
        "DELETE FROM remembered WHERE queue = ?1",
        "DELETE FROM queues WHERE name = ?1",
    ] {
        connection.execute(statement, params![name])?;
    }
    Ok(())
}

fn put_delivery(connection: &Connection, sequence: u64, delivery: &Delivery) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO deliveries (sequence, delivery) VALUES (?1, ?2)")?
        .execute(params![sequence.cast_signed(), serde_json::to_string(&DeliveryV1::from(delivery))?])?;
    Ok(())
}

pub(super) fn queues(connection: &Connection) -> Result<Vec<SavedQueue>, StoreError> {
    let mut statement = connection.prepare("SELECT name, attributes, created_at, modified_at FROM queues")?;
    let rows =
        statement.query_map([], |row| Ok((row.get(0)?, text(row, 1)?, time(row, 2)?, time(row, 3)?)))?;
    rows.map(|row| {
        let (name, attributes, created_at, modified_at) = row?;
        Ok(SavedQueue { name, attributes: serde_json::from_str(&attributes)?, created_at, modified_at })
    })
    .collect()
}

pub(super) fn messages(connection: &Connection) -> Result<Vec<(String, Message)>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT sequence, queue, content, delivery FROM messages JOIN deliveries USING (sequence)",
    )?;
    let rows =
        statement.query_map([], |row| Ok((time(row, 0)?, text(row, 1)?, text(row, 2)?, text(row, 3)?)))?;
    rows.map(|row| {
        let (sequence, queue, content, delivery) = row?;
        let content: ContentV1 = serde_json::from_str(&content)?;
        let delivery: DeliveryV1 = serde_json::from_str(&delivery)?;
        Ok((queue, Message { sequence, content: Arc::new(content.into()), delivery: delivery.into() }))
    })
    .collect()
}

pub(super) fn remembered(connection: &Connection) -> Result<Vec<(String, String, Remembered)>, StoreError> {
    let mut statement = connection.prepare("SELECT queue, key, message_id, sequence, at FROM remembered")?;
    let rows = statement.query_map([], |row| {
        let sent = Remembered { message_id: text(row, 2)?, sequence: time(row, 3)?, at: time(row, 4)? };
        Ok((text(row, 0)?, text(row, 1)?, sent))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    row.get(column)
}

/// Times and sequences: SQLite has signed integers only.
fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

impl From<&Content> for ContentV1 {
    fn from(content: &Content) -> Self {
        let attributes =
            content.attributes.iter().map(|(name, value)| (name.clone(), value.into())).collect();
        Self {
            id: content.id.clone(),
            group: content.group.clone(),
            deduplication_id: content.deduplication_id.clone(),
            body: content.body.clone(),
            attributes,
            trace_header: content.trace_header.clone(),
            sent_at: content.sent_at,
            dead_letter_source: content.dead_letter_source.clone(),
        }
    }
}

impl From<ContentV1> for Content {
    fn from(stored: ContentV1) -> Self {
        Self {
            id: stored.id,
            group: stored.group,
            deduplication_id: stored.deduplication_id,
            body: stored.body,
            attributes: stored.attributes.into_iter().map(|(name, value)| (name, value.into())).collect(),
            trace_header: stored.trace_header,
            sent_at: stored.sent_at,
            dead_letter_source: stored.dead_letter_source,
        }
    }
}

impl From<&AttributeValue> for AttributeV1 {
    fn from(attribute: &AttributeValue) -> Self {
        let value = match &attribute.value {
            Value::Text(text) => ValueV1::Text(text.clone()),
            Value::Binary(bytes) => ValueV1::Binary(bytes.clone()),
        };
        Self { data_type: attribute.data_type.clone(), value }
    }
}

impl From<AttributeV1> for AttributeValue {
    fn from(stored: AttributeV1) -> Self {
        let value = match stored.value {
            ValueV1::Text(text) => Value::Text(text),
            ValueV1::Binary(bytes) => Value::Binary(bytes),
        };
        Self { data_type: stored.data_type, value }
    }
}

impl From<&Delivery> for DeliveryV1 {
    fn from(delivery: &Delivery) -> Self {
        let hold = match &delivery.hold {
            Hold::Free => HoldV1::Free,
            Hold::Delayed { until } => HoldV1::Delayed { until: *until },
            Hold::InFlight { until, attempt } => HoldV1::InFlight {
                until: *until,
                attempt: attempt.as_ref().map(|attempt| (attempt.id.clone(), attempt.at)),
            },
        };
        let Delivery { receive_count, first_received_at, .. } = *delivery;
        Self { hold, receive_count, first_received_at }
    }
}

impl From<DeliveryV1> for Delivery {
    fn from(stored: DeliveryV1) -> Self {
        let hold = match stored.hold {
            HoldV1::Free => Hold::Free,
            HoldV1::Delayed { until } => Hold::Delayed { until },
            HoldV1::InFlight { until, attempt } => {
                Hold::InFlight { until, attempt: attempt.map(|(id, at)| Attempt { id, at }) }
            }
        };
        Self { hold, receive_count: stored.receive_count, first_received_at: stored.first_received_at }
    }
}
