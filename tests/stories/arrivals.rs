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
    assert_eq!(found["acknowledged"]["count"], 28, "{found:#}");
    // A killed turn is told as lost: its words stand in no answer. All others do.
    let (answered, unanswered) = (found["answered"]["count"].as_u64(), found["unanswered"].as_u64());
    assert_eq!(
        answered.zip(unanswered).map(|(answered, unanswered)| answered + unanswered),
        Some(28),
        "{found:#}"
    );
    assert!(answered > Some(0), "{found:#}");
}
