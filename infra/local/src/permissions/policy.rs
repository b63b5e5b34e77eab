//! The rule: whether a role's statements allow an action on a resource.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::collections::BTreeMap;

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `service:Action`.
    pub action: String,
    /// The ARN of what it is done to.
    pub resource: String,
    /// What conditions look at, by key.
    pub context: BTreeMap<&'static str, String>,
}

/// What a role may do. Whatever no statement allows is refused.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// In the order of the template.
    pub statements: Vec<Statement>,
}

/// Some actions on some resources.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Allow, or else deny, which beats every allow.
    pub allows: bool,
    /// With `*` and `?`, in any case.
    pub actions: Vec<String>,
    /// ARNs, with `*` and `?`.
    pub resources: Vec<String>,
    /// All have to hold.
    pub conditions: Vec<Condition>,
}

/// A value of the request that has to be one of these.
#[derive(Debug, Clone)]
pub struct Condition {
    /// How they are compared.
    pub operator: Operator,
    /// Such as `iam:PassedToService`.
    pub key: String,
    /// Any of them.
    pub values: Vec<String>,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// To the letter.
    Equals,
    /// With `*` and `?`.
    Like,
    /// In a way that is not known here: it never holds.
    Another,
}

/// An action on a resource that a statement allows, as it is written there.
pub type Grant = (String, String);

impl Policy {
    /// The grants that allow it; none: it is refused.
    pub fn allows(&self, asked: &Asked) -> Vec<Grant> {
        if self.matching(asked).any(|statement| !statement.allows) {
            return Vec::new();
        }
        self.matching(asked).flat_map(|statement| statement.grants_of(asked)).collect()
    }

    /// Everything it allows.
    pub fn grants(&self) -> impl Iterator<Item = Grant> {
        self.statements.iter().filter(|statement| statement.allows).flat_map(Statement::grants)
    }

    fn matching(&self, asked: &Asked) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(move |statement| {
            statement.grants_of(asked).next().is_some()
                && statement.conditions.iter().all(|condition| condition.holds(asked))
        })
    }
}

impl Statement {
    fn grants(&self) -> impl Iterator<Item = Grant> {
        let of = |action: &String| {
            let action = action.clone();
            self.resources.iter().map(move |resource| (action.clone(), resource.clone()))
        };
        self.actions.iter().flat_map(of)
    }

    fn grants_of(&self, asked: &Asked) -> impl Iterator<Item = Grant> {
        let action = asked.action.to_lowercase();
        self.grants().filter(move |(granted, resource)| {
            matches(&granted.to_lowercase(), &action) && matches(resource, &asked.resource)
        })
    }
}

impl Condition {
    fn holds(&self, asked: &Asked) -> bool {
        let Some(value) = asked.context.get(self.key.as_str()) else { return false };
        self.values.iter().any(|one| match self.operator {
            Operator::Equals => one == value,
            Operator::Like => matches(one, value),
            Operator::Another => false,
        })
    }
}

/// `*` stands for any characters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = pattern.get(first.len_utf8()..).unwrap_or_default();
    let mut characters = text.chars();
    if first == '*' {
        return matches(rest, text) || characters.next().is_some() && matches(pattern, characters.as_str());
    }
    characters.next().is_some_and(|next| first == '?' || first == next) && matches(rest, characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Asked, BTreeMap, Condition, Operator, Policy, Statement};

    fn statement(allows: bool, action: &str, resource: &str) -> Statement {
        let (actions, resources) = (vec![action.to_owned()], vec![resource.to_owned()]);
        Statement { allows, actions, resources, conditions: Vec::new() }
    }

    fn asks(policy: &Policy, action: &str, resource: &str) -> bool {
        let (action, resource) = (action.to_owned(), resource.to_owned());
        !policy.allows(&Asked { action, resource, context: BTreeMap::new() }).is_empty()
    }

    #[test]
    fn what_is_not_allowed_is_refused() {
        let policy = Policy { statements: vec![statement(true, "sqs:SendMessage", "arn:q")] };
        assert!(asks(&policy, "sqs:SendMessage", "arn:q"));
        assert!(asks(&policy, "sqs:sendmessage", "arn:q"), "actions have no case");
        assert!(!asks(&policy, "sqs:SendMessage", "arn:Q"), "resources do");
        assert!(!asks(&policy, "sqs:ReceiveMessage", "arn:q"));
        assert!(!asks(&policy, "sqs:SendMessage", "arn:q/more"), "all of it has to match");
        assert!(!asks(&Policy::default(), "sqs:SendMessage", "arn:q"));
    }

    #[test]
    fn a_pattern_covers_what_it_names() {
        let policy = Policy { statements: vec![statement(true, "dynamodb:*Item", "arn:t/index/?-*")] };
        assert!(asks(&policy, "dynamodb:GetItem", "arn:t/index/a-"));
        assert!(asks(&policy, "dynamodb:PutItem", "arn:t/index/b-by-day"));
        assert!(!asks(&policy, "dynamodb:GetItem", "arn:t/index/ab-x"));
        assert!(!asks(&policy, "dynamodb:Query", "arn:t/index/a-x"));
    }

    #[test]
    fn a_denial_beats_every_allowance() {
        let statements =
            vec![statement(true, "dynamodb:*", "*"), statement(false, "dynamodb:DeleteItem", "arn:t")];
        let policy = Policy { statements };
        assert!(asks(&policy, "dynamodb:DeleteItem", "arn:other"));
        assert!(!asks(&policy, "dynamodb:DeleteItem", "arn:t"));
    }

    #[test]
    fn a_condition_has_to_hold() {
        let with = |operator, value: &str| {
            let (key, values) = ("iam:PassedToService".to_owned(), vec![value.to_owned()]);
            let conditions = vec![Condition { operator, key, values }];
            Policy { statements: vec![Statement { conditions, ..statement(true, "iam:PassRole", "arn:r") }] }
        };
        let asked = |policy: &Policy, to: &str| {
            let context = BTreeMap::from([("iam:PassedToService", to.to_owned())]);
            let (action, resource) = ("iam:PassRole".to_owned(), "arn:r".to_owned());
            !policy.allows(&Asked { action, resource, context }).is_empty()
        };
        let equals = with(Operator::Equals, "one");
        assert!(asked(&equals, "one") && !asked(&equals, "two"));
        assert!(!asks(&equals, "iam:PassRole", "arn:r"), "a value that is not there is none of them");
        let like = with(Operator::Like, "o*");
        assert!(asked(&like, "one") && !asked(&like, "two"));
        assert!(!asked(&with(Operator::Another, "one"), "one"), "what is not understood grants nothing");
    }
}
