//! The owner looks whether the promise was kept.

use serde_json::{Value, json};

use crate::stack::{Setup, Stack, turnwise, until};

#[tokio::test]
async fn an_audit_counts_every_message_and_misses_one_whose_outcome_is_gone() {
    let stack = Setup::quick().up().await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    ben.says("slow").await;
    stack.model_is_asked("slow").await;
    ben.says("cancel").await;
    ben.hears("Stopped (1).").await;

    let (code, found) = audit(&stack).await;
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(found["accepted"], 2);
    assert_eq!(found["outcomes"], json!({ "answered": 1, "cancelled": 1 }));

    forget_an_answer(&stack).await;
    let (code, found) = audit(&stack).await;
    assert_eq!((code, &found["missing"]), (Some(1), &json!(1)), "{found}");
    let said = found["violations"][0].as_str().unwrap();
    assert!(said.starts_with("telegram.") && said.ends_with("neither waits nor has an outcome."), "{said}");
    assert!(!found.to_string().contains("hello"), "no word of a user: {found}");
}

#[tokio::test]
async fn an_audit_without_a_stack_says_what_to_name() {
    let output = turnwise().args(["audit", "--port", "1"]).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("--port") && said.contains("--table"), "{said}");
}

/// Once nothing waits any more: an answer is heard a moment before its outcome is recorded.
pub async fn audit(stack: &Stack) -> (Option<i32>, Value) {
    let port = stack.url("").rsplit(':').next().unwrap().to_owned();
    until("everything is settled", || async {
        let audit = turnwise().args(["audit", "--json", "--open-after", "0", "--port", &port]).output();
        let output = audit.await.unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (found["waiting"] == 0).then_some((output.status.code(), found))
    })
    .await
}

/// Deletes an answer behind the product's back.
async fn forget_an_answer(stack: &Stack) {
    let state = stack.state().await;
    let table = &state["table"];
    let items = dynamodb(stack, "Scan", json!({ "TableName": table })).await;
    let items = items["Items"].as_array().unwrap();
    let answer = items.iter().find(|item| item["sk"]["S"].as_str().unwrap().ends_with("#A")).unwrap();
    let key = json!({ "pk": answer["pk"], "sk": answer["sk"] });
    dynamodb(stack, "DeleteItem", json!({ "TableName": table, "Key": key })).await;
}

/// A request to the stack's table, behind the product's back.
pub async fn dynamodb(stack: &Stack, action: &str, body: Value) -> Value {
    let state = stack.state().await;
    let request = stack.http().post(state["endpoints"]["dynamodb"].as_str().unwrap());
    let request = request
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{action}"))
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0",
        )
        .header("x-amz-date", "20260101T000000Z");
    let answer = request.body(body.to_string()).send().await.unwrap();
    assert!(answer.status().is_success(), "{action}: {:?}", answer.status());
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
}
