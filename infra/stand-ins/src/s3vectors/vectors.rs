//! The vectors of one index.
use super::filter::Filter;
use super::rules::{Refusal, arn, invalid};
use crate::json::{text, without_nulls};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Most vectors of a request, keys of a `GetVectors`, and neighbours of a query.
const PUT_MAX: usize = 500;
const GOT_MAX: usize = 100;
const TOP_K: RangeInclusive<usize> = 1..=100;

/// Vectors on a page of a list: unless said, and at most.
const LISTED: usize = 500;
const LISTED_MAX: usize = 1_000;

/// Neighbours on a page. AWS does not say how many; few enough here that a client has to turn pages.
const PAGE: usize = 30;

/// Metadata of a vector: bytes in all, bytes that can be filtered by, and keys.
const METADATA_BYTES_MAX: usize = 40 * 1024;
const FILTERABLE_BYTES_MAX: usize = 2 * 1024;
const METADATA_KEYS_MAX: usize = 50;

/// Longest key, in characters.
const KEY_CHARS: RangeInclusive<usize> = 1..=1_024;

struct Vector {
    numbers: Vec<f32>,
    metadata: Value,
}

/// An index.
pub(super) struct VectorIndex {
    dimension: usize,
    /// Metadata that cannot be filtered by.
    kept_only: Vec<String>,
    vectors: BTreeMap<String, Vector>,
}

impl VectorIndex {
    pub(super) fn new(dimension: usize, asked: &Value) -> Self {
        let keys = asked.pointer("/metadataConfiguration/nonFilterableMetadataKeys");
        let keys = keys.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        Self { dimension, kept_only: keys.map(ToOwned::to_owned).collect(), vectors: BTreeMap::new() }
    }

    pub(super) fn described(&self, asked: &Value) -> Value {
        let (bucket, name) = (text(asked, "vectorBucketName"), text(asked, "indexName"));
        json!({
            "vectorBucketName": bucket, "indexName": name, "indexArn": arn(bucket, name), "creationTime": 0,
            "dataType": "float32", "dimension": self.dimension, "distanceMetric": "cosine",
        })
    }

    /// All or nothing.
    pub(super) fn put(&mut self, asked: &Value) -> Result<Value, Refusal> {
        let put = list(asked, "vectors", PUT_MAX)?;
        let checked = put.iter().map(|vector| self.checked(vector)).collect::<Result<Vec<_>, _>>()?;
        self.vectors.extend(checked);
        Ok(json!({}))
    }

    fn checked(&self, put: &Value) -> Result<(String, Vector), Refusal> {
        let key = text(put, "key");
        let wrong = |what: &str| invalid(format!("Invalid record for key '{key}': {what}"));
        if !KEY_CHARS.contains(&key.chars().count()) {
            return Err(wrong("a key has 1 to 1024 characters"));
        }
        let numbers = self.numbers(put.get("data")).map_err(|what| wrong(&what))?;
        let metadata = put.get("metadata").filter(|metadata| !metadata.is_null()).cloned();
        let metadata = metadata.unwrap_or_else(|| json!({}));
        self.check_metadata(&metadata).map_err(wrong)?;
        Ok((key.to_owned(), Vector { numbers, metadata }))
    }

    fn numbers(&self, data: Option<&Value>) -> Result<Vec<f32>, String> {
        let written = data.and_then(|data| data.get("float32")).and_then(Value::as_array);
        let written = written.ok_or("vector data must be given as float32")?;
        #[expect(clippy::cast_possible_truncation, reason = "the service keeps single precision")]
        let numbers: Vec<f32> = written.iter().filter_map(|number| Some(number.as_f64()? as f32)).collect();
        if numbers.len() != self.dimension || written.len() != self.dimension {
            return Err(format!(
                "vector must have length {}, but has length {}",
                self.dimension,
                written.len()
            ));
        }
        if numbers.iter().all(|number| *number == 0.0) {
            return Err("zero vectors are not allowed with the cosine distance metric".to_owned());
        }
        Ok(numbers)
    }

