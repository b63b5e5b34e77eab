//! Messages arrive at times that are fixed beforehand. `cargo run --release -- load` is the long version, with the figures.

use serde_json::Value;

use crate::stack::turnwise;

#[tokio::test]
async fn what_arrives_at_a_fixed_rate_is_acknowledged_and_answered_though_processors_are_killed() {
    let crowd = ["--users", "8", "--rate", "8", "--seconds", "3", "--ramp", "1", "--call-ms", "300"];
    // What was killed is taken over within seconds.
    let quick = [
        "answer_timeout_ms=2000",
        "deadline_reserve_ms=2500",
        "lease_margin_ms=300",
        "clock_skew_ms=0",
        "processor_timeout_s=5",
        "visibility_timeout_s=6",
        "watch_after_s=6",
    ];
    let quick = quick.into_iter().flat_map(|setting| ["--set", setting]);
    let load = ["load", "hundred", "--json", "--kill-every", "1.5"];
    let output = turnwise().args(load).args(crowd).args(quick).output().await.unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(output.status.success(), "{found:#}\n{}", String::from_utf8_lossy(&output.stderr));
    let verdict = &found["verdict"];
    assert_eq!(
        (&found["messages"], &verdict["acknowledged"]),
        (&Value::from(28), &Value::from(28)),
        "{found:#}"
    );
    assert_eq!(
        (&verdict["outcomes"], &verdict["model_requests_repeated"]),
        (&Value::from(28), &Value::from(0))
    );
    // A killed turn is told as lost: its words stand in no answer.
    assert!(found["answered"]["count"].as_u64() > Some(0), "{found:#}");
}

#[tokio::test]
async fn connections_are_used_again_from_turn_to_turn() {
    // Ten turns, one after the other, in two processors that have begun before the first.
    let load = ["load", "ten", "--json", "--cap", "2", "--call-ms", "20"];
    let output = turnwise().args(load).output().await.unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(output.status.success(), "{found:#}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(found["verdict"]["model_requests"], 10, "{found:#}");
    let to_the_model = found["connections"]["model"].as_u64();
    assert!(to_the_model.is_some_and(|opened| (1..=2).contains(&opened)), "{found:#}");
    // Processors and whoever sends notices; each request of a turn on a connection of its own would be twenty.
    assert!(found["connections"]["platform"].as_u64() < Some(10), "{found:#}");
}
