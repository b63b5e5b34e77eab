//! The same questions where Amazon S3 Vectors has the vectors: what is found is the same.

use aws_sdk_s3vectors::Client;
use aws_sdk_s3vectors::config::{BehaviorVersion, Credentials, Region};
use knowledge::{Edition, Index, Outsourced, Precision, Search};
use stand_ins::s3vectors::{Handle, Options};
use vectors::{Engine, Place, S3Vectors};

use crate::set::{self, Question};
use crate::vectors_bin::Vectors;
use crate::{By, labelled, last};

const MODEL: &str = "multilingual-e5-small";

/// The stand-in behind its wire, and the SDK's client of it.
async fn engine() -> S3Vectors {
    let service = Handle::open(&Options { data: None, buckets: vec!["bucket".to_owned()] }).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { service.serve(listener, std::future::pending()).await });
    let config = aws_sdk_s3vectors::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(url);
    let place = Place { bucket: "bucket".to_owned(), index: "index".to_owned() };
    S3Vectors::of(Client::from_conf(config.build()), place)
}

/// The labelled set's index, its vectors written to the engine.
async fn outsourced(engine: &S3Vectors, vectors: &Vectors) -> Index {
    let passages = set::passages();
    let edition = Edition::new("labelled", MODEL, 1);
    let of = |passage: &knowledge::Passage| vectors.of("passage", &passage.searched());
    let named: Vec<_> = passages.iter().map(|passage| (passage.fingerprint(), of(passage))).collect();
    let sample: Vec<Vec<f32>> = named.iter().map(|(_, vector)| vector.clone()).collect();
    let dimensions = sample.first().map_or(0, Vec::len);
    engine.prepare(dimensions).await.unwrap();
    engine.put(&edition, &named).await.unwrap();
    let small_talk = Index::SMALL_TALK.map(|text| vectors.of("query", text)).into();
    Index::outsourced(Outsourced {
        model: MODEL.to_owned(),
        passages,
        dimensions,
        edition,
        sample,
        small_talk,
    })
}

#[tokio::test]
async fn s3_vectors_finds_what_the_file_finds() {
    let (engine, vectors) = (engine().await, Vectors::read());
    let index = outsourced(&engine, &vectors).await;
    let edition = index.edition().unwrap();
    for file in set::FILES {
        let by_file = labelled(file, Precision::Full);
        for min_score in [None, Some(0.0), Some(0.1)] {
            let (mut found_right, mut asked) = (0, 0);
            for question in &by_file.questions {
                let neighbours = engine.near(edition, &vectors.of("query", &question.text)).await.unwrap();
                let near = index.near_elsewhere(&neighbours);
                let search = Search { text: &question.text, near: &near, passages: 3, min_score };
                let found = index.search(&search);
                let found: Vec<_> = found.iter().map(|found| last(&found.passage.source)).collect();
                let same = by_file.finds(question, By::Both, min_score);
                assert_eq!(found, same, "{}", question.text);
                found_right += usize::from(is_right(question, &found));
                asked += usize::from(question.answered_by.is_some());
            }
            assert_eq!((found_right, asked), by_file.recall_of_all(By::Both, min_score));
            println!("{file}, S3 Vectors, min_score {min_score:?}: recall@3 {found_right} of {asked}");
        }
    }
}

fn is_right(question: &Question, found: &[(String, String)]) -> bool {
    question.answered_by.as_ref().is_some_and(|right| found.contains(right))
}
