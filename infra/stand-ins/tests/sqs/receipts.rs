//! What a receipt handle is good for.
use crate::world::{QUEUE, World};
use stand_ins::sqs::rules::{Entry, NewMessage, Receive, SqsError};

fn one_in_flight() -> (World, stand_ins::sqs::rules::Received) {
    let mut world = World::fifo(&[("VisibilityTimeout", "30")]);
    world.send("A", "a0");
    let message = world.receive(1).remove(0);
    (world, message)
}

#[test]
fn an_expired_handle_is_refused_and_the_message_stays() {
    let (mut world, message) = one_in_flight();
    world.later_s(30);
    assert_eq!(world.delete(&message), Err(SqsError::ReceiptHandleExpired));
    assert_eq!(world.visibility(&message, 60), Err(SqsError::ReceiptHandleExpired));
    assert_eq!(world.bodies(), ["a0"]);
}

#[test]
fn a_handle_from_before_a_redelivery_has_no_effect() {
    let (mut world, old) = one_in_flight();
    world.later_s(30);
    let new = world.receive(1).remove(0);
    assert_ne!(old.receipt_handle, new.receipt_handle);
    assert_eq!(world.delete(&old), Ok(()));
    assert_eq!(world.counts(), (0, 1, 0));
    assert_eq!(world.delete(&new), Ok(()));
    assert_eq!(world.counts(), (0, 0, 0));
}

#[test]
fn deleting_twice_succeeds() {
    let (mut world, message) = one_in_flight();
    assert_eq!((world.delete(&message), world.delete(&message)), (Ok(()), Ok(())));
}

#[test]
fn an_extended_message_can_be_deleted_after_the_first_timeout() {
    let (mut world, message) = one_in_flight();
    world.visibility(&message, 120).unwrap();
    world.later_s(119);
    assert_eq!(world.delete(&message), Ok(()));
}

#[test]
fn a_bad_handle_fails_alone_in_a_batch() {
    let (mut world, message) = one_in_flight();
    let entry = |id: &str, handle: &str| Entry { id: id.to_owned(), item: handle.to_owned() };
    let entries = vec![entry("bad", "not-a-handle"), entry("good", &message.receipt_handle)];
    let answer = world.queues.delete_batch(QUEUE, entries, world.now).unwrap();
    assert_eq!(answer.failed[0].error, SqsError::ReceiptHandleIsInvalid);
    assert_eq!((answer.failed.len(), answer.successful.len(), world.counts()), (1, 1, (0, 0, 0)));
}

#[test]
fn a_handle_of_another_queue_is_invalid() {
    let (mut world, message) = one_in_flight();
    world.create("other.fifo", &[]).unwrap();
    let refused = world.queues.delete("other.fifo", &message.receipt_handle, world.now);
    assert_eq!(refused, Err(SqsError::ReceiptHandleIsInvalid));
}

#[test]
fn a_standard_queue_deletes_with_an_expired_handle() {
    let mut world = World::new();
    world.create("plain", &[("VisibilityTimeout", "30")]).unwrap();
    world.queues.send("plain", NewMessage { body: "m".into(), ..NewMessage::default() }, world.now).unwrap();
    let message = world.queues.receive("plain", &Receive::default(), world.now).unwrap().remove(0);
    world.later_s(31);
    let handle = &message.receipt_handle;
    assert_eq!(
        world.queues.change_visibility("plain", handle, 60, world.now),
        Err(SqsError::MessageNotInFlight)
    );
    world.queues.delete("plain", handle, world.now).unwrap();
    assert_eq!(world.queues.messages("plain", world.now).unwrap(), []);
}
