//! What a turn costs. These numbers are the bill: a change that raises one has to say why.
//!
//! Not in them, as they belong to no turn: what a process writes of its figures when an invocation has done its work, one
//! write, at most 15 in ten seconds (`figures.rs`).

use simulation::Counted;

use super::{SECRET, house};

#[tokio::test]
async fn a_turn_of_one_message_stays_within_its_budget() {
    let house = house();
    for (message_id, which) in [(1, "the first ever"), (2, "the second"), (3, "the third")] {
        house.world.count_anew();
        assert_eq!(house.delivers(message_id, "hello", Some(SECRET)).await, 200);
        assert!(house.turns().await);
        let counted = house.world.counted();
        // Writes: message, admission, claim, answer, gate, commit. Reads: the one query, and the model's circuit,
        // which a process otherwise reads every two seconds. Doorbell: send, receive, delete. Notice: the watch of the first waiting message. Sign: typing, while the model works.
        let budget = Counted { writes: 6, reads: 2, doorbells: 3, notices: 1, http: 1, signs: 1, model: 1 };
        assert_eq!(counted, budget, "{which} message of a conversation");
    }
}

#[tokio::test]
async fn a_turn_of_ten_messages_costs_two_writes_each_and_four() {
    let house = house();
    for message_id in 1..=10 {
        assert_eq!(house.delivers(message_id, "hello", Some(SECRET)).await, 200);
    }
    while house.turns().await {}
    let counted = house.world.counted();
    // Each doorbell after the first finds nothing waiting: a claim that fails.
    assert_eq!(counted.writes, 2 * 10 + 4 + 9);
    assert_eq!((counted.reads, counted.model, counted.http), (2, 1, 1));
    assert_eq!(counted.doorbells, 3 * 10 + 1, "and one receive that finds the queue empty");
}

#[tokio::test]
async fn a_duplicate_costs_a_look_and_never_a_model_call() {
    let house = house();
    house.delivers(1, "hello", Some(SECRET)).await;
    assert!(house.turns().await);
    house.world.count_anew();
    assert_eq!(house.delivers(1, "hello", Some(SECRET)).await, 200);
    // The message that is there, the watch in case its first delivery died, the admission that fails: settled.
    let budget = Counted { writes: 2, notices: 1, ..Counted::default() };
    assert_eq!(house.world.counted(), budget);
    assert!(!house.turns().await);
}
