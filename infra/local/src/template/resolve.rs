//! Parameters, conditions and intrinsic functions. Source: CloudFormation template reference, "Intrinsic functions".

use serde_json::{Map, Value, json};

use super::references::{Referred, name_of};
use super::{Parameters, TemplateError, text};

/// What AWS itself says in this machine's account.
const PSEUDO: [(&str, &str); 5] = [
    ("AWS::StackName", "turnwise"),
    ("AWS::Region", "us-east-1"),
    ("AWS::AccountId", "000000000000"),
    ("AWS::Partition", "aws"),
    ("AWS::URLSuffix", "amazonaws.com"),
];

/// What names stand for.
pub(super) struct Scope<'t> {
    /// By logical id.
    pub resources: &'t Map<String, Value>,
    values: Map<String, Value>,
    conditions: Option<&'t Value>,
    mappings: Option<&'t Value>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(document: &'t Value, given: &Parameters) -> Result<Scope<'t>, TemplateError> {
        let resources = document.get("Resources").and_then(Value::as_object);
        let resources = resources.ok_or_else(|| TemplateError::Shape("it has no Resources".to_owned()))?;
        let values = values(document.get("Parameters").and_then(Value::as_object), given)?;
        let (conditions, mappings) = (document.get("Conditions"), document.get("Mappings"));
        Ok(Scope { resources, values, conditions, mappings })
    }

    /// Whether a resource's condition holds.
    pub(super) fn exists(&self, resource: &Value) -> Result<bool, TemplateError> {
        resource.get("Condition").and_then(Value::as_str).map_or(Ok(true), |name| self.condition(name))
    }

    /// A value with everything worked out. `None`: it is `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value) -> Result<Option<Value>, TemplateError> {
        match value {
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.resolve(item).transpose());
                Ok(Some(items.collect::<Result<_, _>>()?))
            }
            Value::Object(entries) => match called(entries) {
                Some((function, argument)) => self.call(function, argument),
                None => self.entries(entries).map(Some),
            },
            plain => Ok(Some(plain.clone())),
        }
    }

    fn entries(&self, entries: &Map<String, Value>) -> Result<Value, TemplateError> {
        let resolved = entries.iter().filter_map(|(key, value)| {
            self.resolve(value).map(|value| value.map(|value| (key.clone(), value))).transpose()
        });
        Ok(Value::Object(resolved.collect::<Result<_, _>>()?))
    }

    fn call(&self, function: &str, argument: &Value) -> Result<Option<Value>, TemplateError> {
        let unknown =
            || TemplateError::Call { function: function.to_owned(), argument: argument.to_string() };
        match (function, argument) {
            ("Ref", Value::String(name)) if name == "AWS::NoValue" => return Ok(None),
            ("Ref", Value::String(name)) => return self.reference(name).map(Some),
            ("Fn::If", Value::Array(parts)) => {
                let [Value::String(condition), then, otherwise] = parts.as_slice() else {
                    return Err(unknown());
                };
                return self.resolve(if self.condition(condition)? { then } else { otherwise });
            }
            ("Condition", Value::String(name)) => {
                return self.condition(name).map(|holds| Some(json!(holds)));
            }
            _ => {}
        }
        let argument = self.resolve(argument)?.unwrap_or_default();
        let parts = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        let result = match (function, &argument, parts) {
            ("Fn::GetAtt", _, [Value::String(id), Value::String(name)]) => json!(self.attribute(id, name)?),
            ("Fn::Sub", Value::String(pattern), _) => json!(self.substitute(pattern, &Map::new())?),
            ("Fn::Sub", _, [Value::String(pattern), Value::Object(own)]) => {
                json!(self.substitute(pattern, own)?)
            }
            ("Fn::Equals", _, [left, right]) => json!(written(left) == written(right)),
            ("Fn::Not", _, [part]) => json!(!is_true(part)),
            ("Fn::And", _, parts) => json!(parts.iter().all(is_true)),
            ("Fn::Or", _, parts) => json!(parts.iter().any(is_true)),
            ("Fn::Split", _, [Value::String(by), Value::String(text)]) => {
                json!(text.split(by).collect::<Vec<_>>())
            }
            ("Fn::Join", _, [Value::String(by), Value::Array(items)]) => {
                json!(items.iter().map(written).collect::<Vec<_>>().join(by))
            }
            ("Fn::Select", _, [index, Value::Array(items)]) => {
                let index = written(index).parse::<usize>().ok();
                index.and_then(|index| items.get(index)).ok_or_else(unknown)?.clone()
            }
            ("Fn::FindInMap", _, [map, first, second]) => {
                let found = self.mappings.and_then(|all| all.get(written(map)));
                let found = found.and_then(|map| map.get(written(first))?.get(written(second)));
                found.ok_or_else(unknown)?.clone()
            }
            _ => return Err(unknown()),
        };
        Ok(Some(result))
    }

    fn condition(&self, name: &str) -> Result<bool, TemplateError> {
        let condition = self.conditions.and_then(|all| all.get(name));
        let condition = condition.ok_or_else(|| TemplateError::Nobody(name.to_owned()))?;
        Ok(self.resolve(condition)?.as_ref().is_some_and(is_true))
    }

    fn reference(&self, name: &str) -> Result<Value, TemplateError> {
        match (self.values.get(name), name.strip_suffix(".Alias")) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(function)) => Ok(json!(self.referred(function)?.alias())),
            (None, None) => Ok(json!(self.referred(name)?.reference())),
        }
    }

    /// `!GetAtt`.
    pub(super) fn attribute(&self, id: &str, attribute: &str) -> Result<String, TemplateError> {
        Ok(self.referred(id)?.attribute(attribute))
    }

    fn referred<'r>(&'r self, id: &'r str) -> Result<Referred<'r>, TemplateError> {
        let resource = self.resources.get(id).ok_or_else(|| TemplateError::Nobody(id.to_owned()))?;
        let kind = text(resource, "Type");
        let name = resource.get("Properties").and_then(|properties| properties.get(name_of(kind)));
        let name = name.map(|name| self.resolve(name)).transpose()?.flatten();
        let said = |name| self.values.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(Referred {
            kind,
            name: name.as_ref().map(written),
            id,
            stack: said("AWS::StackName"),
            region: said("AWS::Region"),
            account: said("AWS::AccountId"),
        })
    }

    /// `${Name}`, `${Name.Attribute}`, and `${!kept}` as it is.
    fn substitute(&self, pattern: &str, own: &Map<String, Value>) -> Result<String, TemplateError> {
        let (mut done, mut rest) = (String::new(), pattern);
        while let Some((before, (name, behind))) =
            rest.split_once("${").and_then(|(before, after)| Some((before, after.split_once('}')?)))
        {
            done.push_str(before);
            let put = match (name.strip_prefix('!'), own.get(name), name.split_once('.')) {
                (Some(kept), _, _) => format!("${{{kept}}}"),
                (_, Some(value), _) => written(value),
                (_, _, Some((id, attribute))) => self.attribute(id, attribute)?,
                _ => written(&self.reference(name)?),
            };
            done.push_str(&put);
            rest = behind;
        }
        done.push_str(rest);
        Ok(done)
    }
}

