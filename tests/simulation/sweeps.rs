//! T8 and its like: something happens at every few milliseconds of a turn, from before it begins until after it has
//! been answered.

use domain::Outcome;
use simulation::explore::{Deed, Delivery, ModelTime, Report, Said, Setup, explore};

use crate::SHAPES;
use crate::crashes::{all_hold, calm};

/// The model's time, in milliseconds.
const CALL_MS: u64 = 3_000;
/// How late a stop is noticed: the poll, and the steps around it.
const NOTICED_MS: i64 = 500 + 100;

/// A message, and then the deed, arriving at this millisecond.
fn with(shape: (&'static str, &'static str), deed: Deed, arrives_ms: u64) -> Setup {
    let message = Delivery::of(Said::new(1, 1, 0, Deed::Text));
    let deed = Delivery { at_ms: arrives_ms, said: Said::new(1, 2, arrives_ms, deed) };
    // Another seed for each: what happens at the same time happens in another order.
    Setup { seed: arrives_ms, model_time: ModelTime::Fixed(CALL_MS), ..calm(shape, vec![message, deed]) }
}

/// The deed at each `every_ms` of the turn.
pub fn sweep(shape: (&'static str, &'static str), deed: Deed, every_ms: usize) -> Vec<Setup> {
    (0..CALL_MS + 1_500).step_by(every_ms).map(|at_ms| with(shape, deed, at_ms)).collect()
}

/// A full mailbox, and one message more at each `every_ms` of the time in which the first turn begins.
pub fn crowd(shape: (&'static str, &'static str), every_ms: usize) -> Vec<Setup> {
    let first = [(1, 100), (2, 110), (3, 120)];
    let with_one_more = |at_ms: u64| {
        let arrivals = first.into_iter().chain([(4, at_ms)]);
        let delivery =
            |(message_id, at_ms)| Delivery { at_ms, said: Said::new(1, message_id, 0, Deed::Text) };
        let script = arrivals.map(delivery).collect();
        Setup { seed: at_ms, model_time: ModelTime::Fixed(CALL_MS), ..calm(shape, script) }
    };
    (130..1_000).step_by(every_ms).map(with_one_more).collect()
}

#[test]
fn a_cancel_at_any_time_of_a_call_stops_it_or_comes_too_late_and_says_which() {
    let (mut stopped, mut late, mut nothing) = (0, 0, 0);
    for shape in SHAPES {
        for (at, setup) in sweep(shape, Deed::Cancel, 10).iter().enumerate() {
            let report = explore(setup);
            assert!(report.violations.is_empty(), "{shape:?}, {at}: {:?}", report.violations);
            match (report.outcomes.get(&(1, 1)), said_of_the_cancel(&report).as_slice()) {
                (Some(Outcome::Cancelled), ["Stopped (1)."]) => stopped += 1,
                (Some(Outcome::Answered), ["Your answer is already on its way."]) => late += 1,
                // It overtook the message, or came when the answer was there.
                (Some(Outcome::Answered), ["There is nothing to stop."]) => nothing += 1,
                other => panic!("{shape:?}, {} ms: {other:?}", at * 10),
            }
        }
    }
    println!("stopped {stopped}, too late {late}, nothing to stop {nothing}");
    assert!(stopped > 2_000 && late > 0 && nothing > 0);
}

fn said_of_the_cancel(report: &Report) -> Vec<&str> {
    let of_cancel = |text: &&str| !text.starts_with("answer ");
    report.shown.iter().map(|shown| shown.text.as_str()).filter(of_cancel).collect()
}

/// The next message is answered at once, so it shows when the slot was free again.
#[test]
fn a_cancelled_call_ends_within_a_poll() {
    for at_ms in (700..CALL_MS).step_by(50) {
        let mut setup = with(("queue", "reject_newest"), Deed::Cancel, at_ms);
        let next = Said::new(1, 3, at_ms, Deed::Text);
        setup.script.get_or_insert_default().push(Delivery { at_ms: at_ms + 60, said: next });
        let report = explore(&setup);
        assert!(report.violations.is_empty(), "{at_ms}: {:?}", report.violations);
        let answered = report.shown.iter().find(|shown| shown.text.starts_with("answer "));
        let answered_ms = answered.map_or(i64::MAX, |shown| shown.at_ms);
        let call_ms = i64::try_from(CALL_MS).unwrap_or(0);
        let began_ms = answered_ms - call_ms - i64::try_from(at_ms).unwrap_or(0);
        assert!(began_ms <= NOTICED_MS, "cancelled at {at_ms} ms, the next began {began_ms} ms later");
    }
}

#[test]
fn whatever_happens_at_any_time_of_a_turn_every_promise_holds() {
    let deeds = [Deed::Edit(1), Deed::Unsend(1), Deed::Text, Deed::Leave, Deed::Set, Deed::Hold, Deed::Erase];
    let all = SHAPES.into_iter().flat_map(|shape| deeds.map(|deed| sweep(shape, deed, 30)));
    let crowds = SHAPES.into_iter().flat_map(|shape| crowd(shape, 10));
    all_hold(&all.flatten().chain(crowds).collect::<Vec<_>>());
}
