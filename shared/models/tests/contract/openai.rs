//! OpenAI's API.

use std::sync::Arc;

use models::{Metered, Model, ModelError, Place, Provider, ProviderConfig, Reply, Round, Sound};
use serde_json::{Value, json};
use stand_ins::model::{Call, Handle, Outcome, Rule};

use crate::canned::answering;
use crate::world::{config, nowhere, outcomes, said, scripted, search};

/// A scripted model with these rules, and a provider that asks it.
async fn asked_by(rules: Vec<Rule>) -> (Provider, Handle) {
    let (url, handle) = scripted(rules).await;
    (provider(&url), handle)
}

fn provider(url: &str) -> Provider {
    let openai = Place { base_url: Some(format!("{url}/v1")), api_key: Some("key".to_owned()) };
    let config = ProviderConfig { openai, ..config("openai::gpt-5-mini") };
    Provider::new(config, reqwest::Client::new()).unwrap()
}

/// What a rule makes of a request, and what became of each request that came.
async fn outcome(rule: Rule) -> (Result<Reply, ModelError>, Vec<Outcome>) {
    let (provider, handle) = asked_by(vec![rule]).await;
    let reply = provider.answer(said("hello")).await;
    (reply, outcomes(&handle).await)
}

#[tokio::test]
async fn an_answer_comes_with_its_tokens_counted() {
    let (provider, handle) = asked_by(Vec::new()).await;
    let reply = provider.answer(said("hello there")).await.unwrap();
    assert_eq!(reply.text, "[scripted model] You said: hello there");
    assert_eq!((reply.tokens, reply.is_estimated, reply.is_cut), ((4, 6), false, false));
    let record = &handle.journal()[0];
    assert_eq!((record.messages, record.system_prompt, record.stream), (2, true, true));
}

#[tokio::test]
async fn tokens_that_nobody_counted_are_estimated() {
    let reply =
        outcome(Rule { uncounted: true, reply: Some("好的 okay".to_owned()), ..Rule::default() }).await;
    let reply = reply.0.unwrap();
    assert_eq!((reply.tokens, reply.is_estimated), ((2 + 2, 2 + 2), true));
}

#[tokio::test]
async fn a_cut_answer_says_so_and_an_answer_cut_before_a_word_is_none() {
    let length = Rule { finish_reason: Some("length".to_owned()), ..Rule::default() };
    let reply = outcome(Rule { reply: Some("It is".to_owned()), ..length.clone() }).await.0.unwrap();
    assert_eq!((reply.text.as_str(), reply.is_cut), ("It is …", true));
    let none = outcome(Rule { reply: Some(String::new()), ..length }).await.0;
    assert!(matches!(none, Err(ModelError::NoAnswer(_))), "{none:?}");
}

#[tokio::test]
async fn what_the_filter_stopped_is_refused() {
    let rule = Rule { finish_reason: Some("content_filter".to_owned()), ..Rule::default() };
    assert!(matches!(outcome(rule).await.0, Err(ModelError::Refused(_))));
}

#[tokio::test]
async fn calls_go_out_and_their_results_come_back() {
    let arguments = json!({"city": "台北", "rooms": 2});
    let call = |arguments: &Value| Call { name: "search".to_owned(), arguments: arguments.clone() };
    let calls = vec![call(&arguments), call(&json!({}))];
    let (provider, handle) = asked_by(vec![Rule { calls, ..Rule::default() }]).await;
    let mut prompt = said("a flat, please");
    prompt.tools = vec![search()];
    let reply = provider.answer(prompt.clone()).await.unwrap();
    assert_eq!(reply.text, "");
    let asked: Vec<_> = reply.calls.iter().map(|call| (call.name.as_str(), &call.arguments)).collect();
    assert_eq!(asked, [("search", &arguments), ("search", &json!({}))]);
    assert_ne!(reply.calls[0].id, reply.calls[1].id);

    let results = reply.calls.into_iter().zip(["three flats", "none"]);
    let calls = results.map(|(call, result)| (call, result.to_owned())).collect();
    prompt.rounds = vec![Round { text: reply.text, calls }];
    let reply = provider.answer(prompt).await.unwrap();
    assert_eq!(reply.text, "[scripted model] The tools said: three flats / none");
    let messages: Vec<usize> = handle.journal().iter().map(|record| record.messages).collect();
    assert_eq!(messages, [2, 5], "the calls and both results");
}

#[tokio::test]
async fn what_was_not_taken_may_be_asked_again_and_when() {
    for (status, retry_after_s, wish) in
        [(429, Some(7), Some(7_000)), (503, None, None), (529, Some(1), Some(1_000))]
    {
        let (reply, asked) = outcome(Rule { status: Some(status), retry_after_s, ..Rule::default() }).await;
        let why = format!("status {status}");
        assert_eq!(reply, Err(ModelError::NotTaken { why, retry_after_ms: wish }));
        assert_eq!(asked, [Outcome::Refused], "asked once");
    }
}

#[tokio::test]
async fn what_may_have_been_processed_is_no_answer() {
    for status in [500, 502, 504, 408] {
        let (reply, asked) = outcome(Rule { status: Some(status), ..Rule::default() }).await;
        assert_eq!((reply, asked.len()), (Err(ModelError::NoAnswer(format!("status {status}"))), 1));
    }
    for rule in [
        Rule { cut_after_words: Some(2), ..Rule::default() },
        Rule { cut_after_words: Some(0), ..Rule::default() },
    ] {
        let (reply, asked) = outcome(rule).await;
        assert!(matches!(reply, Err(ModelError::NoAnswer(_))), "{reply:?}");
        assert_eq!(asked, [Outcome::CutByRule]);
    }
}

