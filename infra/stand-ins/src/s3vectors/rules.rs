//! Vector buckets and their indexes as a state machine. Source: S3 Vectors API reference, 2025-07-15, and the user guide's
//! "Limitations and restrictions".
use super::vectors::VectorIndex;
use crate::json::text;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most dimensions.
const DIMENSIONS_MAX: u64 = 4_096;

/// Length of a name of a bucket or index: lower-case letters, digits and dashes, dots in that of an index.
const NAME: std::ops::RangeInclusive<usize> = 3..=63;

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400.
    Validation(String),
    /// 403.
    Denied,
    /// 404.
    NotFound(String),
    /// 409.
    Conflict(String),
    /// 429.
    Throttled,
    /// 503.
    Unavailable,
}

/// The vector buckets of an account.
#[derive(Default)]
pub struct Account {
    buckets: BTreeMap<String, BTreeMap<String, VectorIndex>>,
}

impl Account {
    /// Does what a request asks, by the name of its operation.
    ///
    /// # Errors
    /// As the API's.
    pub fn call(&mut self, operation: &str, asked: &Value) -> Result<Value, Refusal> {
        match operation {
            "CreateVectorBucket" => self.create_bucket(asked),
            "CreateIndex" => self.create_index(asked),
            "GetIndex" => self.index(asked).map(|index| json!({ "index": index.described(asked) })),
            "PutVectors" => self.index_mut(asked)?.put(asked),
            "DeleteVectors" => self.index_mut(asked)?.delete(asked),
            "GetVectors" => self.index(asked)?.get(asked),
            "ListVectors" => self.index(asked)?.list(asked),
            "QueryVectors" => self.index(asked)?.query(asked),
            other => Err(invalid(format!("The stand-in does not know {other}."))),
        }
    }

    /// Whether an operation changes anything.
    pub fn changes(operation: &str) -> bool {
        ["Create", "Put", "Delete"].iter().any(|verb| operation.starts_with(verb))
    }

    fn create_bucket(&mut self, asked: &Value) -> Result<Value, Refusal> {
        let name = named(asked, "vectorBucketName")?;
        if self.buckets.contains_key(name) {
            return Err(Refusal::Conflict(format!("The vector bucket {name} already exists.")));
        }
        self.buckets.insert(name.to_owned(), BTreeMap::new());
        Ok(json!({ "vectorBucketArn": format!("arn:aws:s3vectors:us-east-1:000000000000:bucket/{name}") }))
    }

    fn create_index(&mut self, asked: &Value) -> Result<Value, Refusal> {
        let (bucket, name) = (text(asked, "vectorBucketName"), named(asked, "indexName")?);
        let dimension = asked.get("dimension").and_then(Value::as_u64).unwrap_or(0);
        let dimension = usize::try_from(dimension).ok().filter(|_| (1..=DIMENSIONS_MAX).contains(&dimension));
        let dimension = dimension.ok_or_else(|| invalid("'dimension' must be from 1 to 4096."))?;
        if (text(asked, "dataType"), text(asked, "distanceMetric")) != ("float32", "cosine") {
            return Err(invalid("The stand-in knows float32 and cosine."));
        }
        let indexes = self.buckets.get_mut(bucket).ok_or_else(|| no_bucket(bucket))?;
        if indexes.contains_key(name) {
            return Err(Refusal::Conflict(format!("The vector index {name} already exists.")));
        }
        indexes.insert(name.to_owned(), VectorIndex::new(dimension, asked));
        Ok(json!({ "indexArn": arn(bucket, name) }))
    }

    fn index(&self, asked: &Value) -> Result<&VectorIndex, Refusal> {
        let (bucket, name) = (text(asked, "vectorBucketName"), text(asked, "indexName"));
        let indexes = self.buckets.get(bucket).ok_or_else(|| no_bucket(bucket))?;
        indexes.get(name).ok_or_else(no_index)
    }

    fn index_mut(&mut self, asked: &Value) -> Result<&mut VectorIndex, Refusal> {
        let (bucket, name) = (text(asked, "vectorBucketName"), text(asked, "indexName"));
        let indexes = self.buckets.get_mut(bucket).ok_or_else(|| no_bucket(bucket))?;
        indexes.get_mut(name).ok_or_else(no_index)
    }
}

/// The ARN of a vector index.
pub(super) fn arn(bucket: &str, index: &str) -> String {
    format!("arn:aws:s3vectors:us-east-1:000000000000:bucket/{bucket}/index/{index}")
}

pub(super) fn invalid(what: impl Into<String>) -> Refusal {
    Refusal::Validation(what.into())
}

fn no_bucket(bucket: &str) -> Refusal {
    Refusal::NotFound(format!("The specified vector bucket could not be found: {bucket}"))
}

fn no_index() -> Refusal {
    Refusal::NotFound("The specified index could not be found".to_owned())
}

fn named<'a>(asked: &'a Value, field: &str) -> Result<&'a str, Refusal> {
    let name = text(asked, field);
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let is_name = NAME.contains(&name.len()) && name.bytes().all(allowed);
    if is_name { Ok(name) } else { Err(invalid(format!("Value '{name}' at '{field}' is no name."))) }
}
