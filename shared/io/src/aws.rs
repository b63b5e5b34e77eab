//! The seam over the AWS SDK. Nothing here decides anything.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types as ddb;
use aws_sdk_sqs::types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Metric, Millis, Token};

use crate::account;
use crate::config::{self, Resources};
use crate::metrics::Meter;
use crate::table::Table;
use crate::world::{
    Action, Index, Item, Pending, Queue, QueueError, QueueRequest, TableError, TableReply, TableRequest,
    World, Write,
};

/// How long an invocation waits for its figures to be written.
const FIGURES_TIMEOUT: Duration = Duration::from_millis(100);

/// The table and the queues of one stack.
pub struct Aws {
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    resources: Resources,
    meter: Meter,
    /// What this process is called among those of its function.
    sandbox: Token,
}

impl Aws {
    /// Clients for the stack that the environment names. Reused for every invocation of the sandbox.
    pub fn connect(resources: Resources) -> Aws {
        let account = account::of_environment();
        let (dynamodb, sqs) = (aws_sdk_dynamodb::Client::new(&account), aws_sdk_sqs::Client::new(&account));
        Aws::of(dynamodb, sqs, resources)
    }

    /// The same, with clients that somebody else made.
    pub fn of(dynamodb: aws_sdk_dynamodb::Client, sqs: aws_sdk_sqs::Client, resources: Resources) -> Aws {
        Aws { dynamodb, sqs, resources, meter: Meter::default(), sandbox: random() }
    }

    /// Opens a connection to the table during Lambda's init, where the CPU is free: one query that finds nothing.
    /// A failure is no reason to refuse work: the first real request will tell.
    pub async fn warm(&self) {
        let _ = self.query("warm".to_owned(), None, true, 1).await;
    }

    /// Tells what the invocation has measured: a line for CloudWatch, and figures for all instances. It comes last, and
    /// nobody waits for it long.
    pub async fn report(&self) {
        self.meter.print(&self.resources.stack, self.now());
        let process = format!("{}#{}", self.resources.function, self.sandbox.0);
        let table = Table::of(self);
        let due = self.meter.due(self.now());
        let recorded = due.iter().map(|(slot, figures)| table.record_figures(*slot, &process, figures));
        let _ = tokio::time::timeout(FIGURES_TIMEOUT, futures_util::future::join_all(recorded)).await;
    }

    /// The same of a batch, some of whose records may have failed.
    pub async fn report_batch(&self, failures: u64) {
        self.measure(Metric::ItemFailures, failures);
        self.report().await;
    }

    async fn request(&self, request: TableRequest) -> Result<TableReply, TableError> {
        match request {
            TableRequest::Get { pk, sk } => self.get(pk, sk).await,
            TableRequest::Query { pk, from, forward, limit } => self.query(pk, from, forward, limit).await,
            TableRequest::Index { index, shard, from, limit } => self.index(index, shard, from, limit).await,
            TableRequest::Write(write) => self.write(write).await,
            TableRequest::Transact(writes) => self.transact(writes).await,
        }
    }

    async fn get(&self, pk: String, sk: String) -> Result<TableReply, TableError> {
        let get = self.dynamodb.get_item().table_name(&self.resources.table).consistent_read(true);
        let got = get.key("pk", text(pk)).key("sk", text(sk)).send().await;
        got.map(|got| TableReply::Item(got.item)).map_err(|error| unavailable(&error))
    }

    async fn query(
        &self,
        pk: String,
        from: Option<String>,
        forward: bool,
        limit: u32,
    ) -> Result<TableReply, TableError> {
        let query = self.dynamodb.query().table_name(&self.resources.table).consistent_read(true);
        let query = query.scan_index_forward(forward).limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let query = query.expression_attribute_values(":pk", text(pk));
        let query = match from {
            None => query.key_condition_expression("pk = :pk"),
            Some(from) => query
                .key_condition_expression(if forward {
                    "pk = :pk AND sk >= :sk"
                } else {
                    "pk = :pk AND sk <= :sk"
                })
                .expression_attribute_values(":sk", text(from)),
        };
        let got = query.send().await.map_err(|error| unavailable(&error))?;
        Ok(TableReply::Items(got.items.unwrap_or_default()))
    }

