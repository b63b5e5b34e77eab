//! Anthropic's API: what its wire must carry.

use domain::history::Speaker;
use models::{Model, ModelError, Place, Provider, ProviderConfig, Round, ToolCall};
use serde_json::{Value, json};

use crate::canned::answering;
use crate::world::{config, said, search};

const EVENTS: &str = "text/event-stream; charset=utf-8";

fn provider(url: &str) -> Provider {
    let anthropic = Place { base_url: Some(format!("{url}/v1")), api_key: Some("key".to_owned()) };
    let config = ProviderConfig { anthropic, ..config("anthropic::claude-haiku-4-5") };
    Provider::new(config, reqwest::Client::new()).unwrap()
}

/// A whole stream: <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.
fn stream() -> String {
    let events = [
        json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": [],
            "model": "claude-haiku-4-5", "stop_reason": null, "usage": {"input_tokens": 9, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ];
    let event = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    events.iter().map(event).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn the_system_text_is_marked_for_the_cache() {
    let (url, came) = answering(200, EVENTS, &stream()).await;
    let reply = provider(&url).answer(said("hello")).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.tokens), ("Hi", (9, 2)));
    let request = came.await.unwrap();
    let marked = json!([{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}]);
    assert_eq!(request.body["system"], marked);
    assert!(request.head.contains("x-api-key: key"), "{}", request.head);
}

#[tokio::test]
async fn the_user_begins_and_the_results_come_in_one_message() {
    let (url, came) = answering(200, EVENTS, &stream()).await;
    let mut prompt = said("a flat");
    prompt.lines.insert(0, (Speaker::Bot, "Welcome back".to_owned()));
    prompt.tools = vec![search()];
    let call = |id: &str| ToolCall {
        id: id.to_owned(),
        name: "search".to_owned(),
        arguments: json!({"city": id}),
        signatures: Vec::new(),
    };
    let calls = vec![(call("a"), "one".to_owned()), (call("b"), "two".to_owned())];
    prompt.rounds = vec![Round { text: "Let me look.".to_owned(), calls }];
    provider(&url).answer(prompt).await.unwrap();
    let messages = came.await.unwrap().body["messages"].clone();
    let roles: Vec<_> =
        messages.as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user"], "{messages}");
    let kinds = messages[1]["content"].as_array().unwrap().iter().map(|part| part["type"].as_str().unwrap());
    assert_eq!(kinds.collect::<Vec<_>>(), ["text", "tool_use", "tool_use"]);
    let results = messages[2]["content"].as_array().unwrap();
    let results: Vec<_> = results.iter().map(|part| (&part["tool_use_id"], &part["content"])).collect();
    assert_eq!(results, [(&json!("a"), &json!("one")), (&json!("b"), &json!("two"))]);
}

#[tokio::test]
async fn an_error_in_the_stream_is_no_answer() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "secret words"}});
    let whole = stream();
    let begun = whole.split("event: content_block_stop").next().unwrap();
    for head in ["", begun] {
        let (url, _) = answering(200, EVENTS, &format!("{head}event: error\ndata: {error}\n\n")).await;
        let error = provider(&url).answer(said("hello")).await.unwrap_err();
        assert!(matches!(error, ModelError::NoAnswer(_)), "{error:?}");
        assert!(!error.to_string().contains("secret words"));
    }
}

#[tokio::test]
async fn it_has_neither_ears_nor_vectors() {
    let models = ProviderConfig {
        embedding_model: "anthropic::claude-haiku-4-5".to_owned(),
        ..config("anthropic::claude-haiku-4-5")
    };
    let provider = Provider::new(models, reqwest::Client::new()).unwrap();
    assert!(matches!(provider.embed(vec!["a".to_owned()]).await, Err(ModelError::Refused(_))));
}