/// The function that a map of one entry calls.
fn called(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = entries.iter().next().filter(|_| entries.len() == 1)?;
    let is_call = name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string());
    is_call.then_some((name.as_str(), argument))
}

/// The parameters' values, and AWS's own.
fn values(
    declared: Option<&Map<String, Value>>,
    given: &Parameters,
) -> Result<Map<String, Value>, TemplateError> {
    let mut values: Map<String, Value> =
        PSEUDO.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    for (name, value) in given.iter().filter(|(name, _)| name.starts_with("AWS::")) {
        values.insert(name.clone(), json!(value));
    }
    for (name, parameter) in declared.into_iter().flatten() {
        let value = given.get(name).map(|value| json!(value)).or_else(|| parameter.get("Default").cloned());
        let value = value.ok_or_else(|| TemplateError::Unset(name.clone()))?;
        values.insert(name.clone(), of_type(text(parameter, "Type"), value));
    }
    match given.keys().find(|name| !values.contains_key(*name)) {
        Some(stranger) => Err(TemplateError::NoParameter(stranger.clone())),
        None => Ok(values),
    }
}

fn of_type(kind: &str, value: Value) -> Value {
    let number = value.as_str().filter(|_| kind == "Number").and_then(|text| text.parse::<i64>().ok());
    number.map_or(value, |number| json!(number))
}

/// CloudFormation compares and joins what is written: `0` and `"0"` are the same.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn is_true(value: &Value) -> bool {
    written(value) == "true"
}
