//! S3 Vectors' stand-in: its limits, its filters, and what it keeps.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "requests are written down where they are made")]

use serde_json::{Value, json};
use stand_ins::s3vectors::rules::{Account, Refusal};

fn with(fields: Value) -> Value {
    let mut asked = json!({ "vectorBucketName": "bucket", "indexName": "index" });
    asked.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    asked
}

/// An index of two dimensions, whose metadata `text` cannot be filtered by.
fn account() -> Account {
    let mut account = Account::default();
    account.call("CreateVectorBucket", &json!({ "vectorBucketName": "bucket" })).unwrap();
    let kept_only = json!({ "nonFilterableMetadataKeys": ["text"] });
    let index = json!({
        "dataType": "float32", "dimension": 2, "distanceMetric": "cosine", "metadataConfiguration": kept_only,
    });
    account.call("CreateIndex", &with(index)).unwrap();
    account
}

fn vector(key: &str, numbers: [f32; 2], metadata: Value) -> Value {
    json!({ "key": key, "data": { "float32": numbers }, "metadata": metadata })
}

fn put(account: &mut Account, vectors: &[Value]) -> Result<Value, Refusal> {
    account.call("PutVectors", &with(json!({ "vectors": vectors })))
}

fn keys(answer: &Value) -> Vec<&str> {
    answer["vectors"].as_array().unwrap().iter().map(|vector| vector["key"].as_str().unwrap()).collect()
}

#[test]
fn filters_say_which_vectors_are_compared() {
    let mut account = account();
    let films = [
        vector("a", [1.0, 0.0], json!({ "genre": ["drama", "war"], "year": 1990 })),
        vector("b", [0.9, 0.1], json!({ "genre": "drama", "year": 2010 })),
        vector("c", [0.0, 1.0], json!({ "genre": "comedy", "year": 2020, "seen": true })),
    ];
    put(&mut account, &films).unwrap();
    for (filter, found) in [
        (json!(null), "abc"),
        (json!({ "genre": "drama" }), "ab"),
        (json!({ "genre": { "$ne": "war" } }), "bc"),
        (json!({ "year": { "$gte": 2010, "$lt": 2020 } }), "b"),
        (json!({ "year": { "$lte": 2010.0 } }), "ab"),
        (json!({ "genre": { "$in": ["war", "comedy"] } }), "ac"),
        (json!({ "genre": { "$nin": ["drama"] } }), "c"),
        (json!({ "seen": { "$exists": false } }), "ab"),
        (json!({ "$or": [{ "seen": true }, { "year": { "$gt": 2000 } }] }), "bc"),
        (json!({ "$and": [{ "genre": "drama" }, { "year": { "$lt": 2000 } }] }), "a"),
    ] {
        let query = json!({ "queryVector": { "float32": [1.0, 0.0] }, "topK": 10, "filter": filter });
        let answer = account.call("QueryVectors", &with(query)).unwrap();
        assert_eq!(keys(&answer).concat(), found, "{filter}");
    }
    for filter in [json!({ "text": "x" }), json!({ "$and": [] }), json!({ "year": { "$gt": "x" } })] {
        let query = json!({ "queryVector": { "float32": [1.0, 0.0] }, "topK": 10, "filter": filter });
        let answer = account.call("QueryVectors", &with(query));
        assert!(matches!(answer, Err(Refusal::Validation(_))), "{filter}");
    }
}

#[test]
fn what_goes_beyond_a_limit_is_refused_as_a_whole() {
    let mut account = account();
    let good = vector("good", [1.0, 0.0], json!({}));
    let long = "x".repeat(3_000);
    for bad in [
        vector("", [1.0, 0.0], json!({})),
        vector(&long, [1.0, 0.0], json!({})),
        vector("bad", [0.0, 0.0], json!({})),
        vector("bad", [1.0, 0.0], json!({ "genre": long })),
        vector("bad", [1.0, 0.0], json!({ "text": "x".repeat(41_000) })),
        json!({ "key": "bad", "data": { "float32": [1.0] } }),
    ] {
        assert!(matches!(put(&mut account, &[good.clone(), bad]), Err(Refusal::Validation(_))));
    }
    assert!(matches!(put(&mut account, &vec![good.clone(); 501]), Err(Refusal::Validation(_))));
    assert!(keys(&account.call("ListVectors", &with(json!({}))).unwrap()).is_empty());
    put(&mut account, &[good, vector("long", [1.0, 0.0], json!({ "text": long }))]).unwrap();
    for top_k in [0, 101] {
        let query = json!({ "queryVector": { "float32": [1.0, 0.0] }, "topK": top_k });
        assert!(matches!(account.call("QueryVectors", &with(query)), Err(Refusal::Validation(_))));
    }
}

#[test]
fn lists_and_neighbours_come_in_pages() {
    let mut account = account();
    let many: Vec<Value> =
        (0..70_u8).map(|at| vector(&format!("k{at:02}"), [1.0, f32::from(at)], json!({}))).collect();
    put(&mut account, &many).unwrap();
    for (operation, asked) in [
        ("ListVectors", json!({ "maxResults": 25 })),
        ("QueryVectors", json!({ "queryVector": { "float32": [1.0, 0.0] }, "topK": 65 })),
    ] {
        let (mut all, mut token, mut pages) = (Vec::new(), Value::Null, 0);
        while pages == 0 || !token.is_null() {
            let mut asked = with(asked.clone());
            asked["nextToken"] = token;
            let page = account.call(operation, &asked).unwrap();
            all.extend(keys(&page).into_iter().map(ToOwned::to_owned));
            (token, pages) = (page["nextToken"].clone(), pages + 1);
        }
        let wanted = if operation == "ListVectors" { 70 } else { 65 };
        let expected: Vec<String> = (0..wanted).map(|at| format!("k{at:02}")).collect();
        assert_eq!((all, pages), (expected, 3), "{operation}");
    }
}

#[test]
fn names_are_taken_once_and_what_is_not_there_is_said() {
    let mut account = account();
    let taken = account.call("CreateVectorBucket", &json!({ "vectorBucketName": "bucket" }));
    assert!(matches!(taken, Err(Refusal::Conflict(_))));
    let absent = json!({ "vectorBucketName": "bucket", "indexName": "other" });
    assert!(matches!(account.call("GetIndex", &absent), Err(Refusal::NotFound(_))));
    put(&mut account, &[vector("a", [1.0, 0.0], json!({}))]).unwrap();
    account.call("DeleteVectors", &with(json!({ "keys": ["a", "never"] }))).unwrap();
    let got = account.call("GetVectors", &with(json!({ "keys": ["a"] }))).unwrap();
    assert!(keys(&got).is_empty());
}
