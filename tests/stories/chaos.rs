//! Everything breaks at once, for a short while. `cargo run --release -- chaos --minutes 30` is the long version.

use serde_json::Value;

use crate::stack::turnwise;

#[tokio::test]
async fn in_a_storm_of_kills_cuts_and_errors_nothing_acknowledged_is_lost() {
    let arguments = ["chaos", "--json", "--minutes", "0.2", "--users", "12"];
    let output = turnwise().args(arguments).output().await.unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(output.status.success(), "{found:#}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(found["missing"], 0, "{found:#}");
    assert_eq!(found["model_requests_repeated"], 0, "{found:#}");
    assert!(found["acknowledged"].as_u64() > Some(20), "somebody wrote: {found:#}");
    assert!(found["kills"].as_u64() > Some(2), "something was killed: {found:#}");
}
