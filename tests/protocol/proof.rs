//! A request without proof touches nothing at all.

use simulation::Counted;

use super::{SECRET, house};

#[tokio::test]
async fn forged_missing_and_truncated_proof_makes_no_call_to_the_world() {
    let house = house();
    for proof in [None, Some(""), Some("forged"), Some(&SECRET[..SECRET.len() - 1])] {
        assert_eq!(house.delivers(1, "hello", proof).await, 401, "{proof:?}");
    }
    assert_eq!(house.world.counted(), Counted::default());
}
