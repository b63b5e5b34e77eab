//! Queue functions: one record after the other, and an answer that names the failed ones.
//!
//! In a FIFO queue everything of a group behind a failed record fails too, or the group's order would be lost.
//! A panic fails its own record.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::Millis;
use futures_util::FutureExt;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tracing::Instrument;

/// A received message of a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// SQS's id.
    pub id: String,
    /// Its handle for this delivery.
    pub receipt: String,
    /// The body.
    pub body: String,
    /// The name of the queue it came from.
    pub queue: String,
    /// The FIFO group; empty in a standard queue.
    pub group: String,
    /// The trace of the invocation that sent it, as X-Ray writes it; empty when it says none.
    pub trace: String,
    /// How often it has been delivered, this time included.
    pub received: u32,
}

/// What a handler makes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Delete it.
    Done,
    /// Deliver it again: it waits for something.
    Again,
    /// Deliver it again: something went wrong. Counted by an alarm.
    Failed,
}

/// Serves batches until Lambda ends the sandbox. The handler gets the time at which the invocation is killed; `ended`
/// hears how many records of a batch failed.
pub async fn serve<H, F, E, D>(handler: H, ended: E) -> Result<(), Error>
where
    H: Fn(Record, Millis) -> F + Send + Sync + 'static,
    F: Future<Output = Verdict> + Send,
    E: Fn(u64) -> D + Send + Sync + 'static,
    D: Future<Output = ()> + Send,
{
    let (handler, ended) = (Arc::new(handler), Arc::new(ended));
    let service = service_fn(move |event: LambdaEvent<SqsEvent>| {
        let (handler, ended) = (Arc::clone(&handler), Arc::clone(&ended));
        async move {
            let deadline = Millis(i64::try_from(event.context.deadline).unwrap_or(i64::MAX));
            let records = event.payload.records.into_iter().map(record).collect();
            let outcome = each(records, deadline, handler.as_ref()).await;
            ended(outcome.failures).await;
            Ok::<_, Error>(response(outcome.again))
        }
    });
    lambda_runtime::run(service).await
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The ids of the records that have to come again.
    pub again: Vec<String>,
    /// How many of them failed, and do not just wait.
    pub failures: u64,
}

/// One record after the other.
pub async fn each<H, F>(records: Vec<Record>, deadline: Millis, handler: &H) -> Outcome
where
    H: Fn(Record, Millis) -> F,
    F: Future<Output = Verdict>,
{
    let mut outcome = Outcome::default();
    let mut broken_groups = HashSet::new();
    for record in records {
        let (id, group) = (record.id.clone(), record.group.clone());
        let verdict = if broken_groups.contains(&group) {
            Verdict::Again
        } else {
            let sent_in = tracing::info_span!("record", trace = record.trace);
            let handling = AssertUnwindSafe(async { handler(record, deadline).await }).catch_unwind();
            let handled = handling.instrument(sent_in).await;
            handled.unwrap_or(Verdict::Failed)
        };
        if verdict == Verdict::Failed {
            outcome.failures += 1;
            tracing::error!(event = "item_failed", record = id, group, "record failed");
        }
        if verdict != Verdict::Done {
            outcome.again.push(id);
            if !group.is_empty() {
                broken_groups.insert(group);
            }
        }
    }
    outcome
}

fn record(message: SqsMessage) -> Record {
    let attribute = |name: &str| message.attributes.get(name).cloned().unwrap_or_default();
    Record {
        queue: message
            .event_source_arn
            .as_deref()
            .and_then(|arn| arn.rsplit(':').next())
            .unwrap_or_default()
            .to_owned(),
        group: attribute("MessageGroupId"),
        trace: attribute("AWSTraceHeader"),
        received: attribute("ApproximateReceiveCount").parse().unwrap_or(1),
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
    }
}

fn response(failed: Vec<String>) -> SqsBatchResponse {
    let failures = failed.into_iter().map(|id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.collect();
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(names: &[(&str, &str)]) -> Vec<Record> {
        let record = |(id, group): &(&str, &str)| Record {
            id: (*id).to_owned(),
            group: (*group).to_owned(),
            body: (*id).to_owned(),
            ..Record::default()
        };
        names.iter().map(record).collect()
    }

    async fn failed(names: &[(&str, &str)]) -> Vec<String> {
        let handler = |record: Record, _| async move {
            assert_ne!(record.body, "panic", "as told");
            match record.body.as_str() {
                "bad" => Verdict::Failed,
                "later" => Verdict::Again,
                _ => Verdict::Done,
            }
        };
        each(records(names), Millis(0), &handler).await.again
    }

    #[tokio::test]
    async fn behind_a_failure_a_group_fails_and_others_go_on() {
        let names = [("a1", "a"), ("bad", "a"), ("b1", "b"), ("a3", "a"), ("b2", "b")];
        assert_eq!(failed(&names).await, ["bad", "a3"]);
    }

    #[tokio::test]
    async fn what_waits_comes_again_as_what_failed_does() {
        assert_eq!(failed(&[("later", "a"), ("a2", "a")]).await, ["later", "a2"]);
    }

    #[tokio::test]
    async fn a_panic_fails_its_own_record() {
        assert_eq!(failed(&[("panic", "a"), ("b1", "b")]).await, ["panic"]);
    }

    #[tokio::test]
    async fn what_waits_is_no_failure() {
        let verdict = |record: Record, _| async move {
            if record.body == "bad" { Verdict::Failed } else { Verdict::Again }
        };
        let outcome = each(records(&[("bad", "a"), ("a2", "a"), ("later", "b")]), Millis(0), &verdict).await;
        assert_eq!((outcome.failures, outcome.again.len()), (1, 3));
    }

    #[tokio::test]
    async fn a_standard_queue_has_no_groups() {
        assert_eq!(failed(&[("bad", ""), ("n2", "")]).await, ["bad"]);
    }

    #[test]
    fn the_response_is_the_json_that_lambda_reads() {
        let json = serde_json::to_string(&response(vec!["m2".to_owned()])).unwrap();
        assert_eq!(json, r#"{"batchItemFailures":[{"itemIdentifier":"m2"}]}"#);
        assert_eq!(serde_json::to_string(&response(vec![])).unwrap(), r#"{"batchItemFailures":[]}"#);
    }
}