    async fn index(
        &self,
        index: Index,
        shard: String,
        from: i64,
        limit: u32,
    ) -> Result<TableReply, TableError> {
        let query = self.dynamodb.query().table_name(&self.resources.table).index_name(index.name());
        let query = query.limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let (shard_name, sort_name) = index.keys();
        let query = query.key_condition_expression(format!("{shard_name} = :shard AND {sort_name} >= :from"));
        let query = query.expression_attribute_values(":shard", text(shard));
        let query = query.expression_attribute_values(":from", ddb::AttributeValue::N(from.to_string()));
        let got = query.send().await.map_err(|error| unavailable(&error))?;
        Ok(TableReply::Items(got.items.unwrap_or_default()))
    }

    async fn write(&self, write: Write) -> Result<TableReply, TableError> {
        let Write { action, condition, names, values } = write;
        let table = &self.resources.table;
        let all_old = ddb::ReturnValuesOnConditionCheckFailure::AllOld;
        match action {
            Action::Put(item) => {
                let put = self.dynamodb.put_item().table_name(table).set_item(Some(item));
                let put =
                    put.condition_expression(condition).return_values_on_condition_check_failure(all_old);
                let put = put
                    .set_expression_attribute_names(some(names))
                    .set_expression_attribute_values(some(values));
                let put = put.send().await;
                put.map(|_| TableReply::Written(None)).map_err(|error| match as_condition(&error) {
                    Some(failed) => failed,
                    None => unavailable(&error),
                })
            }
            Action::Update { pk, sk, update } => {
                let change =
                    self.dynamodb.update_item().table_name(table).key("pk", text(pk)).key("sk", text(sk));
                let change = change.update_expression(update).condition_expression(condition);
                let change = change.set_expression_attribute_names(some(names));
                let change = change.set_expression_attribute_values(some(values));
                let change = change.return_values(ddb::ReturnValue::AllNew);
                let change = change.return_values_on_condition_check_failure(all_old).send().await;
                change.map(|done| TableReply::Written(done.attributes)).map_err(|error| {
                    match as_condition(&error) {
                        Some(failed) => failed,
                        None => unavailable(&error),
                    }
                })
            }
            Action::Check { .. } => self.transact(vec![Write { action, condition, names, values }]).await,
        }
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<TableReply, TableError> {
        let items =
            writes.into_iter().map(|write| self.transact_item(write)).collect::<Result<Vec<_>, _>>()?;
        let sent = self.dynamodb.transact_write_items().set_transact_items(Some(items)).send().await;
        sent.map(|_| TableReply::Written(None)).map_err(|error| match cancelled_by(&error) {
            Some(failed) => failed,
            None => unavailable(&error),
        })
    }

    fn transact_item(&self, write: Write) -> Result<ddb::TransactWriteItem, TableError> {
        let Write { action, condition, names, values } = write;
        let table = &self.resources.table;
        let all_old = ddb::ReturnValuesOnConditionCheckFailure::AllOld;
        let item = ddb::TransactWriteItem::builder();
        let built = match action {
            Action::Put(put) => ddb::Put::builder()
                .table_name(table)
                .set_item(Some(put))
                .condition_expression(condition)
                .set_expression_attribute_names(some(names))
                .set_expression_attribute_values(some(values))
                .return_values_on_condition_check_failure(all_old)
                .build()
                .map(|put| item.put(put).build()),
            Action::Update { pk, sk, update } => ddb::Update::builder()
                .table_name(table)
                .key("pk", text(pk))
                .key("sk", text(sk))
                .update_expression(update)
                .condition_expression(condition)
                .set_expression_attribute_names(some(names))
                .set_expression_attribute_values(some(values))
                .return_values_on_condition_check_failure(all_old)
                .build()
                .map(|update| item.update(update).build()),
            Action::Check { pk, sk } => ddb::ConditionCheck::builder()
                .table_name(table)
                .key("pk", text(pk))
                .key("sk", text(sk))
                .condition_expression(condition)
                .set_expression_attribute_names(some(names))
                .set_expression_attribute_values(some(values))
                .return_values_on_condition_check_failure(all_old)
                .build()
                .map(|check| item.condition_check(check).build()),
        };
        built.map_err(|error| TableError::Unavailable(error.to_string()))
    }

    fn url(&self, queue: Queue) -> &str {
        let Resources { doorbells_url, urgent_url, notices_url, dead_letters_url, .. } = &self.resources;
        match queue {
            Queue::Urgent if !urgent_url.is_empty() => urgent_url,
            Queue::Doorbells | Queue::Urgent => doorbells_url,
            Queue::Notices => notices_url,
            Queue::DeadLetters => dead_letters_url,
        }
    }

    async fn queue_request(&self, request: QueueRequest) -> Result<(), QueueError> {
        match request {
            QueueRequest::Ring { queue, group, dedup, body } => {
                let send = self.sqs.send_message().queue_url(self.url(queue)).message_body(body);
                let send = send.set_message_system_attributes(trace());
                let sent = send.message_group_id(group).message_deduplication_id(dedup).send().await;
                sent.map(drop).map_err(|error| QueueError(described(&error)))
            }
            QueueRequest::Notice { body, delay_s } => {
                let send = self.sqs.send_message().queue_url(&self.resources.notices_url).message_body(body);
                let send = send.set_message_system_attributes(trace());
                let sent = send.delay_seconds(i32::try_from(delay_s).unwrap_or(900)).send().await;
                sent.map(drop).map_err(|error| QueueError(described(&error)))
            }
            QueueRequest::Postpone { queue, receipt, seconds } => {
                let change =
                    self.sqs.change_message_visibility().queue_url(self.url(queue)).receipt_handle(receipt);
                let sent = change.visibility_timeout(i32::try_from(seconds).unwrap_or(43_200)).send().await;
                sent.map(drop).map_err(|error| QueueError(described(&error)))
            }
        }
    }
}

impl World for Aws {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        Box::pin(self.request(request))
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        Box::pin(async move {
            let done = self.queue_request(request).await;
            self.measure(Metric::QueueFailures, u64::from(done.is_err()));
            done
        })
    }

