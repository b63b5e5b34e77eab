//! What is measured of the messages that come: each is counted once, and so is its end. And what telling it costs.

use domain::figures::{SLOT_MS, Tally, slot};
use domain::turn::WhenFull;
use domain::{Metric, Millis, Outcome};
use io::Table;
use simulation::Counted;

use super::{NOW, SECRET, house, house_with};

#[tokio::test]
async fn what_was_taken_in_is_the_sum_of_how_it_ended() {
    let house = house_with("waiting_max = 3\n");
    for message_id in 1..=5 {
        assert_eq!(house.delivers(message_id, "hello", Some(SECRET)).await, 200);
    }
    assert_eq!(house.delivers(2, "hello", Some(SECRET)).await, 200, "known");
    assert_eq!(house.delivers(5, "hello", Some(SECRET)).await, 200, "refused before");
    assert_eq!(house.delivers(6, "hello", Some("wrong")).await, 401);
    while house.turns().await {}
    assert_eq!(house.delivers(1, "hello", Some(SECRET)).await, 200, "settled");

    let measured = |metric| house.world.measured(metric);
    let ended = |outcome| measured(Metric::Ended(outcome));
    assert_eq!((ended(Outcome::Answered), ended(Outcome::Refused)), (3, 2));
    assert_eq!(measured(Metric::Acknowledged), Outcome::ALL.into_iter().map(ended).sum::<u64>());
    assert_eq!((measured(Metric::DuplicatesDropped), measured(Metric::ForgedRequests)), (3, 1));
    assert_eq!((measured(Metric::ModelRequests), measured(Metric::ModelFailures)), (1, 0));
    assert_eq!((measured(Metric::TokensIn), measured(Metric::TokensOut)), (1, 1));
}

#[tokio::test]
async fn a_message_that_made_room_has_ended_too() {
    let mut house = house_with("waiting_max = 1\n");
    house.webhook.bot.when_full = WhenFull::DropOldest;
    for message_id in 1..=2 {
        assert_eq!(house.delivers(message_id, "hello", Some(SECRET)).await, 200);
    }
    assert_eq!(house.world.measured(Metric::Ended(Outcome::Dropped)), 1);
    assert_eq!(house.world.measured(Metric::Acknowledged), 2);
}

#[tokio::test]
async fn prices_make_tokens_a_cost() {
    let house = house_with("input_cents_per_million = 25\noutput_cents_per_million = 200\n");
    assert_eq!(house.delivers(1, "hello", Some(SECRET)).await, 200);
    assert!(house.turns().await);
    assert_eq!(house.world.measured(Metric::ModelCost), 225);
}

#[tokio::test]
async fn telling_figures_is_one_write_and_a_repeated_one_changes_nothing() {
    let world = house().world;
    let table = Table::of(&world);
    let mut tally = Tally::default();
    tally.add(Metric::AcknowledgementTime, 7, NOW);
    tally.add(Metric::Ended(Outcome::Answered), 2, NOW);
    world.count_anew();
    let due = tally.due(NOW);
    for (slot, figures) in due.iter().chain(&due) {
        table.record_figures(*slot, "api#one", figures).await.expect("written");
        table.record_figures(*slot, "api#two", figures).await.expect("written");
    }
    assert_eq!(world.counted(), Counted { writes: 4, ..Counted::default() });
    let figures = table.figures(slot(NOW)).await.expect("figures");
    assert_eq!(
        figures.into_values().map(|figures| figures.outcomes[&Outcome::Answered]).collect::<Vec<_>>(),
        [2, 2]
    );

    let busy: usize = (0..SLOT_MS)
        .map(|ms| {
            let at = Millis(slot(NOW) * SLOT_MS + SLOT_MS + ms);
            tally.add(Metric::AcknowledgementTime, 1, at);
            tally.due(at).len()
        })
        .sum();
    assert!(busy <= 15, "{busy} writes of a process in a slot");
}
