//! The same cases for each provider: what comes of them, and that each request was sent once.

use models::{Model, ModelError, Reply, Round, Tool};
use serde_json::{Value, json};

use crate::server::{MODELS, provider, requests, said, words};

/// Longer than anything that is waited for here, and a silence that ends soon.
const PATIENT_MS: u64 = 20_000;
const IMPATIENT_MS: u64 = 5_000;

/// What each provider makes of a case. Nothing may be sent twice, whatever comes of it.
async fn each(case: &str, silence_ms: u64) -> Vec<(&'static str, Result<Reply, ModelError>)> {
    let mut replies = Vec::new();
    for model in MODELS {
        let words = words(case, model);
        let reply = provider(model, silence_ms).answer(said(&words)).await;
        assert_eq!(requests(&words).await.len(), 1, "{model} was asked more or less than once");
        replies.push((model, reply));
    }
    replies
}

#[tokio::test]
async fn an_answer_comes_whole_and_counted() {
    for (model, reply) in each("hello", PATIENT_MS).await {
        let reply = reply.unwrap();
        assert_eq!(reply.text, "Hello there, this is an answer of more than one chunk.", "{model}");
        assert_eq!((reply.tokens, reply.is_estimated, reply.is_cut), ((11, 7), false, false), "{model}");
    }
}

#[tokio::test]
async fn the_system_text_comes_first_and_is_the_same_each_time() {
    for model in MODELS {
        let words = words("hello twice", model);
        let provider = provider(model, PATIENT_MS);
        for _ in 0..2 {
            provider.answer(said(&words)).await.unwrap();
        }
        let heads: Vec<Value> =
            requests(&words).await.iter().map(|request| request["body"]["messages"][0].clone()).collect();
        assert_eq!(heads, [json!({"role": "system", "content": "Be kind."}), heads[0].clone()], "{model}");
    }
}

#[tokio::test]
async fn calls_go_out_and_their_results_come_back() {
    for model in MODELS {
        let provider = provider(model, PATIENT_MS);
        let mut prompt = said(&words("a flat, please", model));
        prompt.tools = vec![Tool {
            name: "search".to_owned(),
            description: "Finds flats.".to_owned(),
            parameters: json!({"type": "object", "properties": {"city": {"type": "string"}, "rooms": {"type": "integer"}}}),
        }];
        let reply = provider.answer(prompt.clone()).await.unwrap();
        let [call] = <[_; 1]>::try_from(reply.calls).unwrap_or_else(|calls| panic!("{model}: {calls:?}"));
        assert_eq!(
            (call.name.as_str(), &call.arguments),
            ("search", &json!({"city": "台北", "rooms": 2})),
            "{model}"
        );
        prompt.rounds = vec![Round { text: reply.text, calls: vec![(call, "three flats".to_owned())] }];
        assert_eq!(provider.answer(prompt).await.unwrap().text, "There are three.", "{model}");
        assert_eq!(requests(&words("a flat, please", model)).await.len(), 2, "{model}");
    }
}

#[tokio::test]
async fn what_was_not_taken_may_be_asked_again_and_when() {
    for (case, status, wish) in [("busy", 429, Some(7_000)), ("away", 503, None), ("overloaded", 529, None)] {
        for (model, reply) in each(case, PATIENT_MS).await {
            let why = format!("status {status}");
            assert_eq!(reply, Err(ModelError::NotTaken { why, retry_after_ms: wish }), "{model}");
        }
    }
}

#[tokio::test]
async fn what_may_have_been_processed_is_no_answer() {
    for (model, reply) in each("broken", PATIENT_MS).await {
        assert_eq!(reply, Err(ModelError::NoAnswer("status 500".to_owned())), "{model}");
    }
    for (model, reply) in each("cut", PATIENT_MS).await {
        assert!(matches!(reply, Err(ModelError::NoAnswer(_))), "{model}: {reply:?}");
    }
}

#[tokio::test]
async fn what_is_refused_stays_refused_and_no_body_is_repeated() {
    for (model, reply) in each("forbidden", PATIENT_MS).await {
        let error = reply.unwrap_err();
        assert_eq!(error, ModelError::Refused("status 403".to_owned()), "{model}");
        assert!(!format!("{error:?} {error}").contains("secret words"), "{model}");
    }
}

#[tokio::test]
async fn a_slow_first_word_is_waited_for_and_silence_is_not() {
    for (model, reply) in each("slowly", PATIENT_MS).await {
        assert_eq!(reply.unwrap().text, "It took a while.", "{model}");
    }
    for (model, reply) in each("hang", IMPATIENT_MS).await {
        assert!(matches!(reply, Err(ModelError::NoAnswer(_))), "{model}: {reply:?}");
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_says_so_and_one_that_was_filtered_is_none() {
    for (model, reply) in each("long", PATIENT_MS).await {
        let reply = reply.unwrap();
        assert_eq!((reply.text.as_str(), reply.is_cut), ("It is …", true), "{model}");
    }
    for (model, reply) in each("filtered", PATIENT_MS).await {
        assert!(matches!(reply, Err(ModelError::Refused(_))), "{model}: {reply:?}");
    }
}
