//! When a receiver that found nothing should look again.
use crate::world::{QUEUE, World};

#[test]
fn an_idle_queue_names_no_time_but_the_retention() {
    let mut world = World::fifo(&[]);
    assert_eq!(world.queues.next_change(QUEUE, world.now), None);
    world.send("A", "a0");
    assert_eq!(world.queues.next_change(QUEUE, world.now), Some(world.now + 4 * 24 * 3_600_000));
}

#[test]
fn the_end_of_a_flight_and_of_a_delay_are_named() {
    let mut world = World::fifo(&[("DelaySeconds", "10"), ("VisibilityTimeout", "30")]);
    world.send("A", "a0");
    let delay_end = world.now + 10_000;
    assert_eq!(world.queues.next_change(QUEUE, world.now), Some(delay_end));
    world.now = delay_end;
    assert_eq!(world.bodies(), ["a0"]);
    assert_eq!(world.queues.next_change(QUEUE, world.now), Some(delay_end + 30_000));
    world.create("other.fifo", &[]).unwrap();
    assert_eq!(world.queues.next_change_of_all(world.now), Some(delay_end + 30_000));
}

#[test]
fn a_send_an_unlocking_delete_and_a_release_open_the_queue() {
    let mut world = World::fifo(&[]);
    assert!(!world.queues.has_open(QUEUE));
    world.send("A", "a0");
    world.send("A", "a1");
    assert!(world.queues.has_open(QUEUE), "after the send");
    let a0 = world.receive(1).remove(0);
    assert!(!world.queues.has_open(QUEUE), "locked");
    world.delete(&a0).unwrap();
    assert!(world.queues.has_open(QUEUE), "after the delete");
    let a1 = world.receive(1).remove(0);
    world.visibility(&a1, 0).unwrap();
    assert!(world.queues.has_open(QUEUE), "after the release");
}
