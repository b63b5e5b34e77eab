//! Does one operation on a message so many times, for `tests/instructions/run` to count its instructions:
//! `counted verify|parse|receive|turn|notify PLATFORM TIMES`, at the project's root. The first three are the webhook's.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement fails by panicking"
)]

#[path = "../../../../functions/webhook/benches/hot_path/scene.rs"]
mod scene;

mod kept;
mod waiting;

use std::hint::black_box;
use std::path::Path;

use scene::{FILES, Scene};
use waiting::Waiting;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [operation, platform, times] = words.as_slice() else { panic!("counted OPERATION PLATFORM TIMES") };
    let times = times.parse().unwrap();
    let scene = Scene::of(Path::new("."));
    let delivery = scene.delivery(FILES.iter().find(|file| file.starts_with(platform)).unwrap());
    let verified = delivery.verify();
    match operation.as_str() {
        "verify" => repeat(times, || delivery.verify()),
        "parse" => repeat(times, || delivery.parse(&verified)),
        "receive" => repeat(times, || delivery.receive()),
        "turn" => {
            let waiting = Waiting::of(&scene, &delivery);
            repeat(times, || waiting.turn());
        }
        "notify" => {
            let waiting = Waiting::of(&scene, &delivery);
            repeat(times, || waiting.notify());
        }
        _ => panic!("there is no operation {operation}"),
    }
}

fn repeat<T>(times: u32, operation: impl Fn() -> T) {
    for _ in 0..times {
        black_box(operation());
    }
}
