//! What the owner's command does: vectors are put, counted and taken away. Everything may be done twice.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_s3vectors::operation::create_index::CreateIndexError;
use aws_sdk_s3vectors::operation::get_index::GetIndexError;
use aws_sdk_s3vectors::types::{DataType, DistanceMetric, GetOutputVector, PutInputVector, VectorData};
use aws_smithy_types::{Document, Number};
use knowledge::{Edition, Fingerprint};

use super::fate::{not_asked, why};
use super::{OF, S3Vectors, SINCE, points};
use crate::VectorsError;

/// Most vectors of one request, and most bytes of it: 20 MiB, with some room
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html>).
const PUT_MAX: usize = 500;
const PUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most keys of one request, from the same page.
const DELETED_MAX: usize = 500;
const GOT_MAX: usize = 100;
const LISTED_MAX: i32 = 1_000;

/// A number of a vector as the SDK writes it, with its comma: of double precision.
const NUMBER_BYTES: usize = 24;

impl S3Vectors {
    /// Makes the vector index, or finds it. The vector bucket is the owner's to make.
    ///
    /// # Errors
    /// `Refused` also when an index of that name has other vectors: they cannot stand side by side.
    pub async fn prepare(&self, dimensions: usize) -> Result<(), VectorsError> {
        let get =
            self.client.get_index().vector_bucket_name(&self.place.bucket).index_name(&self.place.index);
        let standing = match get.send().await {
            Ok(got) => got.index,
            Err(error) if error.as_service_error().is_some_and(GetIndexError::is_not_found_exception) => {
                return self.create(dimensions).await;
            }
            Err(error) => return Err(why(&error)),
        };
        let has = standing.map(|index| (index.dimension, index.distance_metric));
        match has {
            Some((has, DistanceMetric::Cosine)) if usize::try_from(has) == Ok(dimensions) => Ok(()),
            _ => {
                let (bucket, index) = (&self.place.bucket, &self.place.index);
                Err(VectorsError::Refused(format!(
                    "the vector index `{index}` in `{bucket}` is not one of {dimensions} dimensions by cosine, which the \
                     embedding model needs: name another one"
                )))
            }
        }
    }

    async fn create(&self, dimensions: usize) -> Result<(), VectorsError> {
        let dimension = i32::try_from(dimensions).map_err(|error| not_asked(&error))?;
        let create =
            self.client.create_index().vector_bucket_name(&self.place.bucket).index_name(&self.place.index);
        let create = create.data_type(DataType::Float32).dimension(dimension);
        let Err(error) = create.distance_metric(DistanceMetric::Cosine).send().await else { return Ok(()) };
        match error.as_service_error() {
            // Somebody else has just made it.
            Some(CreateIndexError::ConflictException(_)) => Ok(()),
            Some(CreateIndexError::NotFoundException(_)) => {
                let bucket = &self.place.bucket;
                Err(VectorsError::Refused(format!(
                    "there is no vector bucket `{bucket}` in this account and region: make it by \
                     `aws s3vectors create-vector-bucket --vector-bucket-name {bucket}`"
                )))
            }
            _ => Err(why(&error)),
        }
    }

    /// The keys of all vectors of a bot, whatever model they are of. `listed`: is told how many were looked at.
    ///
    /// # Errors
    /// The first page that did not come.
    pub async fn standing(
        &self,
        bot: &str,
        mut listed: impl FnMut(usize),
    ) -> Result<BTreeSet<String>, VectorsError> {
        let list = self.client.list_vectors().vector_bucket_name(&self.place.bucket);
        let list = list.index_name(&self.place.index).max_results(LISTED_MAX);
        let (mut pages, mut keys, mut count) = (list.into_paginator().send(), BTreeSet::new(), 0);
        let prefix = format!("{bot}/");
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| why(&error))?;
            count += page.vectors().len();
            let own =
                page.vectors.into_iter().map(|vector| vector.key).filter(|key| key.starts_with(&prefix));
            keys.extend(own);
            listed(count);
        }
        Ok(keys)
    }

    /// Writes vectors, which the edition's index will be the first to see. One that points nowhere is left out.
    ///
    /// # Errors
    /// The first batch that was not written; those before it stand.
    pub async fn put(
        &self,
        edition: &Edition,
        vectors: &[(Fingerprint, Vec<f32>)],
    ) -> Result<(), VectorsError> {
        let dimensions = vectors.first().map_or(0, |(_, vector)| vector.len());
        let at_once = (PUT_BYTES_MAX / (dimensions * NUMBER_BYTES).max(1)).clamp(1, PUT_MAX);
        let pointing: Vec<_> = vectors.iter().filter(|(_, vector)| points(vector)).collect();
        for batch in pointing.chunks(at_once) {
            let batch = batch.iter().map(|(fingerprint, vector)| named(edition, fingerprint, vector));
            let batch = batch.collect::<Result<Vec<_>, _>>()?;
            let put = self.client.put_vectors().vector_bucket_name(&self.place.bucket);
            let put = put.index_name(&self.place.index).set_vectors(Some(batch));
            put.send().await.map_err(|error| why(&error))?;
        }
        Ok(())
    }

    /// Takes vectors away. One that is not there is no failure.
    ///
    /// # Errors
    /// The first batch that was not deleted.
    pub async fn delete(&self, keys: &[String]) -> Result<(), VectorsError> {
        for batch in keys.chunks(DELETED_MAX) {
            let delete = self.client.delete_vectors().vector_bucket_name(&self.place.bucket);
            let delete = delete.index_name(&self.place.index).set_keys(Some(batch.to_vec()));
            delete.send().await.map_err(|error| why(&error))?;
        }
        Ok(())
    }

    /// The vectors of these keys, in any order; those that are not there left out.
    ///
    /// # Errors
    /// The first batch that did not come.
    pub async fn vectors(&self, keys: &[String]) -> Result<Vec<Vec<f32>>, VectorsError> {
        let mut vectors = Vec::new();
        for batch in keys.chunks(GOT_MAX) {
            let get = self.client.get_vectors().vector_bucket_name(&self.place.bucket);
            let get = get.index_name(&self.place.index).set_keys(Some(batch.to_vec())).return_data(true);
            let got = get.send().await.map_err(|error| why(&error))?;
            vectors.extend(got.vectors.into_iter().filter_map(numbers));
        }
        Ok(vectors)
    }
}

fn named(
    edition: &Edition,
    fingerprint: &Fingerprint,
    vector: &[f32],
) -> Result<PutInputVector, VectorsError> {
    let metadata = HashMap::from([
        (OF.to_owned(), Document::String(edition.of.clone())),
        (SINCE.to_owned(), Document::Number(Number::PosInt(edition.made_at))),
    ]);
    let named = PutInputVector::builder().key(edition.key(fingerprint));
    let named = named.data(VectorData::Float32(vector.to_vec())).metadata(Document::Object(metadata));
    named.build().map_err(|error| not_asked(&error))
}

fn numbers(vector: GetOutputVector) -> Option<Vec<f32>> {
    match vector.data? {
        VectorData::Float32(numbers) => Some(numbers),
        _ => None,
    }
}
