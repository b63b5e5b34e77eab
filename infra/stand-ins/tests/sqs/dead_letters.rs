//! Messages that are received too often, and their way back.
use crate::world::{DEAD, QUEUE, World, bodies, redrive};
use stand_ins::sqs::rules::{NewMessage, Receive, SqsError};

#[test]
fn the_receive_after_the_last_one_allowed_moves_the_message_and_goes_on_with_the_group() {
    let mut world = World::with_dead_letters(2, &[("VisibilityTimeout", "30")]);
    let sent = world.send("A", "poison");
    world.send("A", "next");
    for _ in 0..2 {
        assert_eq!(bodies(&world.receive(1)), ["poison"]);
        world.later_s(30);
    }
    assert_eq!(world.bodies(), ["next"]);
    let dead = world.receive_from(DEAD);
    let content = &dead[0].content;
    assert_eq!((content.id.as_str(), content.group.as_deref()), (sent.message_id.as_str(), Some("A")));
    assert_eq!(content.dead_letter_source, Some(world.queues.arn(QUEUE)));
    assert_eq!(dead[0].receive_count, 3, "the count goes on over all queues");
}

#[test]
fn the_dead_letter_queues_memory_of_sends_drops_no_moved_message() {
    let mut world = World::with_dead_letters(1, &[("VisibilityTimeout", "0")]);
    for body in ["p0", "p1"] {
        world.send_as("A", &format!("id-of-{body}"), body).unwrap();
        let copy = crate::world::message("A", &format!("id-of-{body}"), "sent to the dead directly");
        world.queues.send(DEAD, copy, world.now).unwrap();
    }
    world.receive(10);
    assert!(world.bodies().is_empty());
    let dead = bodies(&world.receive_from(DEAD));
    assert_eq!(dead[2..], ["p0", "p1"], "in their order");
}

#[test]
fn a_dead_letter_queue_is_of_the_same_kind_and_exists() {
    let mut world = World::new();
    world.create("plain", &[]).unwrap();
    for target in ["plain", "missing.fifo"] {
        let policy = redrive(&world.queues.arn(target), 2);
        let refused = world.create(QUEUE, &[("RedrivePolicy", &policy)]);
        assert!(matches!(refused, Err(SqsError::InvalidParameter { name: "RedrivePolicy", .. })), "{target}");
    }
}

#[test]
fn a_move_task_brings_the_messages_back_as_new_ones() {
    let mut world = World::with_dead_letters(1, &[("VisibilityTimeout", "0")]);
    let sent = world.send("A", "poison");
    world.receive(1);
    world.receive(1);
    let source = world.queues.arn(DEAD);
    world.queues.start_move(&source, None, world.now).unwrap();
    let back = world.receive(10);
    assert_eq!((bodies(&back), back[0].receive_count), (vec!["poison".to_owned()], 1));
    assert_ne!(back[0].content.id, sent.message_id);
    assert_eq!(world.queues.list_moves(&source, 10)[0].moved, 1);
}

#[test]
fn only_a_dead_letter_queue_can_be_moved_from() {
    let mut world = World::fifo(&[]);
    let own = world.queues.arn(QUEUE);
    let refused = world.queues.start_move(&own, None, world.now);
    assert!(matches!(refused, Err(SqsError::InvalidParameter { name: "SourceArn", .. })));
    let refused = world.queues.start_move("arn:aws:sqs:x:y:z", None, world.now);
    assert_eq!(refused, Err(SqsError::MoveSourceDoesNotExist));
}

#[test]
fn a_standard_queue_has_a_standard_dead_letter_queue() {
    let mut world = World::new();
    world.create("dead", &[]).unwrap();
    let policy = redrive(&world.queues.arn("dead"), 1);
    world.create("plain", &[("RedrivePolicy", &policy), ("VisibilityTimeout", "0")]).unwrap();
    world.queues.send("plain", NewMessage { body: "m".into(), ..NewMessage::default() }, world.now).unwrap();
    let sent_at = world.now;
    world.later_s(1);
    for expected in [1, 0] {
        let received = world.queues.receive("plain", &Receive::default(), world.now).unwrap();
        assert_eq!(received.len(), expected);
    }
    assert_eq!(
        world.receive_from("dead")[0].content.sent_at,
        sent_at,
        "a standard dead letter keeps its age"
    );
}
