//! Order within a group, the lock on it, and the counts.
use crate::world::{World, bodies};

fn five_of_a() -> World {
    let mut world = World::fifo(&[("VisibilityTimeout", "30")]);
    for i in 0..5 {
        world.send("A", &format!("a{i}"));
    }
    world
}

#[test]
fn one_receive_gives_several_messages_of_a_group_in_order() {
    assert_eq!(five_of_a().bodies(), ["a0", "a1", "a2", "a3", "a4"]);
}

#[test]
fn a_group_is_locked_until_its_last_message_in_flight_is_gone_and_others_are_not() {
    let mut world = five_of_a();
    let flight = world.receive(2);
    world.send("B", "b0");
    assert_eq!(world.bodies(), ["b0"]);
    world.delete(&flight[0]).unwrap();
    assert!(world.bodies().is_empty(), "a1 is still in flight");
    world.delete(&flight[1]).unwrap();
    assert_eq!(world.bodies(), ["a2", "a3", "a4"]);
}

#[test]
fn the_group_with_the_oldest_message_comes_first() {
    let mut world = World::fifo(&[]);
    for (group, body) in [("Z", "z0"), ("A", "a0"), ("Z", "z1")] {
        world.send(group, body);
    }
    assert_eq!(world.bodies(), ["z0", "z1", "a0"]);
}

#[test]
fn messages_that_time_out_come_back_in_their_order_and_are_counted() {
    let mut world = five_of_a();
    world.receive(3);
    world.later_s(30);
    let again = world.receive(10);
    assert_eq!(bodies(&again), ["a0", "a1", "a2", "a3", "a4"]);
    let counts: Vec<u32> = again.iter().map(|message| message.receive_count).collect();
    assert_eq!(counts, [2, 2, 2, 1, 1]);
}

#[test]
fn the_timeout_ends_to_the_millisecond() {
    let mut world = World::fifo(&[("VisibilityTimeout", "30")]);
    world.send("A", "a0");
    world.receive(1);
    world.now += 29_999;
    assert!(world.bodies().is_empty());
    world.now += 1;
    assert_eq!(world.bodies(), ["a0"]);
}

#[test]
fn an_extended_message_holds_back_what_follows_it_wherever_it_stands() {
    for (extended, comes) in [(0, vec![]), (1, vec!["a0"]), (2, vec!["a0", "a1"])] {
        let mut world = five_of_a();
        let flight = world.receive(3);
        world.visibility(&flight[extended], 300).unwrap();
        world.later_s(30);
        assert_eq!(world.bodies(), comes, "extended: {extended}");
    }
}

#[test]
fn released_messages_return_to_their_places_whatever_the_order_of_release() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut world = five_of_a();
        let flight = world.receive(3);
        for i in order {
            world.visibility(&flight[i], 0).unwrap();
        }
        assert_eq!(world.bodies(), ["a0", "a1", "a2", "a3", "a4"], "released as {order:?}");
    }
}

#[test]
fn a_message_of_a_locked_group_counts_as_visible() {
    let mut world = World::fifo(&[("VisibilityTimeout", "30")]);
    for i in 0..6 {
        world.send(&format!("g{}", i / 2), &format!("m{i}"));
    }
    world.receive(1);
    world.receive(1);
    assert_eq!(world.counts(), (4, 2, 0));
    world.later_s(30);
    assert_eq!(world.counts(), (6, 0, 0));
}

#[test]
fn the_queues_delay_hides_messages_and_keeps_their_order() {
    let mut world = World::fifo(&[("DelaySeconds", "10")]);
    world.send("A", "a0");
    world.later_s(5);
    world.send("A", "a1");
    assert_eq!((world.counts(), world.bodies().len()), ((0, 0, 2), 0));
    world.later_s(5);
    assert_eq!(world.bodies(), ["a0"], "a1 is still delayed");
    world.later_s(5);
    assert!(world.bodies().is_empty(), "a0 is in flight and locks its group");
}

#[test]
fn a_message_is_gone_when_the_retention_period_ends() {
    let mut world = World::fifo(&[]);
    world.send("A", "old");
    world.later_s(4 * 24 * 3600 - 1);
    assert_eq!(world.counts(), (1, 0, 0), "the default is 4 days");
    world.later_s(1);
    assert_eq!(world.counts(), (0, 0, 0));
}
