//! More write at once than may be answered at once. `cargo run --release -- ladder` is the long version, with the figures.

use serde_json::Value;

use crate::stack::turnwise;

#[tokio::test]
async fn of_many_who_write_at_once_no_more_than_the_cap_are_at_the_model_and_all_are_answered() {
    let crowds = ["--steps", "3", "--rounds", "1", "--users", "12", "--call-ms", "700", "--cap", "4"];
    let output = turnwise().args(["ladder", "--json"]).args(crowds).output().await.unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(output.status.success(), "{found:#}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((&found["lost"], &found["doubled"]), (&Value::from(0), &Value::from(0)), "{found:#}");
    assert_eq!(found["verdict"]["by_outcome"]["answered"], 15, "{found:#}");
    assert!((2..=4).contains(&found["in_flight_max"].as_u64().unwrap_or_default()), "{found:#}");
    // Nothing is quicker than the model's times allow; how much slower it is, is the machine's affair.
    let makespan = &found["crowds"][1]["makespan"];
    assert_eq!(makespan["floor_ms"], 2_100, "{found:#}");
    assert!(makespan["ms"].as_u64() >= makespan["floor_ms"].as_u64(), "{found:#}");
}
