//! The local stack: what it says of itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Patient;
use super::finding::Finding;
use super::secrets::Secrets;
use super::storage::{Role, Storage};
use crate::{owner, resources};

/// Queues of a local stack, by the ends of their names.
const QUEUES: [(Role, &str); 4] = [
    (Role::Doorbells, "doorbell.fifo"),
    (Role::Doorbells, "urgent.fifo"),
    (Role::Notices, "notices"),
    (Role::DeadLetters, "dead-letters.fifo"),
];

/// The stack that runs on this port.
pub async fn find(port: u16, findings: &mut Vec<Finding>) -> Patient {
    let state = match owner::local_state(port).await {
        Ok(state) => state,
        Err(error) => {
            let remedy = "start it with `turnwise`, or name a deployment with --stack";
            findings.push(Finding::wrong("stack", error.to_string(), remedy));
            return Patient { is_here: true, ..Patient::default() };
        }
    };
    let text = |place: &str| state.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
    findings.push(Finding::ok(
        "stack",
        format!("on port {port}: bot `{}`, answered by {}", text("/bot"), text("/model")),
    ));
    let (table, base_url) = (text("/table"), format!("http://127.0.0.1:{port}"));
    let (dynamodb, sqs) = resources::clients(&text("/endpoints/dynamodb"), &text("/endpoints/sqs")).await;
    let mut queues = Vec::new();
    for (role, end) in QUEUES {
        let found = sqs.get_queue_url().queue_name(format!("{table}-{end}")).send().await;
        queues.extend(found.ok().and_then(|found| found.queue_url).map(|url| (role, url)));
    }
    Patient {
        base_url: Some(base_url),
        storage: Some(Storage { dynamodb, sqs, table, queues }),
        secrets: Some(secrets(&state)),
        place: "into the environment of the stack".to_owned(),
        is_here: true,
    }
}

/// What the stack has made up for itself, and where its Telegram is. The other stand-ins know no registration.
fn secrets(state: &Value) -> Secrets {
    let made_up = state.get("secrets").and_then(Value::as_object).into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut values: BTreeMap<String, String> =
        made_up.map(|(name, value)| (name.clone(), text(value))).collect();
    let place = |name: &str| state.pointer(&format!("/endpoints/{name}")).map(text).unwrap_or_default();
    values.insert("TELEGRAM_API_BASE".to_owned(), place("telegram"));
    values.insert("OPENAI_BASE_URL".to_owned(), place("model"));
    let is_scripted = state.get("model").map(text).unwrap_or_default().starts_with("scripted");
    if is_scripted {
        values.insert("MODEL".to_owned(), "openai::scripted".to_owned());
    }
    Secrets::here(values)
}