    fn check_metadata(&self, metadata: &Value) -> Result<(), &'static str> {
        let fields = metadata.as_object().ok_or("metadata must be an object")?;
        let kept_only = |key: &String| self.kept_only.contains(key);
        let filterable: Map<String, Value> =
            fields.iter().filter(|(key, _)| !kept_only(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let bytes = |fields: &Map<String, Value>| serde_json::to_string(fields).map_or(0, |json| json.len());
        let is_small = fields.len() <= METADATA_KEYS_MAX
            && bytes(fields) <= METADATA_BYTES_MAX
            && bytes(&filterable) <= FILTERABLE_BYTES_MAX;
        is_small
            .then_some(())
            .ok_or("metadata must have at most 50 keys, 40 KB, and 2 KB that can be filtered by")
    }

    pub(super) fn delete(&mut self, asked: &Value) -> Result<Value, Refusal> {
        for key in list(asked, "keys", PUT_MAX)? {
            self.vectors.remove(key.as_str().unwrap_or_default());
        }
        Ok(json!({}))
    }

    pub(super) fn get(&self, asked: &Value) -> Result<Value, Refusal> {
        let keys = list(asked, "keys", GOT_MAX)?.iter().filter_map(Value::as_str);
        let found = keys.filter_map(|key| self.vectors.get_key_value(key));
        let found: Vec<Value> = found.map(|(key, vector)| vector.shown(key, asked, None)).collect();
        Ok(json!({ "vectors": found }))
    }

    pub(super) fn list(&self, asked: &Value) -> Result<Value, Refusal> {
        let most = number(asked, "maxResults").unwrap_or(LISTED);
        if !(1..=LISTED_MAX).contains(&most) {
            return Err(invalid("'maxResults' must be from 1 to 1000."));
        }
        let after = text(asked, "nextToken");
        let rest = self.vectors.iter().filter(|(key, _)| after.is_empty() || key.as_str() > after);
        let mut page: Vec<_> = rest.take(most + 1).collect();
        let next = (page.len() > most).then(|| page.pop()).flatten().and(page.last()).map(|(key, _)| *key);
        let shown: Vec<Value> = page.iter().map(|(key, vector)| vector.shown(key, asked, None)).collect();
        Ok(without_nulls(json!({ "vectors": shown, "nextToken": next })))
    }

    pub(super) fn query(&self, asked: &Value) -> Result<Value, Refusal> {
        let top_k = number(asked, "topK").filter(|top_k| TOP_K.contains(top_k));
        let top_k = top_k.ok_or_else(|| invalid("'topK' must be from 1 to 100."))?;
        let wrong = |what| invalid(format!("Invalid query vector: {what}"));
        let numbers = self.numbers(asked.get("queryVector")).map_err(wrong)?;
        let filter = Filter::read(asked.get("filter"), &self.kept_only).map_err(invalid)?;
        let fitting = self.vectors.iter().filter(|(_, vector)| filter.fits(&vector.metadata));
        let mut ranked: Vec<_> =
            fitting.map(|(key, vector)| (1.0 - cosine(&numbers, &vector.numbers), key, vector)).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        ranked.truncate(top_k);
        let from: usize = text(asked, "nextToken").parse().unwrap_or(0);
        let next = (from + PAGE < ranked.len()).then(|| (from + PAGE).to_string());
        let page = ranked.iter().skip(from).take(PAGE);
        let shown: Vec<Value> = page.map(|(far, key, vector)| vector.shown(key, asked, Some(*far))).collect();
        Ok(without_nulls(json!({ "vectors": shown, "distanceMetric": "cosine", "nextToken": next })))
    }
}

impl Vector {
    /// With what was asked for besides the key.
    fn shown(&self, key: &str, asked: &Value, distance: Option<f32>) -> Value {
        let wants = |field: &str| asked.get(field).and_then(Value::as_bool).unwrap_or(false);
        without_nulls(json!({
            "key": key,
            "data": wants("returnData").then(|| json!({ "float32": self.numbers })),
            "metadata": wants("returnMetadata").then(|| self.metadata.clone()),
            "distance": distance.filter(|_| wants("returnDistance")),
        }))
    }
}

fn list<'a>(asked: &'a Value, field: &str, most: usize) -> Result<&'a [Value], Refusal> {
    let items = asked.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_list = (1..=most).contains(&items.len());
    if is_list { Ok(items) } else { Err(invalid(format!("'{field}' must have 1 to {most} items."))) }
}

fn number(asked: &Value, field: &str) -> Option<usize> {
    asked.get(field).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}
