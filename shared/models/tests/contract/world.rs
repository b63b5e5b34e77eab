//! A scripted model, and what it is asked.

use std::time::Duration;

use domain::history::Speaker;
use models::{Prompt, ProviderConfig, Tool};
use serde_json::json;
use stand_ins::model::{Handle, Options, Outcome, Rule};
use tokio::net::TcpListener;

/// A model that these rules script, and where it is.
pub(crate) async fn scripted(rules: Vec<Rule>) -> (String, Handle) {
    let handle = Handle::new(Options::default());
    handle.set_rules(rules);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = handle.clone();
    tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
    (url, handle)
}

/// Where nobody listens.
pub(crate) async fn nowhere() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap())
}

/// A configuration with a silence that ends soon, and later than a slow machine pauses between two words.
pub(crate) fn config(model: &str) -> ProviderConfig {
    ProviderConfig {
        model: model.to_owned(),
        speech_model: "whisper-1".to_owned(),
        embedding_model: "text-embedding-3-small".to_owned(),
        silence: Some(Duration::from_secs(3)),
        ..ProviderConfig::default()
    }
}

pub(crate) fn said(text: &str) -> Prompt {
    let lines = vec![(Speaker::User, text.to_owned())];
    Prompt { system: "Be kind.".to_owned(), lines, ..Prompt::default() }
}

pub(crate) fn search() -> Tool {
    let parameters =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    Tool { name: "search".to_owned(), description: "Finds flats.".to_owned(), parameters }
}

/// What became of each request, once none runs any more.
pub(crate) async fn outcomes(handle: &Handle) -> Vec<Outcome> {
    loop {
        let outcomes: Vec<Outcome> = handle.journal().iter().map(|record| record.outcome).collect();
        if !outcomes.contains(&Outcome::Running) {
            return outcomes;
        }
        tokio::task::yield_now().await;
    }
}
