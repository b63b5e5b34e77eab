//! A role of the template becomes a policy. What cannot be read as it stands there is a mistake: nothing is passed over.

use serde_json::{Map, Value};

use super::policy::{Condition, Operator, Policy, Statement};

/// Why a role cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// Something that is not in a statement's simple form.
    #[error("{role}: {what} is not understood in a role of template.yaml")]
    Unknown {
        /// Whose.
        role: String,
        /// Which key or value.
        what: String,
    },
}

/// The policy of a role's properties.
///
/// # Errors
/// It has something that the local stack cannot hold anybody to: give up.
pub fn policy(role: &str, properties: &Value) -> Result<Policy, RoleError> {
    let unknown = |what: &str| RoleError::Unknown { role: role.to_owned(), what: what.to_owned() };
    let known = ["AssumeRolePolicyDocument", "Policies", "Description", "Tags", "RoleName"];
    let properties = properties.as_object().ok_or_else(|| unknown("a role without properties"))?;
    if let Some(other) = properties.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(unknown(other));
    }
    let mut statements = Vec::new();
    for policy in properties.get("Policies").and_then(Value::as_array).into_iter().flatten() {
        let written = policy.pointer("/PolicyDocument/Statement").map(list).unwrap_or_default();
        for one in written.iter().filter(|one| !one.is_null()) {
            let one = one.as_object().ok_or_else(|| unknown("a statement without keys"))?;
            statements.push(statement(one).map_err(|what| unknown(&what))?);
        }
    }
    Ok(Policy { statements })
}

fn statement(written: &Map<String, Value>) -> Result<Statement, String> {
    let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
    if let Some(other) = written.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(other.clone());
    }
    let allows = match written.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        other => return Err(format!("the effect {other:?}")),
    };
    let conditions = match written.get("Condition") {
        Some(written) => conditions(written)?,
        None => Vec::new(),
    };
    // What is never granted is noticed; what is never denied would not be.
    if !allows && conditions.iter().any(|condition| condition.operator == Operator::Another) {
        return Err("a condition of a denial".to_owned());
    }
    Ok(Statement {
        allows,
        actions: texts(written.get("Action"))?,
        resources: texts(written.get("Resource"))?,
        conditions,
    })
}

fn conditions(written: &Value) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    for (operator, keys) in written.as_object().into_iter().flatten() {
        let operator = match operator.as_str() {
            "StringEquals" => Operator::Equals,
            "StringLike" => Operator::Like,
            _ => Operator::Another,
        };
        for (key, values) in keys.as_object().into_iter().flatten() {
            conditions.push(Condition { operator, key: key.clone(), values: texts(Some(values))? });
        }
    }
    Ok(conditions)
}

/// One text or several. Lists in lists come from what is split.
fn texts(value: Option<&Value>) -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    for value in value.map(list).unwrap_or_default() {
        match value {
            Value::String(text) => texts.push(text.clone()),
            Value::Array(_) => texts.extend(self::texts(Some(value))?),
            other => return Err(format!("the value {other}")),
        }
    }
    Ok(texts)
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |many| many.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::policy;
    use serde_json::json;

    #[test]
    fn what_is_not_understood_is_a_mistake_and_not_passed_over() {
        let of = |statement: &serde_json::Value| {
            policy("R", &json!({ "Policies": [{ "PolicyDocument": { "Statement": statement } }] }))
        };
        let good = json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ["a", "b"] });
        assert_eq!(of(&good).map(|policy| policy.grants().count()).ok(), Some(2));
        for bad in [
            json!({ "Effect": "Allow", "NotAction": "sqs:*", "Resource": "a" }),
            json!({ "Effect": "Maybe", "Action": "sqs:*", "Resource": "a" }),
            json!({ "Effect": "Allow", "Action": "sqs:*", "Resource": { "Fn::GetAtt": "Queue.Arn" } }),
            json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "Bool": { "a": "b" } } }),
        ] {
            assert!(of(&bad).is_err(), "{bad}");
        }
        assert!(policy("R", &json!({ "ManagedPolicyArns": ["arn:aws:iam::aws:policy/Any"] })).is_err());
    }
}
