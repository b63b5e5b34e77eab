//! The queues as `template.yaml` makes them, on the rules of the SQS stand-in.

use io::world::{Queue, QueueError, QueueRequest};
use stand_ins::sqs::rules::{NewMessage, Queues, Receive, Received};

pub(crate) const DOORBELLS: &str = "doorbells.fifo";
pub(crate) const URGENT: &str = "urgent.fifo";
pub(crate) const DEAD_LETTERS: &str = "dead-letters.fifo";
pub(crate) const NOTICES: &str = "notices";

/// The queues, empty. Times are milliseconds since 1970.
pub(crate) fn created(now_ms: u64) -> Queues {
    let mut queues = Queues::new("us-east-1", "000000000000", 1);
    let text = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    let fifo = [
        ("FifoQueue", "true"),
        ("DeduplicationScope", "messageGroup"),
        ("FifoThroughputLimit", "perMessageGroupId"),
        ("VisibilityTimeout", "75"),
    ];
    let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead-letters.fifo","maxReceiveCount":10}"#;
    let with_redrive = [&fifo[..], &[("RedrivePolicy", redrive)]].concat();
    for (name, attributes) in [
        (DEAD_LETTERS, text(&fifo)),
        (DOORBELLS, text(&with_redrive)),
        (URGENT, text(&with_redrive)),
        (NOTICES, text(&[("VisibilityTimeout", "60")])),
    ] {
        // Its rules accept these: a refusal shows in the first test as a queue that does not exist.
        let _ = queues.create_queue(name, &attributes, now_ms);
    }
    queues
}

/// Does what the request asks.
pub(crate) fn execute(queues: &mut Queues, request: QueueRequest, now_ms: u64) -> Result<(), QueueError> {
    let done = match request {
        QueueRequest::Ring { queue, group, dedup, body } => {
            let ring = NewMessage {
                body,
                group: Some(group),
                deduplication_id: Some(dedup),
                ..NewMessage::default()
            };
            queues.send(name(queue), ring, now_ms).map(drop)
        }
        QueueRequest::Notice { body, delay_s } => {
            let notice = NewMessage { body, delay_s: Some(delay_s), ..NewMessage::default() };
            queues.send(NOTICES, notice, now_ms).map(drop)
        }
        QueueRequest::Postpone { queue, receipt, seconds } => {
            queues.change_visibility(name(queue), &receipt, seconds, now_ms)
        }
    };
    done.map_err(|error| QueueError(format!("{error:?}")))
}

/// The next visible message, as an event source mapping receives it.
pub(crate) fn receive(queues: &mut Queues, queue: &str, now_ms: u64) -> Option<Received> {
    let receive = Receive { count_max: 1, visibility_s: None, attempt_id: None };
    queues.receive(queue, &receive, now_ms).ok()?.into_iter().next()
}

fn name(queue: Queue) -> &'static str {
    match queue {
        Queue::Doorbells => DOORBELLS,
        Queue::Urgent => URGENT,
        Queue::Notices => NOTICES,
        Queue::DeadLetters => DEAD_LETTERS,
    }
}
