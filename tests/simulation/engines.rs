//! Our evaluator of the table's expressions answers every request as the embedded DynamoDB engine does.

use simulation::explore::{Engine, Setup, explore};

use crate::{from_environment, setup};

#[test]
fn the_fast_engine_answers_as_the_embedded_one() {
    let runs = from_environment("TURNWISE_ENGINE_RUNS", 48);
    for seed in 0..runs {
        let report = explore(&Setup { engine: Engine::Both, ..setup(seed) });
        assert!(report.violations.is_empty(), "seed {seed}: {:?}", report.violations);
        assert_eq!(report.trace, explore(&setup(seed)).trace, "seed {seed}");
    }
}
