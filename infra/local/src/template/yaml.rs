//! YAML with CloudFormation's tags, as values in which `!Ref x` reads `{"Ref": "x"}`. Source: CloudFormation template
//! reference, "Intrinsic functions": each short form and its full name.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::TemplateError;

/// The one document of a text.
pub(super) fn read(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text)?;
    match documents.as_slice() {
        [document] => value(document),
        _ => Err(TemplateError::Shape(format!("{} documents instead of one", documents.len()))),
    }
}

fn value(node: &Yaml<'_>) -> Result<Value, TemplateError> {
    match node {
        Yaml::Value(scalar) => Ok(plain(scalar)),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(entries) => {
            let entries = entries.iter().map(|(key, node)| Ok((name(key)?, value(node)?)));
            Ok(Value::Object(entries.collect::<Result<Map<_, _>, TemplateError>>()?))
        }
        Yaml::Tagged(tag, node) => Ok(long_form(&tag.suffix, value(node)?)),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            Err(TemplateError::Shape(format!("no value: {node:?}")))
        }
    }
}

fn plain(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(is_so) => json!(is_so),
        Scalar::Integer(number) => json!(number),
        Scalar::FloatingPoint(number) => json!(number.into_inner()),
        Scalar::String(text) => json!(text),
    }
}

fn name(key: &Yaml<'_>) -> Result<String, TemplateError> {
    let name = key.as_str().map(ToOwned::to_owned);
    name.ok_or_else(|| TemplateError::Shape(format!("the key {key:?} is no text")))
}

fn long_form(tag: &str, argument: Value) -> Value {
    match (tag, argument) {
        ("Ref" | "Condition", argument) => json!({ tag: argument }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        (_, argument) => json!({ format!("Fn::{tag}"): argument }),
    }
}
