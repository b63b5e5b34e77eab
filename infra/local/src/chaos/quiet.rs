//! After the harm: waiting until nothing is on its way any more.

use std::time::{Duration, Instant};

use crate::stack::Stack;

/// How long it may take: a crash at the very end is overcome within two visibility timeouts; a webhook whose connection
/// hangs is given up after a minute and comes again after another, and once more if that connection had been cut.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Waits until the platform has delivered everything and no queue holds anything. `false`: it does not come to that.
pub async fn wait(stack: &Stack) -> bool {
    let begin = Instant::now();
    let mut told_at = begin;
    while begin.elapsed() < PATIENCE {
        let (updates, queued) = on_its_way(stack);
        if updates + queued == 0 {
            return true;
        }
        if told_at.elapsed() >= Duration::from_secs(5) {
            eprintln!("no more harm: {updates} updates and {queued} queued messages still on their way");
            told_at = Instant::now();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

/// Updates that the platform still has, and messages in queues, watches included: they go when nothing waits.
fn on_its_way(stack: &Stack) -> (usize, usize) {
    let updates = stack.engines.telegram.as_ref().map_or(0, stand_ins::telegram::Handle::pending);
    let queues = stack.engines.queues.as_ref().map(stand_ins::sqs::Handle::snapshot);
    let queued = queues.iter().flat_map(|snapshot| &snapshot.queues).map(|queue| queue.messages.len()).sum();
    (updates, queued)
}
