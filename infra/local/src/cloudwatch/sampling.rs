//! What AWS measures once a minute by looking: queues, concurrency, and what was refused since it last looked.

use stand_ins::network::{self, Fate};
use stand_ins::sqs::{MessageState, QueueView};
use stand_ins::{scheduler, sqs};

use super::{CloudWatch, Metric};
use crate::lambda::Lambda;

/// Who is looked at.
pub struct Sampler {
    /// The functions.
    pub lambda: Lambda,
    /// The queues, when they are the stand-in's.
    pub queues: Option<sqs::Handle>,
    /// What says when something is due.
    pub schedules: scheduler::Handle,
    /// The way to the table, when it can break.
    pub table: Option<network::Handle>,
    seen: Seen,
}

/// What has been counted before.
#[derive(Default)]
struct Seen {
    refusals: usize,
    failures: u64,
}

/// Received more often, a message is left out of its queue's age. Source: Amazon SQS developer guide, "Available CloudWatch
/// metrics for Amazon SQS", `ApproximateAgeOfOldestMessage`.
const RECEIVES_MAX: u32 = 3;

impl Sampler {
    /// Looks at these.
    pub fn of(
        lambda: Lambda,
        queues: Option<sqs::Handle>,
        schedules: scheduler::Handle,
        table: Option<network::Handle>,
    ) -> Sampler {
        Sampler { lambda, queues, schedules, table, seen: Seen::default() }
    }

    /// Looks, and has it written down.
    pub fn sample(&mut self, cloudwatch: &CloudWatch) {
        for (function, busy) in self.lambda.at_work() {
            cloudwatch.of_function(function, "ConcurrentExecutions", count(busy));
        }
        if let Some(queues) = &self.queues {
            let snapshot = queues.snapshot();
            snapshot.queues.iter().for_each(|queue| of_queue(cloudwatch, queue, snapshot.at));
        }
        self.table_refusals(cloudwatch);
        let failures = self.schedules.failures();
        let whose = &cloudwatch.0.stack;
        let errors = Metric::of("AWS/Scheduler", "TargetErrorCount", "ScheduleGroup", whose);
        cloudwatch.put(errors, count(failures - self.seen.failures));
        self.seen.failures = failures;
    }

    /// A refusal is one of a read when what was refused asked for something.
    fn table_refusals(&mut self, cloudwatch: &CloudWatch) {
        let Some(table) = &self.table else { return };
        let damages = table.damages();
        for damage in damages.iter().skip(self.seen.refusals).filter(|damage| damage.fate == Fate::Throttled)
        {
            let body = String::from_utf8_lossy(&damage.body);
            let is_read = body.contains("ConsistentRead") || body.contains("KeyConditionExpression");
            let name = if is_read { "ReadThrottleEvents" } else { "WriteThrottleEvents" };
            cloudwatch.put(Metric::of("AWS/DynamoDB", name, "TableName", &cloudwatch.0.stack), 1.0);
        }
        self.seen.refusals = damages.len();
    }
}

fn of_queue(cloudwatch: &CloudWatch, queue: &QueueView, at_ms: u64) {
    let put = |name, value| cloudwatch.put(Metric::of("AWS/SQS", name, "QueueName", &queue.name), value);
    put("ApproximateNumberOfMessagesVisible", count(queue.visible));
    put("ApproximateNumberOfMessagesNotVisible", count(queue.in_flight));
    let waiting = queue
        .messages
        .iter()
        .filter(|message| message.state != MessageState::Delayed && message.receive_count <= RECEIVES_MAX);
    let oldest_ms = waiting.map(|message| at_ms.saturating_sub(message.sent_at)).max().unwrap_or(0);
    put("ApproximateAgeOfOldestMessage", count(cloudwatch.as_minutes_go_ms(oldest_ms) / 1_000));
}

fn count<N: TryInto<u32>>(number: N) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}
