//! The model's clients against models that nobody scripted: `tests/real-model/run` starts them and says where in
//! `REAL_MODEL_URL`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use domain::history::Speaker;
use models::{Model, Place, Prompt, Provider, ProviderConfig};

fn provider() -> Provider {
    let url = std::env::var("REAL_MODEL_URL").expect("tests/real-model/run sets REAL_MODEL_URL");
    let config = ProviderConfig {
        model: "openai::smollm2".to_owned(),
        speech_model: "whisper-1".to_owned(),
        embedding_model: "multilingual-e5-small".to_owned(),
        openai: Place { base_url: Some(format!("{url}/v1")), api_key: None },
        ..ProviderConfig::default()
    };
    Provider::new(config, reqwest::Client::new()).unwrap()
}

#[tokio::test]
async fn it_answers_and_counts_its_tokens() {
    let lines = vec![(Speaker::User, "What is the capital of Italy?".to_owned())];
    let prompt = Prompt { system: "You are a helpful assistant.".to_owned(), lines, ..Prompt::default() };
    let reply = provider().answer(prompt).await.unwrap();
    println!("> What is the capital of Italy?\n{}\n{:?} tokens", reply.text, reply.tokens);
    assert!(reply.text.contains("Rome"), "{}", reply.text);
    assert!(reply.tokens.0 > 10 && reply.tokens.1 > 2 && !reply.is_estimated, "{:?}", reply.tokens);
}

#[tokio::test]
async fn a_question_finds_its_passage_in_another_language() {
    let passages = [
        "A fever above 39 degrees that lasts for more than three days should be seen by a doctor.",
        "The flat has two bedrooms, a balcony to the south, and costs 1,200 a month.",
        "Contraceptive pills work best when they are taken at the same time every day.",
    ];
    for (question, right) in [
        ("À quelle heure faut-il prendre la pilule ?", 2),
        ("發燒三天要不要看醫生？", 0),
        ("Wie hoch ist die Miete der Wohnung?", 1),
    ] {
        let mut texts = vec![question.to_owned()];
        texts.extend(passages.map(ToOwned::to_owned));
        let vectors = provider().embed(texts).await.unwrap().result;
        let (question_vector, passages) = vectors.split_first().unwrap();
        let near = |passage: &Vec<f32>| passage.iter().zip(question_vector).map(|(a, b)| a * b).sum::<f32>();
        let nearness: Vec<f32> = passages.iter().map(near).collect();
        println!("> {question}\n{nearness:?}, the right one is {}", nearness[right]);
        assert_eq!(question_vector.len(), 384);
        assert!(nearness.iter().all(|other| *other <= nearness[right]), "{question}: {nearness:?}");
    }
}