    fn now(&self) -> Millis {
        self.resources.clock.now()
    }

    fn sleep(&self, milliseconds: u64) -> Pending<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(milliseconds)))
    }

    fn token(&self) -> Token {
        random()
    }

    fn measure(&self, metric: Metric, value: u64) {
        self.meter.add(metric, value, self.now());
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where chance enters")]
fn random() -> Token {
    let random = uuid::Uuid::new_v4().as_u64_pair();
    let bits = (random.0 ^ random.1.rotate_left(32)).to_be_bytes();
    Token(URL_SAFE_NO_PAD.encode(bits))
}

/// The invocation's trace, handed on with what it sends: who receives it logs it. Lambda's runtime sets the variable anew for
/// each invocation.
fn trace() -> Option<HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>> {
    let header = config::optional("_X_AMZN_TRACE_ID")?;
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
    Some([(MessageSystemAttributeNameForSends::AwsTraceHeader, value.build().ok()?)].into())
}

fn text(value: String) -> ddb::AttributeValue {
    ddb::AttributeValue::S(value)
}

/// The SDK refuses empty maps of names and values.
fn some<V>(map: std::collections::BTreeMap<String, V>) -> Option<std::collections::HashMap<String, V>> {
    (!map.is_empty()).then(|| map.into_iter().collect())
}

/// A failed condition, with the item that DynamoDB sent along.
fn as_condition<E: ConditionFailure>(error: &SdkError<E>) -> Option<TableError> {
    let failed = error.as_service_error()?.failed_condition()?;
    Some(TableError::ConditionFailed { index: 0, item: failed.item.clone() })
}

/// The two operations whose errors carry a failed condition.
trait ConditionFailure {
    fn failed_condition(&self) -> Option<&ddb::error::ConditionalCheckFailedException>;
}

impl ConditionFailure for aws_sdk_dynamodb::operation::put_item::PutItemError {
    fn failed_condition(&self) -> Option<&ddb::error::ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}

impl ConditionFailure for aws_sdk_dynamodb::operation::update_item::UpdateItemError {
    fn failed_condition(&self) -> Option<&ddb::error::ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}

/// The first write of a transaction whose condition failed. A conflict with another transaction is no verdict.
fn cancelled_by(error: &SdkError<TransactWriteItemsError>) -> Option<TableError> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.as_service_error()? else {
        return None;
    };
    let reasons = cancelled.cancellation_reasons();
    let index = reasons.iter().position(|reason| reason.code() == Some("ConditionalCheckFailed"))?;
    let item: Option<Item> = reasons.get(index).and_then(|reason| reason.item().cloned());
    Some(TableError::ConditionFailed { index, item })
}

fn unavailable<E: std::error::Error + ProvideErrorMetadata + 'static>(error: &SdkError<E>) -> TableError {
    TableError::Unavailable(described(error))
}

/// What an SDK error says, without the request it was about.
fn described<E: std::error::Error + ProvideErrorMetadata + 'static>(error: &SdkError<E>) -> String {
    match error.as_service_error() {
        Some(service) => {
            format!("{}: {}", service.code().unwrap_or("unknown"), service.message().unwrap_or("no message"))
        }
        None => DisplayErrorContext(error).to_string(),
    }
}
