//! `/email`: a mail is sent once, or the user is told that it may not have been; never twice.

use simulation::explore::{Deed, Delivery, Faults, Report, Said, Setup, explore};

use crate::SHAPES;
use crate::crashes::{all_hold, calm, crashing, sleeping};

const SENT: &str = "The e-mail has been sent.";
const UNSURE: &str = "The e-mail may not have been sent.";
const FAILED: &str = "The e-mail could not be sent.";

/// Somebody talks, and wants the talk by mail.
fn a_mail() -> Vec<Delivery> {
    let deeds = [(0, Deed::Text), (20_000, Deed::Asks("/email ann@example.org"))];
    let said = (1..).zip(deeds).map(|(id, (at_ms, deed))| Said::new(1, id, at_ms, deed));
    // The platform delivers the wish twice.
    said.flat_map(|said| [100, 9_000].map(|late| Delivery { at_ms: said.at_ms + late, said: said.clone() }))
        .collect()
}

fn says(report: &Report, text: &str) -> usize {
    report.shown.iter().filter(|shown| shown.text.starts_with(text)).count()
}

/// At most one mail, and the user was told the truth about it.
fn check(report: &Report, place: &dyn std::fmt::Debug) {
    let mailed = report.mailed.len();
    assert!(mailed <= 1, "{place:?}: mailed {mailed} times");
    let (sent, unsure, failed) = (says(report, SENT), says(report, UNSURE), says(report, FAILED));
    assert!(sent == 0 || mailed == 1, "{place:?}: said to be sent, and was not");
    assert!(mailed == 0 || sent + unsure > 0, "{place:?}: sent in silence: {:?}", report.shown);
    assert!(failed == 0 || mailed == 0, "{place:?}: said to have failed, and was sent");
    assert!(sent == 0 || unsure + failed == 0, "{place:?}: two stories: {:?}", report.shown);
}

#[test]
fn a_mail_is_sent_and_the_user_told() {
    for shape in SHAPES {
        let report = explore(&calm(shape, a_mail()));
        assert!(report.violations.is_empty(), "{shape:?}: {:?}", report.violations);
        assert_eq!((report.mailed.len(), says(&report, SENT)), (1, 1), "{shape:?}: {:?}", report.shown);
        assert_eq!(report.mailed.first().map(|(to, _)| to.as_str()), Some("ann@example.org"));
    }
}

#[test]
fn a_crash_at_any_point_sends_no_mail_twice() {
    let setups: Vec<Setup> = SHAPES.into_iter().flat_map(|shape| crashing(&calm(shape, a_mail()))).collect();
    println!("{} single crashes", setups.len());
    let mut unsure = 0;
    for setup in &setups {
        let report = explore(setup);
        check(&report, &(setup.strategy, &setup.faults));
        unsure += says(&report, UNSURE);
    }
    // A death between the record that it is tried and that of the answer: nobody can know.
    assert!(unsure > 0, "no crash fell into the window that the record of the attempt is for");
    all_hold(&setups);
}

#[test]
fn a_worker_asleep_at_any_point_sends_no_mail_twice() {
    let setups: Vec<Setup> = SHAPES.into_iter().flat_map(|shape| sleeping(&calm(shape, a_mail()))).collect();
    for setup in &setups {
        let report = explore(setup);
        assert!(report.mailed.len() <= 1, "{:?}: mailed {} times", setup.faults, report.mailed.len());
    }
    all_hold(&setups);
}

#[test]
fn a_post_that_refuses_or_is_silent_is_told_of_as_such() {
    for (faults, told, mailed) in
        [(Faults { unknown_send: 1_000, ..Faults::none() }, UNSURE, 1), (Faults::none(), SENT, 1)]
    {
        let setup = Setup { faults: Some(faults), ..calm(("burst", "reject_newest"), a_mail()) };
        let report = explore(&setup);
        assert_eq!((report.mailed.len(), says(&report, told)), (mailed, 1), "{:?}", report.shown);
    }
}

#[test]
fn what_is_wrong_is_said_and_nothing_sent_and_no_more_than_so_many_a_day() {
    let asked = [
        ("/email ann@example.org", "There is no conversation to send yet."),
        ("/email", "This does not look like an e-mail address."),
        ("/email ann", "This does not look like an e-mail address."),
        ("/email ann@example.org,ben@example.org", "This does not look like an e-mail address."),
        ("/email ann@example.org handbook", "There is nothing of that name to send."),
    ];
    let mut deeds: Vec<Deed> = asked.iter().map(|(words, _)| Deed::Asks(words)).collect();
    deeds.push(Deed::Text);
    deeds.extend([Deed::Asks("/email ann@example.org"); 5]);
    let script = (1_u64..).zip(deeds).map(|(id, deed)| Delivery::of(Said::new(1, id, id * 20_000, deed)));
    let report = explore(&calm(("queue", "reject_newest"), script.collect()));
    assert!(report.violations.is_empty(), "{:?}", report.violations);
    for (at, (words, answer)) in asked.iter().enumerate() {
        let shown = report.shown.get(at).map(|shown| shown.text.as_str()).unwrap_or_default();
        assert!(shown.starts_with(answer), "{words}: {shown}");
    }
    // The one without a conversation counted as well: five wishes a day.
    assert_eq!(report.mailed.len(), 4);
    assert_eq!(says(&report, "No more e-mails can be sent today (5)."), 1);
}
