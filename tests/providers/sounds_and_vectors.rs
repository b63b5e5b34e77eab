//! Speech and embeddings.

use std::sync::Arc;

use models::{Model, Sound};

use crate::server::provider_of;

#[tokio::test]
async fn speech_is_written_down() {
    let sound =
        Sound { mime: "audio/ogg", name: "voice.ogg".to_owned(), bytes: Arc::from(b"OggS".as_slice()) };
    let provider = provider_of("openai::whisper-1", "openai::text-embedding-3-small");
    assert_eq!(provider.transcribe(sound).await.unwrap().result, "three words spoken");
}

#[tokio::test]
async fn texts_become_vectors() {
    for model in ["openai::text-embedding-3-small", "gemini::gemini-embedding-001"] {
        let vectors = provider_of("openai::whisper-1", model).embed(vec![format!("near {model}")]).await;
        assert_eq!(vectors.unwrap().result, [[0.5, -0.25, 1.0]], "{model}");
    }
    let provider = provider_of("openai::whisper-1", "openai::text-embedding-3-small");
    let vectors = provider.embed(vec!["near and far".to_owned(), "far and near".to_owned()]).await.unwrap();
    assert_eq!(vectors.result.len(), 2);
}
