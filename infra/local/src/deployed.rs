//! What `template.yaml` gives each function of a stack like this one: its role and its environment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cli::{Failure, Up};
use crate::permissions::access_key;
use crate::resources;
use crate::settings::StackSettings;
use crate::template::{self, TEXT, Template};

/// Variables that only this machine's functions have: where the stand-ins are and who signs, and what is read from the
/// stack's data instead of the bot's folder.
const OF_THIS_MACHINE: [&str; 4] = ["AWS_", "RUST_LOG", "KNOWLEDGE_INDEX", "EMBEDDING_MODEL"];

/// The template as this stack would be deployed.
pub fn template(
    up: &Up,
    settings: &StackSettings,
    vectors: Option<&vectors::Place>,
) -> Result<Template, Failure> {
    let mut parameters = template::parameters(up, settings);
    let path = resources::secrets_path(&up.name).trim_start_matches('/').to_owned();
    parameters.insert("SecretsPath".to_owned(), path);
    if let Some(place) = vectors {
        parameters.insert("KnowledgeVectorBucket".to_owned(), place.bucket.clone());
        parameters.insert("KnowledgeVectorIndex".to_owned(), place.index.clone());
    }
    Ok(Template::read(TEXT, &parameters)?)
}

/// What a function gets of the template.
pub struct Deployed {
    /// The access key of its role.
    pub access_key: String,
    /// The names of its variables.
    variables: BTreeSet<String>,
    /// The names of its secrets, which stand in the store, or here in variables.
    secrets: BTreeSet<String>,
}

/// Which variable lists the secrets of a function.
const SECRETS: &str = "SECRETS";

impl Deployed {
    /// The function of that name.
    ///
    /// # Errors
    /// The template has none: give up.
    pub fn of(template: &Template, stack: &str, function: &str) -> Result<Deployed, Failure> {
        let name = format!("{stack}-{function}");
        let mut functions = template.resources_of("AWS::Serverless::Function").map(|(_, function)| function);
        let found = functions
            .find(|function| text(function, "/FunctionName") == name)
            .ok_or_else(|| format!("template.yaml has no function {name}"))?;
        let variables = found.pointer("/Environment/Variables").and_then(Value::as_object);
        let secrets = text(found, "/Environment/Variables/SECRETS").split(',').map(str::trim);
        Ok(Deployed {
            access_key: access_key(text(found, "/Role")).to_owned(),
            variables: variables.into_iter().flatten().map(|(name, _)| name.clone()).collect(),
            secrets: secrets.filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect(),
        })
    }

    /// Of all that there is, what the function would have in a deployment, and what it needs on this machine.
    pub fn environment(&self, all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let is_given = |name: &str| {
            let is_its = self.variables.contains(name) || self.secrets.contains(name);
            is_its || OF_THIS_MACHINE.iter().any(|start| name.starts_with(start))
        };
        let given = all.iter().filter(|(name, _)| is_given(name));
        let mut given: BTreeMap<_, _> = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        if let Some(names) = given.get_mut(SECRETS) {
            *names = self.secrets.iter().cloned().collect::<Vec<_>>().join(",");
        }
        given
    }
}

fn text<'v>(of: &'v Value, path: &str) -> &'v str {
    of.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
