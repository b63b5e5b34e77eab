//! What the webhook computes for a message of each platform: `cargo bench -p webhook`.
//!
//! `verify` proves a request, `parse` reads it, `receive` is the whole of it up to its answer, admission and doorbell
//! included, in a world that answers at once. `docs/performance.md` has figures.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros make functions")]

mod scene;

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use scene::{FILES, Scene};

fn hot_path(criterion: &mut Criterion) {
    let scene = Scene::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    for file in FILES {
        let delivery = scene.delivery(file);
        let verified = delivery.verify();
        let name = file.split('/').next().unwrap();
        criterion.bench_function(&format!("verify/{name}"), |bencher| bencher.iter(|| delivery.verify()));
        criterion
            .bench_function(&format!("parse/{name}"), |bencher| bencher.iter(|| delivery.parse(&verified)));
        criterion.bench_function(&format!("receive/{name}"), |bencher| bencher.iter(|| delivery.receive()));
    }
}

criterion_group!(benches, hot_path);
criterion_main!(benches);
