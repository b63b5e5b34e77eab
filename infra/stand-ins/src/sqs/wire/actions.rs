//! From a request's body to its answer, one function per action that does more than pass through.
use super::Answer;
use super::answers::{self, Digests};
use super::errors::WireError;
use super::requests::{self, Batch, OnMessage, OnQueue, SendMessage, parse, queue_of};
use crate::sqs::rules::{Entry, Receive, SqsError};
use crate::sqs::server::Handle;
use serde_json::json;
use std::collections::BTreeMap;

pub(super) async fn answer(handle: &Handle, action: &str, host: &str, body: &[u8]) -> Answer {
    match action {
        "CreateQueue" => return create_queue(handle, host, body),
        "GetQueueUrl" => return queue_url(handle, host, body),
        "ListQueues" => return list_queues(handle, host, body),
        "StartMessageMoveTask" => return start_move(handle, body),
        "ListMessageMoveTasks" => return list_moves(handle, body),
        _ => {}
    }
    let on: OnQueue = parse(body)?;
    let queue = queue_of(on.queue_url.as_deref());
    match action {
        "DeleteQueue" => done(handle.act(|queues, _| queues.delete_queue(queue?))?),
        "PurgeQueue" => done(handle.act(|queues, now| queues.purge_queue(queue?, now))?),
        "GetQueueAttributes" => queue_attributes(handle, queue?, body),
        "SetQueueAttributes" => {
            let wanted: requests::SetAttributes = parse(body)?;
            done(handle.act(|queues, now| queues.set_queue_attributes(queue?, &wanted.attributes, now))?)
        }
        "ListDeadLetterSourceQueues" => dead_letter_sources(handle, host, queue?),
        "SendMessage" => send(handle, queue?, body),
        "SendMessageBatch" => send_batch(handle, queue?, body),
        "ReceiveMessage" => receive(handle, queue?, body).await,
        "DeleteMessage" => delete(handle, queue?, body),
        "DeleteMessageBatch" => delete_batch(handle, queue?, body),
        "ChangeMessageVisibility" => change_visibility(handle, queue?, body),
        "ChangeMessageVisibilityBatch" => change_visibility_batch(handle, queue?, body),
        _ => Err(WireError::UnknownAction),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the end of the actions that answer nothing")]
fn done((): ()) -> Answer {
    Ok(json!({}))
}

fn url(handle: &Handle, host: &str, queue: &str) -> String {
    format!("http://{host}/{}/{queue}", handle.account())
}

fn create_queue(handle: &Handle, host: &str, body: &[u8]) -> Answer {
    let request: requests::Named = parse(body)?;
    let name = required("QueueName", request.queue_name)?;
    handle.act(|queues, now| queues.create_queue(&name, &request.attributes, now))?;
    Ok(json!({ "QueueUrl": url(handle, host, &name) }))
}

fn queue_url(handle: &Handle, host: &str, body: &[u8]) -> Answer {
    let request: requests::Named = parse(body)?;
    let name = required("QueueName", request.queue_name)?;
    if !handle.act(|queues, _| Ok(queues.exists(&name)))? {
        return Err(SqsError::QueueDoesNotExist.into());
    }
    Ok(json!({ "QueueUrl": url(handle, host, &name) }))
}

fn list_queues(handle: &Handle, host: &str, body: &[u8]) -> Answer {
    let request: requests::ListQueues = parse(body)?;
    let count_max = request.max_results.unwrap_or(1000).clamp(1, 1000);
    let page = handle.act(|queues, _| {
        Ok(queues.list_queues(&request.queue_name_prefix, request.next_token.as_deref(), count_max))
    })?;
    let urls: Vec<String> = page.names.iter().map(|name| url(handle, host, name)).collect();
    // Without MaxResults AWS gives no token either.
    let next = page.next.filter(|_| request.max_results.is_some());
    Ok(next
        .map_or_else(|| json!({ "QueueUrls": urls }), |next| json!({ "QueueUrls": urls, "NextToken": next })))
}

fn queue_attributes(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let request: requests::GetAttributes = parse(body)?;
    let map = handle.act(|queues, now| queues.queue_attributes(queue, &request.attribute_names, now))?;
    Ok(if map.is_empty() { json!({}) } else { json!({ "Attributes": map }) })
}

fn dead_letter_sources(handle: &Handle, host: &str, queue: &str) -> Answer {
    let names = handle.act(|queues, _| queues.dead_letter_sources(queue))?;
    let urls: Vec<String> = names.iter().map(|name| url(handle, host, name)).collect();
    Ok(json!({ "queueUrls": urls }))
}

fn send(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let message = parse::<SendMessage>(body)?.into_message()?;
    let digests = Digests::of(&message);
    let sent = handle.act(|queues, now| queues.send(queue, message, now))?;
    Ok(answers::sent(None, &sent, &digests))
}

fn send_batch(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let request: Batch<SendMessage> = parse(body)?;
    let entries: Vec<Entry<_>> = request
        .entries
        .into_iter()
        .map(|entry| Ok(Entry { id: entry.id, item: entry.item.into_message()? }))
        .collect::<Result<_, SqsError>>()?;
    let digests: BTreeMap<String, Digests> =
        entries.iter().map(|entry| (entry.id.clone(), Digests::of(&entry.item))).collect();
    let answer = handle.act(|queues, now| queues.send_batch(queue, entries, now))?;
    Ok(answers::batch(&answer, |Entry { id, item }| {
        digests.get(id).map_or_else(|| json!({}), |digests| answers::sent(Some(id), item, digests))
    }))
}

async fn receive(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let request: requests::ReceiveMessage = parse(body)?;
    if request.wait_time_seconds.is_some_and(|wait| wait > 20) {
        let reason = "Must be >= 0 and <= 20, if provided.";
        return Err(SqsError::InvalidParameter { name: "WaitTimeSeconds", reason }.into());
    }
    let wanted = Receive {
        count_max: request.max_number_of_messages.unwrap_or(1),
        visibility_s: request.visibility_timeout,
        attempt_id: request.receive_request_attempt_id,
    };
    let messages = handle.receive(queue, wanted, request.wait_time_seconds).await?;
    let attributes = [request.message_system_attribute_names, request.attribute_names].concat();
    Ok(answers::received(&messages, &attributes, &request.message_attribute_names, handle.account()))
}

fn delete(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let receipt = required("ReceiptHandle", parse::<OnMessage>(body)?.receipt_handle)?;
    done(handle.act(|queues, now| queues.delete(queue, &receipt, now))?)
}

fn delete_batch(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let request: Batch<OnMessage> = parse(body)?;
    let entries = request.entries.into_iter();
    let entries =
        entries.map(|e| Entry { id: e.id, item: e.item.receipt_handle.unwrap_or_default() }).collect();
    let answer = handle.act(|queues, now| queues.delete_batch(queue, entries, now))?;
    Ok(answers::batch(&answer, answers::done_entry))
}

fn change_visibility(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let request: OnMessage = parse(body)?;
    let receipt = required("ReceiptHandle", request.receipt_handle)?;
    let visibility_s = required("VisibilityTimeout", request.visibility_timeout)?;
    done(handle.act(|queues, now| queues.change_visibility(queue, &receipt, visibility_s, now))?)
}

fn change_visibility_batch(handle: &Handle, queue: &str, body: &[u8]) -> Answer {
    let request: Batch<OnMessage> = parse(body)?;
    let entry = |id, on: OnMessage| Entry {
        id,
        item: (on.receipt_handle.unwrap_or_default(), on.visibility_timeout.unwrap_or_default()),
    };
    let entries = request.entries.into_iter().map(|e| entry(e.id, e.item)).collect();
    let answer = handle.act(|queues, now| queues.change_visibility_batch(queue, entries, now))?;
    Ok(answers::batch(&answer, answers::done_entry))
}

fn start_move(handle: &Handle, body: &[u8]) -> Answer {
    let request: requests::MoveTask = parse(body)?;
    let source = required("SourceArn", request.source_arn)?;
    let task =
        handle.act(|queues, now| queues.start_move(&source, request.destination_arn.as_deref(), now))?;
    Ok(json!({ "TaskHandle": task }))
}

fn list_moves(handle: &Handle, body: &[u8]) -> Answer {
    let request: requests::MoveTask = parse(body)?;
    let source = required("SourceArn", request.source_arn)?;
    let count_max = request.max_results.unwrap_or(1).clamp(1, 10);
    let tasks = handle.act(|queues, _| Ok(queues.list_moves(&source, count_max)))?;
    Ok(answers::moves(&tasks))
}

fn required<T>(name: &'static str, value: Option<T>) -> Result<T, SqsError> {
    value.ok_or(SqsError::MissingParameter { name })
}
