//! Duplicates of sends, and retries of receives.
use crate::world::{World, bodies, message};
use stand_ins::sqs::rules::{Entry, NewMessage, Receive, Received};

#[test]
fn a_duplicate_is_answered_with_the_first_send_and_not_delivered() {
    let mut world = World::fifo(&[]);
    let first = world.send_as("A", "d", "first").unwrap();
    let second = world.send_as("B", "d", "second").unwrap();
    assert_eq!(second, first, "the scope is the queue, not the group");
    assert_eq!(world.bodies(), ["first"]);
}

#[test]
fn the_window_is_five_minutes_from_the_first_send_and_outlives_the_message() {
    let mut world = World::fifo(&[]);
    world.send_as("A", "d", "first").unwrap();
    let received = world.receive(1);
    world.delete(&received[0]).unwrap();
    world.now += 299_999;
    world.send_as("A", "d", "duplicate").unwrap();
    assert!(world.bodies().is_empty());
    world.now += 1;
    world.send_as("A", "d", "new").unwrap();
    assert_eq!(world.bodies(), ["new"]);
}

#[test]
fn with_the_scope_of_a_group_the_same_id_in_another_group_is_new() {
    let mut world = World::fifo(&[("DeduplicationScope", "messageGroup")]);
    for group in ["A", "B", "A"] {
        world.send_as(group, "d", group).unwrap();
    }
    assert_eq!(world.bodies(), ["A", "B"]);
}

#[test]
fn the_content_serves_as_id_when_the_queue_says_so() {
    let mut world = World::fifo(&[("ContentBasedDeduplication", "true")]);
    for body in ["same", "same", "other"] {
        let new = NewMessage { body: body.into(), group: Some("A".into()), ..NewMessage::default() };
        world.queues.send(crate::world::QUEUE, new, world.now).unwrap();
    }
    assert_eq!(world.bodies(), ["same", "other"]);
}

#[test]
fn duplicates_within_a_batch_succeed_and_are_delivered_once() {
    let mut world = World::fifo(&[]);
    let entry = |i: usize| Entry { id: i.to_string(), item: message("A", "d", &format!("m{i}")) };
    let answer =
        world.queues.send_batch(crate::world::QUEUE, (0..3).map(entry).collect(), world.now).unwrap();
    assert_eq!(answer.successful.len(), 3);
    assert_eq!(world.bodies(), ["m0"]);
}

#[test]
fn a_message_and_its_copy_in_another_world_have_the_same_id() {
    let ids: Vec<_> = (0..2).map(|_| World::fifo(&[]).send("A", "a0").message_id).collect();
    assert_eq!(ids[0], ids[1]);
    let mut world = World::fifo(&[]);
    assert_ne!(world.send("A", "a0").message_id, world.send("A", "a1").message_id);
}

fn attempt(world: &mut World, id: &str) -> Vec<Received> {
    world.receive_with(&Receive { count_max: 2, attempt_id: Some(id.into()), ..Receive::default() })
}

fn three_of_a() -> World {
    let mut world = World::fifo(&[("VisibilityTimeout", "30")]);
    for body in ["a0", "a1", "a2"] {
        world.send("A", body);
    }
    world
}

#[test]
fn a_retried_receive_gives_the_same_messages_and_starts_their_timeout_anew() {
    let mut world = three_of_a();
    let first = attempt(&mut world, "try");
    world.later_s(20);
    assert_eq!(attempt(&mut world, "try"), first);
    world.later_s(20);
    assert!(attempt(&mut world, "another").is_empty(), "in flight until 30 s after the retry");
    world.delete(&first[0]).expect("the handle still holds");
}

#[test]
fn a_receive_is_not_retried_once_a_message_of_it_was_deleted_or_changed() {
    let mut world = three_of_a();
    let first = attempt(&mut world, "try");
    world.visibility(&first[1], 60).unwrap();
    assert!(attempt(&mut world, "try").is_empty());
    let mut world = three_of_a();
    let first = attempt(&mut world, "try");
    world.delete(&first[0]).unwrap();
    assert!(attempt(&mut world, "try").is_empty());
    world.later_s(30);
    assert_eq!(bodies(&attempt(&mut world, "try")), ["a1", "a2"], "it is a new receive now");
}