#[tokio::test]
async fn what_is_refused_stays_refused() {
    for status in [400, 401, 403, 404, 422] {
        let (reply, asked) = outcome(Rule { status: Some(status), ..Rule::default() }).await;
        assert_eq!((reply, asked.len()), (Err(ModelError::Refused(format!("status {status}"))), 1));
    }
}

/// Servers that speak OpenAI's API tell a failure inside a stream as a chunk of its own; gateways answer with a page.
#[tokio::test]
async fn what_is_no_answer_is_not_taken_for_one() {
    let begun = r#"{"choices":[{"index":0,"delta":{"content":"It is"},"finish_reason":null}]}"#;
    let error = r#"{"error":{"message":"secret words","type":"server_error","code":500}}"#;
    let events = "text/event-stream";
    for (kind, body) in [
        (events, format!("data: {error}\n\n")),
        (events, format!("data: {begun}\n\ndata: {error}\n\n")),
        (events, format!("data: {begun}\n\ndata: [DONE]\n\n")),
        (events, format!("data: {begun}\n\n")),
        (events, String::new()),
        (events, "data: secret words\n\n".to_owned()),
        ("text/html", "<h1>secret words</h1>".to_owned()),
    ] {
        let (url, _) = answering(200, kind, &body).await;
        let error = provider(&url).answer(said("hello")).await.unwrap_err();
        assert!(matches!(error, ModelError::NoAnswer(_)), "{body}: {error:?}");
        assert!(!error.to_string().contains("secret words"), "{error}");
    }
}

#[tokio::test]
async fn silence_ends_the_wait_and_the_request() {
    let (reply, asked) = outcome(Rule { hang: true, ..Rule::default() }).await;
    assert!(matches!(reply, Err(ModelError::NoAnswer(_))), "{reply:?}");
    assert_eq!(asked, [Outcome::CutByClient]);
}

#[tokio::test]
async fn nobody_there_has_taken_nothing() {
    let provider = provider(&nowhere().await);
    for error in [
        provider.answer(said("hello")).await.unwrap_err(),
        provider.embed(vec!["a".to_owned()]).await.unwrap_err(),
    ] {
        assert!(matches!(error, ModelError::NotTaken { retry_after_ms: None, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn speech_is_written_down() {
    let (provider, handle) = asked_by(Vec::new()).await;
    let sound =
        Sound { mime: "audio/ogg", name: "voice.ogg".to_owned(), bytes: Arc::from(&b"OggS says: three"[..]) };
    let said = provider.transcribe(sound.clone()).await.unwrap();
    assert_eq!((said.result.as_str(), said.tokens, said.is_estimated), ("three", (1, 1), false));
    handle.set_rules(vec![Rule { speech: true, uncounted: true, ..Rule::default() }]);
    let said = provider.transcribe(sound).await.unwrap();
    assert_eq!((said.tokens, said.is_estimated), ((1, 2), true));
}

#[tokio::test]
async fn texts_become_vectors_in_their_order() {
    let (provider, handle) = asked_by(Vec::new()).await;
    let texts =
        ["a small red house", "the house is red and small", "tax returns for dogs"].map(ToOwned::to_owned);
    let embedded = provider.embed(texts.to_vec()).await.unwrap();
    assert_eq!((embedded.tokens, embedded.is_estimated), ((14, 0), false));
    let vectors = embedded.result;
    let near = |a: usize, b: usize| vectors[a].iter().zip(&vectors[b]).map(|(a, b)| a * b).sum::<f32>();
    assert_eq!((vectors.len(), handle.embeddings()), (3, 1));
    assert!((near(0, 0) - 1.0).abs() < 1e-5, "of length one");
    assert!(near(0, 1) > 0.4 && near(0, 2).abs() < 0.2, "{} {}", near(0, 1), near(0, 2));
    assert_eq!(provider.embed(Vec::new()).await.unwrap(), Metered::default());
    assert_eq!(handle.embeddings(), 1, "nothing is asked about nothing");
}

#[tokio::test]
async fn a_refused_embedding_has_its_fate() {
    let busy = Rule {
        embeddings: true,
        status: Some(429),
        retry_after_s: Some(2),
        times: Some(1),
        ..Rule::default()
    };
    let hangs = Rule { embeddings: true, hang: true, ..Rule::default() };
    let (provider, handle) = asked_by(vec![busy, hangs]).await;
    let error = provider.embed(vec!["a".to_owned()]).await.unwrap_err();
    assert_eq!(error, ModelError::NotTaken { why: "status 429".to_owned(), retry_after_ms: Some(2_000) });
    let error = provider.embed(vec!["a".to_owned()]).await.unwrap_err();
    assert!(matches!(error, ModelError::NoAnswer(_)), "{error:?}");
    assert_eq!(handle.embeddings(), 2);
    let too_many = vec![String::new(); models::EMBEDDED_AT_ONCE_MAX + 1];
    assert!(matches!(provider.embed(too_many).await, Err(ModelError::Refused(_))));
}
