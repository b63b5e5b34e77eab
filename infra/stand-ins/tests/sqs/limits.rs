//! What is refused, and how.
use crate::world::{QUEUE, World, map, message};
use stand_ins::sqs::rules::{Entry, NewMessage, Receive, SqsError};

const MIB: usize = 1_048_576;

fn batch(bodies: &[String]) -> Vec<Entry<NewMessage>> {
    let entries = bodies.iter().enumerate();
    entries.map(|(i, body)| Entry { id: i.to_string(), item: message("A", &format!("d{i}"), body) }).collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, SqsError>) -> &'static str {
    match result.unwrap_err() {
        SqsError::InvalidParameter { name, .. } | SqsError::MissingParameter { name } => name,
        other => panic!("{other}"),
    }
}

#[test]
fn a_body_may_have_one_mebibyte() {
    let mut world = World::fifo(&[]);
    world.send_as("A", "fits", &"x".repeat(MIB)).unwrap();
    assert_eq!(refused(world.send_as("A", "over", &"x".repeat(MIB + 1))), "MessageBody");
}

#[test]
fn the_queues_own_limit_holds() {
    let mut world = World::fifo(&[("MaximumMessageSize", "1024")]);
    world.send_as("A", "fits", &"x".repeat(1024)).unwrap();
    assert_eq!(refused(world.send_as("A", "over", &"x".repeat(1025))), "MessageBody");
}

#[test]
fn a_batch_has_ten_entries_of_one_mebibyte_in_sum_with_distinct_ids() {
    let mut world = World::fifo(&[]);
    let many = batch(&vec!["m".to_owned(); 11]);
    assert_eq!(world.queues.send_batch(QUEUE, many, 0), Err(SqsError::TooManyEntries { count: 11 }));
    assert_eq!(world.queues.send_batch(QUEUE, vec![], 0), Err(SqsError::EmptyBatch));
    let long = batch(&["x".repeat(MIB), "y".to_owned()]);
    assert_eq!(world.queues.send_batch(QUEUE, long, 0), Err(SqsError::BatchTooLong { bytes: MIB + 1 }));
    let mut same = batch(&["a".to_owned(), "b".to_owned()]);
    same[1].id = "0".to_owned();
    assert_eq!(
        world.queues.send_batch(QUEUE, same, 0),
        Err(SqsError::EntryIdsNotDistinct { id: "0".into() })
    );
    assert_eq!(world.counts(), (0, 0, 0), "nothing of a refused batch is kept");
}

#[test]
fn a_fifo_message_has_a_group_and_an_id_and_no_delay_of_its_own() {
    let mut world = World::fifo(&[]);
    let without_group = NewMessage { group: None, ..message("A", "d", "m") };
    assert_eq!(refused(world.queues.send(QUEUE, without_group.clone(), 0)), "MessageGroupId");
    let without_id = NewMessage { deduplication_id: None, ..message("A", "d", "m") };
    assert_eq!(refused(world.queues.send(QUEUE, without_id, 0)), "MessageDeduplicationId");
    let delayed = NewMessage { delay_s: Some(2), ..message("A", "d", "m") };
    assert_eq!(refused(world.queues.send(QUEUE, delayed, 0)), "DelaySeconds");
    let entry = Entry { id: "0".into(), item: without_group };
    assert_eq!(refused(world.queues.send_batch(QUEUE, vec![entry], 0)), "MessageGroupId");
}

#[test]
fn an_id_has_128_visible_characters_at_most() {
    let mut world = World::fifo(&[]);
    for bad in ["a".repeat(129), "group 123".into(), String::new(), "ä".into()] {
        assert_eq!(refused(world.send_as("A", &bad, "m")), "MessageDeduplicationId", "{bad:?}");
    }
    world.send_as("A", &"a".repeat(128), "m").unwrap();
    world.send_as("A", r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##, "m").unwrap();
}

#[test]
fn a_standard_message_may_be_delayed_by_fifteen_minutes() {
    let mut world = World::new();
    world.create("plain", &[]).unwrap();
    let delayed = |delay_s| NewMessage { body: "m".into(), delay_s: Some(delay_s), ..NewMessage::default() };
    assert_eq!(refused(world.queues.send("plain", delayed(901), world.now)), "DelaySeconds");
    world.queues.send("plain", delayed(900), world.now).unwrap();
    world.queues.send("plain", delayed(0), world.now).unwrap();
    assert_eq!(world.receive_from("plain").len(), 1, "one is not delayed");
    assert_eq!(
        world.queues.next_change("plain", world.now),
        Some(world.now + 30_000),
        "the flight ends first"
    );
    world.later_s(900);
    assert_eq!(world.receive_from("plain").len(), 2, "one delayed, one timed out");
}

#[test]
fn a_receive_takes_one_to_ten_and_half_a_day() {
    let mut world = World::fifo(&[]);
    for count_max in [0, 11] {
        let request = Receive { count_max, ..Receive::default() };
        assert_eq!(refused(world.queues.receive(QUEUE, &request, 0)), "MaxNumberOfMessages");
    }
    let request = Receive { visibility_s: Some(43_201), ..Receive::default() };
    assert_eq!(refused(world.queues.receive(QUEUE, &request, 0)), "VisibilityTimeout");
}

#[test]
fn a_queue_is_made_twice_only_with_equal_attributes() {
    let mut world = World::fifo(&[("VisibilityTimeout", "7")]);
    world.create(QUEUE, &[("VisibilityTimeout", "7")]).unwrap();
    let refused = world.create(QUEUE, &[("VisibilityTimeout", "8")]);
    assert_eq!(refused, Err(SqsError::QueueNameExists { attribute: "VisibilityTimeout".into() }));
}

#[test]
fn attributes_are_checked_and_nothing_of_a_refused_set_holds() {
    let mut world = World::fifo(&[]);
    let wanted = map(&[("DelaySeconds", "5"), ("VisibilityTimeout", "43201")]);
    let refused = world.queues.set_queue_attributes(QUEUE, &wanted, 0);
    assert_eq!(refused, Err(SqsError::InvalidAttributeValue { name: "VisibilityTimeout".into() }));
    let unknown = world.queues.set_queue_attributes(QUEUE, &map(&[("Colour", "red")]), 0);
    assert_eq!(unknown, Err(SqsError::InvalidAttributeName { name: "Colour".into() }));
    let attributes = world.queues.queue_attributes(QUEUE, &["All".into()], 0).unwrap();
    assert_eq!(attributes["DelaySeconds"], "0");
    assert_eq!(attributes["MaximumMessageSize"], "1048576");
}

#[test]
fn control_characters_are_refused() {
    let mut world = World::fifo(&[]);
    assert_eq!(world.send_as("A", "d", "bell\u{7}"), Err(SqsError::InvalidMessageContents));
    world.send_as("A", "d", "tab\tnewline\n😀").unwrap();
}
