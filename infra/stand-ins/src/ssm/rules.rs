//! The parameters of an account. Source: Systems Manager API reference, 2014-11-06.
use crate::json::text;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// "Array Members: Minimum number of 1 item. Maximum number of 10 items." (`GetParameters`).
const NAMES_MAX: usize = 10;

/// A standard parameter's value: 4 KB.
const VALUE_BYTES_MAX: usize = 4_096;

/// What a name begins with that leads on to Secrets Manager (user guide, "Referencing AWS Secrets Manager secrets").
const SECRETS_MANAGER: &str = "/aws/reference/secretsmanager/";

/// Why a call was refused: `__type` and message, with the status 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error's name.
    pub kind: &'static str,
    /// What is wrong.
    pub message: String,
}

/// All parameters of an account.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    parameters: BTreeMap<String, Parameter>,
}

#[derive(Clone, Debug)]
struct Parameter {
    kind: String,
    value: String,
    version: u64,
}

impl Parameters {
    /// One call, by the operation's name.
    ///
    /// # Errors
    /// As the API's.
    pub fn call(&mut self, operation: &str, asked: &Value) -> Result<Value, Refusal> {
        match operation {
            "GetParameters" => self.get(asked),
            "PutParameter" => self.put(asked),
            "DeleteParameter" => self.delete(asked),
            _ => Err(refusal(
                "UnknownOperationException",
                format!("{operation}: the stand-in does not know it"),
            )),
        }
    }

    fn get(&self, asked: &Value) -> Result<Value, Refusal> {
        let names: Vec<&str> = asked
            .get("Names")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !(1..=NAMES_MAX).contains(&names.len()) {
            let rule = format!("Member must have length less than or equal to {NAMES_MAX}, and at least 1");
            return Err(validation(&format!("Value at 'names' failed to satisfy constraint: {rule}")));
        }
        let is_decrypted = asked.get("WithDecryption").and_then(Value::as_bool).unwrap_or(false);
        if !is_decrypted && names.iter().any(|name| name.starts_with(SECRETS_MANAGER)) {
            return Err(validation(
                "WithDecryption flag must be True for retrieving a Secret Manager secret.",
            ));
        }
        let (found, invalid): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| self.parameters.contains_key(*name));
        let shown =
            found.iter().filter_map(|name| Some(self.parameters.get(*name)?.shown(name, is_decrypted)));
        Ok(json!({ "Parameters": shown.collect::<Vec<_>>(), "InvalidParameters": invalid }))
    }

    fn put(&mut self, asked: &Value) -> Result<Value, Refusal> {
        let (name, value, kind) = (text(asked, "Name"), text(asked, "Value"), text(asked, "Type"));
        check_name(name)?;
        if value.is_empty() || value.len() > VALUE_BYTES_MAX {
            return Err(validation("Standard tier parameters support a value of 1 to 4096 characters."));
        }
        let standing = self.parameters.get(name);
        if standing.is_some() && asked.get("Overwrite").and_then(Value::as_bool) != Some(true) {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(refusal("ParameterAlreadyExists", message.to_owned()));
        }
        let kind = standing.map_or(kind, |standing| standing.kind.as_str()).to_owned();
        if !["String", "SecureString"].contains(&kind.as_str()) {
            return Err(validation("A parameter type is required when you create a parameter."));
        }
        let version = standing.map_or(1, |standing| standing.version + 1);
        self.parameters.insert(name.to_owned(), Parameter { kind, value: value.to_owned(), version });
        Ok(json!({ "Version": version, "Tier": "Standard" }))
    }

    fn delete(&mut self, asked: &Value) -> Result<Value, Refusal> {
        let name = text(asked, "Name");
        let removed = self.parameters.remove(name);
        removed.map(|_| json!({})).ok_or_else(|| refusal("ParameterNotFound", String::new()))
    }
}

impl Parameter {
    /// Without decryption a `SecureString` is what KMS made of it.
    fn shown(&self, name: &str, is_decrypted: bool) -> Value {
        let is_sealed = self.kind == "SecureString" && !is_decrypted;
        let value = if is_sealed { format!("AQICAH{}", hex::encode(name)) } else { self.value.clone() };
        let arn = format!("arn:aws:ssm:us-east-1:000000000000:parameter{name}");
        json!({ "Name": name, "Type": self.kind, "Value": value, "Version": self.version, "ARN": arn, "DataType": "text" })
    }
}

/// "A parameter name can't be prefixed with "aws" or "ssm""; a name with a path begins with a slash. What stands in Secrets
/// Manager is put in by its long name here.
fn check_name(name: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/');
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    let is_reserved =
        (first.starts_with("aws") || first.starts_with("ssm")) && !name.starts_with(SECRETS_MANAGER);
    let is_path = !name.contains('/') || name.starts_with('/');
    if name.is_empty() || !name.bytes().all(allowed) || is_reserved || !is_path {
        return Err(validation(&format!("Parameter name must be a fully qualified name: {name}")));
    }
    Ok(())
}

fn validation(message: &str) -> Refusal {
    refusal("ValidationException", message.to_owned())
}

fn refusal(kind: &'static str, message: String) -> Refusal {
    Refusal { kind, message }
}
