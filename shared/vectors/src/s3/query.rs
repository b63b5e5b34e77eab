//! The processor's only request: which vectors are near.

use std::collections::HashMap;

use aws_sdk_s3vectors::types::VectorData;
use aws_smithy_types::{Document, Number};
use knowledge::{Edition, Neighbour};

use super::fate::why;
use super::{OF, S3Vectors, SINCE, points};
use crate::VectorsError;

/// Most that a query can bring (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html>). A search
/// reads twenty; the rest is room for vectors of passages that the index does not have any more.
const TOP_K: i32 = 100;

impl S3Vectors {
    pub(super) async fn query(
        &self,
        edition: &Edition,
        vector: &[f32],
    ) -> Result<Vec<Neighbour>, VectorsError> {
        if !points(vector) {
            return Ok(Vec::new());
        }
        let query =
            self.client.query_vectors().vector_bucket_name(&self.place.bucket).index_name(&self.place.index);
        let query = query.query_vector(VectorData::Float32(vector.to_vec())).top_k(TOP_K);
        let query = query.filter(own(edition)).return_distance(true);
        let (mut pages, mut neighbours) = (query.into_paginator().send(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| why(&error))?;
            neighbours.extend(page.vectors().iter().filter_map(|found| {
                let fingerprint = edition.fingerprint(found.key())?;
                // The service's distance is one less the cosine.
                Some(Neighbour { fingerprint, cosine: 1.0 - found.distance()? })
            }));
        }
        Ok(neighbours)
    }
}

/// The vectors of an edition: its own, and none that came later.
fn own(edition: &Edition) -> Document {
    let is = |field: &str, operator: &str, value| object(field, object(operator, value));
    let made_at = Document::Number(Number::PosInt(edition.made_at));
    let both = vec![is(OF, "$eq", Document::String(edition.of.clone())), is(SINCE, "$lte", made_at)];
    object("$and", Document::Array(both))
}

fn object(name: &str, value: Document) -> Document {
    Document::Object(HashMap::from([(name.to_owned(), value)]))
}
