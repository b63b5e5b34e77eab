//! Everything that is known of one message, by the owner's route and by the command.

use serde_json::{Value, json};

use crate::privacy::command;
use crate::stack::{Setup, Stack, until};

impl Stack {
    /// The owner asks for a message: the status, and what is said.
    async fn traced(&self, request: &str, query: &str) -> (u16, Value) {
        let token = self.state().await["secrets"]["OWNER_TOKEN"].as_str().unwrap().to_owned();
        let url = self.url(&format!("/api/messages/{request}{query}"));
        until("an answer of the owner's route", async || {
            let answer = self.http().get(&url).bearer_auth(&token).send().await.unwrap();
            let status = answer.status().as_u16();
            if status == 503 { None } else { Some((status, answer.json().await.unwrap())) }
        })
        .await
    }

    /// A message of the web channel, in a session or a new one.
    async fn chat(&self, body: Value) -> Value {
        let asked = self.http().post(self.url("/api/chat")).header("prefer", "respond-async").json(&body);
        asked.send().await.unwrap().json().await.unwrap()
    }

    async fn is_settled(&self, request: &str) -> Value {
        until("it is settled", async || {
            let (_, known) = self.traced(request, "?text=1").await;
            (known["status"] == "settled").then_some(known)
        })
        .await
    }
}

#[tokio::test]
async fn a_message_is_followed_from_the_waiting_line_to_its_end() {
    let stack = Setup::late().up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true, "times": 1 }])).await;
    let first = stack.chat(json!({ "message": "slow rosebud" })).await;
    let id = first["request_id"].as_str().unwrap();
    stack.model_is_asked("slow").await;
    let next = stack.chat(json!({ "message": "next rosebud", "session_id": first["session_id"] })).await;
    let next_id = next["request_id"].as_str().unwrap();

    let (status, known) = stack.traced(id, "").await;
    assert_eq!(
        (status, &known["status"], &known["work"]["phase"]),
        (200, &json!("waiting"), &json!("working"))
    );
    assert!(known["in_short"].as_str().unwrap().starts_with("is being worked on"), "{known}");
    let (_, known) = stack.traced(next_id, "").await;
    assert_eq!(known["in_short"], "waits for its turn: 1 message before it.");
    assert_eq!((&known["waiting"]["before"], &known["waiting"]["sequence"]), (&json!(1), &json!(2)));

    stack.kill_processor().await;
    let known = stack.is_settled(id).await;
    assert!(known["in_short"].as_str().unwrap().starts_with("lost: the process died"), "{known}");
    let known = stack.is_settled(next_id).await;
    assert_eq!(known["in_short"], "answered: the user got 1 part.");
    assert_eq!(known["message"]["text"], "next rosebud");
    assert_eq!(
        known["turn"]["parts"][0],
        json!({ "state": "delivered", "text": "[scripted model] You said: next rosebud" })
    );
    assert!(known["turn"]["settled_at"].is_string(), "no later turn has been settled: {known}");
    let (_, known) = stack.traced(next_id, "").await;
    assert!(!known.to_string().contains("rosebud"), "no word without asking for it: {known}");

    let (code, told) = command(&stack, &["trace", next["status_url"].as_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{told}");
    let order =
        ["written", "taken in", "decided: answered, 1 message, 1 part", "settled", "answered: the user got"];
    let places: Vec<_> = order.iter().map(|what| told.find(what)).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{told}");
    let conversation = known["conversation"].as_str().unwrap();
    let (code, told) = command(&stack, &["trace", conversation, "--json"]).await;
    let listed: Value = serde_json::from_str(&told).expect("one JSON document");
    assert_eq!((code, listed["messages"].as_array().unwrap().len()), (Some(0), 2), "{told}");
    assert_eq!(listed["messages"][0]["outcome"], "lost");
}

#[tokio::test]
async fn a_trace_is_the_owners_and_says_what_it_does_not_know() {
    let stack = Setup::quick().up().await;
    let url = stack.url("/api/messages/web.AAAAAAAAAAAAAAAAAAAAAA.1795165200000.AAAAAAAAAAA");
    assert_eq!(stack.http().get(&url).send().await.unwrap().status(), 401);
    assert_eq!(stack.http().get(&url).bearer_auth("x".repeat(32)).send().await.unwrap().status(), 401);
    assert_eq!(stack.http().post(&url).send().await.unwrap().status(), 405);
    assert_eq!(stack.traced("web.AAAAAAAAAAAAAAAAAAAAAA.1795165200000.AAAAAAAAAAA", "").await.0, 404);
    assert_eq!(stack.traced("web.42", "").await.0, 400);
    let (code, said) =
        command(&stack, &["trace", "web.AAAAAAAAAAAAAAAAAAAAAA.1795165200000.AAAAAAAAAAA"]).await;
    assert!(code == Some(1) && said.contains("nothing is known of web."), "{said}");
    let ann = stack.guest("telegram");
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    let who = format!("telegram:{}", ann.chat);
    until("it is settled", || async {
        let (code, said) = command(&stack, &["trace", &who, "--text"]).await;
        assert_eq!(code, Some(0), "{said}");
        said.contains("answered: the user got 1 part.").then_some(())
    })
    .await;
    let (code, said) = command(&stack, &["trace", "nobody"]).await;
    assert!(code == Some(1) && said.contains("`nobody` names nobody"), "{said}");
}
