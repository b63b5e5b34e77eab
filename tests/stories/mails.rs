//! `/email` through the real client and the mail server's wire.

use serde_json::{Value, json};

use crate::conversations::copy_bot;
use crate::figures::measures;
use crate::stack::{Setup, Stack, until};

async fn outbox(stack: &Stack) -> Vec<Value> {
    stack.get(stack.url("/local/outbox")).await["mails"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_conversation_is_mailed_once_on_request() {
    let folder = tempfile::tempdir().unwrap();
    copy_bot(folder.path(), "timezone = \"UTC\"");
    std::fs::create_dir(folder.path().join("material")).unwrap();
    std::fs::write(folder.path().join("material/sleep.md"), "# Sleep\n\nGo to bed at ten.\n.\nBcc: nobody")
        .unwrap();
    let stack = Setup::quick().bot(folder.path()).up().await;
    let ann = stack.person();
    ann.says("how do I sleep well?").await;
    ann.hears("You said: how do I sleep well?").await;
    let update = ann.says("/email ann@example.org").await;
    ann.hears("The e-mail has been sent.").await;
    ann.is_delivered_again(&update).await;
    ann.says("/email ann@example.org sleep").await;
    ann.hears_in_all(3).await;

    let mails = outbox(&stack).await;
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails.iter().all(|mail| mail["to"] == json!(["ann@example.org"])), "{mails:?}");
    let text = |at: usize| mails[at]["text"].as_str().unwrap();
    assert!(text(0).contains("> how do I sleep well?\r\n"), "{}", text(0));
    assert!(text(0).contains("[scripted model] You said: how do I sleep well?"), "{}", text(0));
    assert!(
        text(0).contains("Message-ID: <") && text(0).contains("From: bot@turnwise.example"),
        "{}",
        text(0)
    );
    let (headers, body) = text(1).split_once("\r\n\r\n").unwrap();
    assert!(
        body.contains("Go to bed at ten.\r\n.\r\nBcc: nobody") && !headers.contains("Bcc"),
        "{}",
        text(1)
    );
    assert_eq!(stack.model_requests().await.len(), 1, "no mail asks the model");
}

#[tokio::test]
async fn a_mail_server_that_refuses_or_says_nothing_is_told_of_and_not_asked_again() {
    let stack = Setup::quick().up().await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    stack.post(stack.url("/local/outbox/faults"), &json!({ "refuse": 1 })).await;
    ann.says("/email ann@example.org").await;
    ann.hears("The e-mail could not be sent.").await;
    assert_eq!(outbox(&stack).await.len(), 0);
    health_tells(&stack, &["1 of 1 mails"]).await;
    stack.post(stack.url("/local/outbox/faults"), &json!({ "silent": 1 })).await;
    ann.says("/email ann@example.org").await;
    ann.hears("The e-mail may not have been sent.").await;
    assert_eq!(outbox(&stack).await.len(), 1);
    health_tells(&stack, &["2 of 2 mails", "1 of 1 mails"]).await;
    measures(&stack, "MailFailures", 2.0).await;
}

/// Waits until health tells one of these of the mails of the last minute: the first may have been longer ago.
async fn health_tells(stack: &Stack, sentences: &[&str]) {
    until(&format!("health tells {sentences:?}"), || async {
        let health = stack.get(stack.url("/health")).await;
        let says = health["parts"]["mail"]["says"].as_str().unwrap_or_default();
        let is_told = sentences.iter().any(|sentence| says.starts_with(sentence));
        (is_told && health["parts"]["mail"]["status"] == "degraded").then_some(())
    })
    .await;
}
