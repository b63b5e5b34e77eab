//! What a model may be called.

use models::{ModelError, Provider, ProviderConfig};

use crate::world::config;

fn refused(config: ProviderConfig) -> Option<ModelError> {
    Provider::new(config, reqwest::Client::new()).err()
}

#[tokio::test]
async fn a_name_has_a_provider_that_is_known() {
    for name in
        ["openai::gpt-5-mini", "gpt-5-mini", "gemini::gemini-2.5-flash", "anthropic::claude-haiku-4-5"]
    {
        assert_eq!(refused(config(name)), None, "{name}");
    }
    for name in ["ollama::llama3", "openai::", "", "Gemini::x"] {
        assert!(matches!(refused(config(name)), Some(ModelError::Refused(_))), "{name}");
    }
    let config = ProviderConfig { embedding_model: "voyage::3".to_owned(), ..config("openai::gpt-5-mini") };
    assert!(matches!(refused(config), Some(ModelError::Refused(_))));
}

#[tokio::test]
async fn bedrock_wants_an_account() {
    assert!(matches!(refused(config("bedrock::amazon.nova-lite-v1:0")), Some(ModelError::Refused(_))));
}
