//! The event source mapping: from a queue into a function.
//!
//! As AWS does it: as many pollers as the maximum concurrency, batch size 1; what succeeded is deleted, what
//! failed is left to its visibility timeout; a response that cannot be read fails the whole batch. All of it with the
//! permissions of the function's role.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::cli::Failure;
use crate::lambda::{Ended, Lambda};
use crate::resources;

/// One mapping.
#[derive(Clone)]
pub struct Mapping {
    /// From.
    pub queue_url: String,
    /// Its ARN, as functions see it.
    pub queue_arn: String,
    /// The access key of the function's role.
    pub access_key: String,
    /// Into.
    pub function: &'static str,
    /// Most invocations at a time.
    pub concurrency: usize,
}

/// Seconds of a long poll; AWS's own is 20.
const WAIT_S: i32 = 20;

impl Mapping {
    /// Starts the pollers on the queues at `sqs`. They end with the runtime.
    pub async fn start(self, sqs: &str, lambda: &Lambda) -> Result<(), Failure> {
        let sqs = resources::queues_as(&self.access_key, sqs).await;
        self.check(&sqs, lambda).await?;
        for _ in 0..self.concurrency {
            tokio::spawn(self.clone().poll(sqs.clone(), lambda.clone()));
        }
        Ok(())
    }

    /// What AWS asks when a mapping is made. Source: AWS Lambda developer guide, "Creating and configuring an Amazon SQS
    /// event source mapping": a function's timeout must not exceed the queue's visibility timeout.
    async fn check(&self, sqs: &aws_sdk_sqs::Client, lambda: &Lambda) -> Result<(), Failure> {
        let asked = sqs.get_queue_attributes().queue_url(&self.queue_url);
        let asked = asked.attribute_names(Attribute::VisibilityTimeout).send().await;
        let fails = |why: String| format!("the queue of {} cannot be read: {why}", self.function);
        let attributes = asked.map_err(|error| fails(error.into_service_error().to_string()))?.attributes;
        let hidden_s = attributes.and_then(|all| all.get(&Attribute::VisibilityTimeout)?.parse::<u64>().ok());
        let timeout_s = lambda.timeout(self.function).as_secs();
        let (function, hidden_s) = (self.function, hidden_s.unwrap_or(0));
        if hidden_s < timeout_s {
            let why =
                format!("{function} may take {timeout_s} s, and its queue hides a message for {hidden_s} s");
            return Err(why.into());
        }
        Ok(())
    }

    async fn poll(self, sqs: aws_sdk_sqs::Client, lambda: Lambda) {
        let mut switched_off = lambda.switched_off();
        loop {
            switched(&mut switched_off, |off| !off.contains(self.function)).await;
            let receive = sqs.receive_message().queue_url(&self.queue_url).max_number_of_messages(1);
            let receive = receive
                .wait_time_seconds(WAIT_S)
                .message_system_attribute_names(MessageSystemAttributeName::All);
            let received = tokio::select! {
                received = receive.send() => received,
                () = switched(&mut switched_off, |off| off.contains(self.function)) => continue,
            };
            match received {
                Ok(received) => {
                    let messages = received.messages.unwrap_or_default();
                    lambda.cloudwatch().of_receives(self.queue(), messages.len());
                    for message in messages {
                        self.deliver(&sqs, &lambda, message).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(function = self.function, error = %error.into_service_error(), "the queue does not answer");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn deliver(&self, sqs: &aws_sdk_sqs::Client, lambda: &Lambda, message: Message) {
        let event = json!({ "Records": [self.record(&message)] }).to_string();
        let id = message.message_id.unwrap_or_default();
        match lambda.invoke(self.function, event.into_bytes()).await {
            Ended::Response(body) if succeeded(&body) => {
                let delete = sqs.delete_message().queue_url(&self.queue_url);
                let deleted = delete.set_receipt_handle(message.receipt_handle).send().await;
                if let Err(error) = deleted {
                    tracing::warn!(function = self.function, error = %error.into_service_error(), "not deleted: it comes again");
                }
            }
            Ended::Response(_) => {}
            Ended::Throttled => {
                tracing::warn!(function = self.function, message = id, "throttled: it comes again");
            }
            Ended::Failed(why) => {
                tracing::warn!(function = self.function, message = id, why, "invocation failed");
            }
        }
    }

    /// The queue's name.
    fn queue(&self) -> &str {
        self.queue_arn.rsplit(':').next().unwrap_or_default()
    }

    /// A record as Lambda writes it.
    fn record(&self, message: &Message) -> Value {
        let attributes = message.attributes.iter().flatten();
        let attributes: serde_json::Map<String, Value> =
            attributes.map(|(name, value)| (name.as_str().to_owned(), value.clone().into())).collect();
        json!({
            "messageId": message.message_id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes,
            "messageAttributes": {},
            "md5OfBody": message.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue_arn,
            "awsRegion": "us-east-1",
        })
    }
}

/// Returns when the mappings that are switched off are as wanted.
async fn switched(off: &mut watch::Receiver<BTreeSet<String>>, wanted: impl Fn(&BTreeSet<String>) -> bool) {
    if off.wait_for(|off| wanted(off)).await.is_err() {
        // The stack ends.
        std::future::pending::<()>().await;
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BatchResponse {
    batch_item_failures: Option<Vec<serde::de::IgnoredAny>>,
}

/// Whether a batch of one succeeded. Source: AWS Lambda developer guide, "Implementing partial
/// batch responses": an empty or null answer is success; invalid JSON, a null, empty or unknown identifier fails
/// the whole batch.
fn succeeded(body: &[u8]) -> bool {
    if body.trim_ascii().is_empty() {
        return true;
    }
    let Ok(response) = serde_json::from_slice::<Option<BatchResponse>>(body) else { return false };
    // Named or not, right or wrong: any failure in a batch of one is the failure of that one.
    response.unwrap_or_default().batch_item_failures.unwrap_or_default().is_empty()
}

#[cfg(test)]
mod tests {
    use super::succeeded;

    #[test]
    fn a_response_is_read_as_aws_reads_it() {
        for good in ["", "null", "{}", r#"{"batchItemFailures":null}"#, r#"{"batchItemFailures":[]}"#] {
            assert!(succeeded(good.as_bytes()), "{good}");
        }
        for bad in [
            r#"{"batchItemFailures":[{"itemIdentifier":"m1"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"unknown"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{}]}"#,
            r#"{"batchItemFailures":"#,
            "oops",
        ] {
            assert!(!succeeded(bad.as_bytes()), "{bad}");
        }
    }
}
