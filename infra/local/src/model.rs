//! Who answers: the model that the environment has a key or a place for, or the scripted one.

use stand_ins::model;

use crate::cli::{Failure, Outside, Up};
use crate::clock::StackClock;
use crate::engines::bind;
use crate::settings::StackSettings;

/// Who answers.
pub struct ModelPlace {
    /// For people.
    pub name: String,
    /// An OpenAI-compatible base URL; empty when the environment has none.
    pub base_url: String,
    /// The scripted one.
    pub scripted: Option<model::Handle>,
    /// What the functions are told besides.
    pub variables: Vec<(&'static str, String)>,
}

/// Of each provider, by the start of a model's name: what opens it, or says where it is.
const PROVIDERS: [(&str, &[&str]); 4] = [
    ("openai", &["OPENAI_API_KEY", "OPENAI_BASE_URL"]),
    ("gemini", &["GEMINI_API_KEY", "GEMINI_BASE_URL"]),
    ("anthropic", &["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"]),
    ("bedrock", &["BEDROCK_ENDPOINT", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"]),
];

/// The account that Bedrock is asked in. The table and the queues are local and take any.
const ACCOUNT: [&str; 5] =
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_PROFILE"];

impl ModelPlace {
    /// The environment's model, or the scripted one when there is neither key nor place for it.
    pub async fn start(
        up: &Up,
        settings: &StackSettings,
        clock: &StackClock,
        bot_model: &str,
    ) -> Result<ModelPlace, Failure> {
        let name = up.given("MODEL").unwrap_or_else(|| bot_model.to_owned());
        let provider = name.split_once("::").map_or("openai", |(provider, _)| provider);
        let opened = PROVIDERS.iter().find(|(known, _)| *known == provider);
        let is_open = opened.map_or(up.outside == Outside::Asked, |(_, by)| {
            by.iter().any(|variable| up.given(variable).is_some())
        });
        if is_open { Ok(real(name)) } else { scripted(settings, clock, name).await }
    }
}

pub(crate) fn given(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn real(name: String) -> ModelPlace {
    let told =
        PROVIDERS.iter().flat_map(|(_, variables)| *variables).filter(|name| !name.starts_with("AWS_"));
    let account = ACCOUNT.iter().filter(|_| name.starts_with("bedrock::"));
    let told = told.chain(account).filter(|variable| **variable != "OPENAI_BASE_URL");
    let mut variables: Vec<_> = told.filter_map(|variable| Some((*variable, given(variable)?))).collect();
    variables.push(("MODEL", name.clone()));
    ModelPlace { name, base_url: given("OPENAI_BASE_URL").unwrap_or_default(), scripted: None, variables }
}

/// It speaks OpenAI's API only, whatever the bot's model is.
async fn scripted(settings: &StackSettings, clock: &StackClock, name: String) -> Result<ModelPlace, Failure> {
    let port = bind(0, "--port").await?;
    let (delay_ms, clock) = (settings.model_delay_ms, clock.of_stand_ins());
    let options = model::Options { delay_ms, clock, ..model::Options::default() };
    let scripted = model::Handle::new(options);
    let serving = scripted.clone();
    tokio::spawn(async move { serving.serve(port.listener, std::future::pending()).await });
    let speaks_it = name.starts_with("openai::") || !name.contains("::");
    let asked = if speaks_it { name } else { "openai::scripted".to_owned() };
    Ok(ModelPlace {
        name: "scripted model (no key or base URL in the environment)".to_owned(),
        base_url: format!("{}/v1", port.url),
        scripted: Some(scripted),
        variables: vec![("MODEL", asked), ("OPENAI_API_KEY", "scripted".to_owned())],
    })
}
