//! Amazon Bedrock's `ConverseStream`, through the AWS SDK.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_bedrockruntime::config::{Credentials, SharedCredentialsProvider};
use domain::history::Speaker;
use models::{Model, ModelError, Picture, Provider, ProviderConfig, Reply, Round};
use serde_json::json;
use stand_ins::model::{Call, Handle, Outcome, Rule};

use crate::world::{config, nowhere, outcomes, said, scripted, search};

async fn asked_by(rules: Vec<Rule>) -> (Provider, Handle) {
    let (url, handle) = scripted(rules).await;
    (provider(url), handle)
}

fn provider(url: String) -> Provider {
    let credentials = Credentials::new("id", "secret", None, None, "test");
    let account = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    let config = ProviderConfig {
        aws: Some(account.build()),
        bedrock_endpoint: Some(url),
        ..config("bedrock::anthropic.claude-haiku-4-5-20251001-v1:0")
    };
    Provider::new(config, reqwest::Client::new()).unwrap()
}

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
    assert!(handle.journal()[0].system_prompt);
}

#[tokio::test]
async fn tokens_that_nobody_counted_are_estimated() {
    let rule = Rule { uncounted: true, reply: Some("yes".to_owned()), ..Rule::default() };
    let reply = outcome(rule).await.0.unwrap();
    assert_eq!((reply.tokens, reply.is_estimated), ((2 + 2, 1), true));
}

#[tokio::test]
async fn a_history_that_bedrock_would_not_take_is_made_into_one_it_takes() {
    let (provider, handle) = asked_by(Vec::new()).await;
    let lines =
        [(Speaker::Bot, "Welcome"), (Speaker::User, "one"), (Speaker::User, " "), (Speaker::User, "two")];
    let mut prompt = said("");
    prompt.lines = lines.map(|(speaker, text)| (speaker, text.to_owned())).into();
    prompt.pictures = vec![Picture { mime: "image/png", bytes: b"png".as_slice().into() }];
    let reply = provider.answer(prompt).await.unwrap();
    assert_eq!(reply.text, "[scripted model] You said: one / two / [image/png]");
    assert_eq!(handle.journal()[0].messages, 1);
}

#[tokio::test]
async fn calls_go_out_and_their_results_come_back() {
    let arguments = json!({"city": "台北", "rooms": 2, "far": -1.5, "tags": [true, null]});
    let calls = vec![
        Call { name: "search".to_owned(), arguments: arguments.clone() },
        Call { name: "search".to_owned(), arguments: json!({}) },
    ];
    let (provider, handle) = asked_by(vec![Rule { calls, ..Rule::default() }]).await;
    let mut prompt = said("a flat, please");
    prompt.tools = vec![search()];
    let reply = provider.answer(prompt.clone()).await.unwrap();
    let asked: Vec<_> = reply.calls.iter().map(|call| (call.name.as_str(), &call.arguments)).collect();
    assert_eq!(asked, [("search", &arguments), ("search", &json!({}))]);

    let results = reply.calls.into_iter().zip(["three flats", "none"]);
    let calls = results.map(|(call, result)| (call, result.to_owned())).collect();
    prompt.rounds = vec![Round { text: reply.text, calls }];
    let reply = provider.answer(prompt).await.unwrap();
    assert_eq!(reply.text, "[scripted model] The tools said: three flats / none");
    let messages: Vec<usize> = handle.journal().iter().map(|record| record.messages).collect();
    assert_eq!(messages, [1, 3], "the calls, and both results in one message");
}

#[tokio::test]
async fn a_cut_answer_says_so_and_what_the_filter_stopped_is_refused() {
    let ends = |reason: &str| Rule { finish_reason: Some(reason.to_owned()), ..Rule::default() };
    let reply = outcome(Rule { reply: Some("It is".to_owned()), ..ends("max_tokens") }).await.0.unwrap();
    assert_eq!((reply.text.as_str(), reply.is_cut), ("It is …", true));
    for reason in ["guardrail_intervened", "content_filtered"] {
        let reply = outcome(ends(reason)).await.0;
        assert!(matches!(reply, Err(ModelError::Refused(_))), "{reply:?}");
    }
}

#[tokio::test]
async fn what_was_not_taken_may_be_asked_again_and_when() {
    for (status, retry_after_s, wish) in [(429, Some(7), Some(7_000)), (503, None, None)] {
        let (reply, asked) = outcome(Rule { status: Some(status), retry_after_s, ..Rule::default() }).await;
        let why = format!("status {status}");
        assert_eq!(reply, Err(ModelError::NotTaken { why, retry_after_ms: wish }));
        assert_eq!(asked, [Outcome::Refused], "the SDK repeats nothing");
    }
}

#[tokio::test]
async fn what_may_have_been_processed_is_no_answer() {
    for status in [500, 408, 424] {
        let (reply, asked) = outcome(Rule { status: Some(status), ..Rule::default() }).await;
        assert_eq!(reply, Err(ModelError::NoAnswer(format!("status {status}"))));
        assert_eq!(asked, [Outcome::Refused], "the SDK repeats nothing");
    }
    for words in [0, 2] {
        let (reply, asked) = outcome(Rule { cut_after_words: Some(words), ..Rule::default() }).await;
        assert!(matches!(reply, Err(ModelError::NoAnswer(_))), "{reply:?}");
        assert_eq!(asked, [Outcome::CutByRule]);
    }
}

#[tokio::test]
async fn what_is_refused_stays_refused() {
    for status in [400, 403, 404] {
        let (reply, asked) = outcome(Rule { status: Some(status), ..Rule::default() }).await;
        assert_eq!((reply, asked.len()), (Err(ModelError::Refused(format!("status {status}"))), 1));
    }
}

#[tokio::test]
async fn a_slow_answer_is_waited_for_and_silence_is_not() {
    let slow = Rule { reply: Some("a b c d e f g h".to_owned()), delay_ms: Some(4_000), ..Rule::default() };
    let (reply, asked) = outcome(slow).await;
    assert_eq!((reply.unwrap().text.as_str(), asked), ("a b c d e f g h", vec![Outcome::Answered]));
    let silent = Rule { reply: Some("a b".to_owned()), delay_ms: Some(60_000), ..Rule::default() };
    for rule in [Rule { hang: true, ..Rule::default() }, silent] {
        let (reply, asked) = outcome(rule).await;
        assert_eq!(reply, Err(ModelError::NoAnswer("it fell silent".to_owned())));
        assert_eq!(asked, [Outcome::CutByClient]);
    }
}

#[tokio::test]
async fn nobody_there_has_taken_nothing() {
    let error = provider(nowhere().await).answer(said("hello")).await.unwrap_err();
    assert!(matches!(error, ModelError::NotTaken { retry_after_ms: None, .. }), "{error:?}");
}
