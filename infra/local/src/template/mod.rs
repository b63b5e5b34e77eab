//! `template.yaml` as a deployment would read it: parameters put in, conditions decided, functions worked out.
//!
//! What refers to a resource becomes the name, URL or ARN that AWS would give it, in this machine's account and region.

mod error;
mod globals;
mod here;
mod references;
mod resolve;
mod yaml;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use error::TemplateError;
pub use here::parameters;
use resolve::Scope;

/// The project's template.
pub const TEXT: &str = include_str!("../../../../template.yaml");

/// Values by name: parameters of the template, and of AWS (`AWS::StackName`).
pub type Parameters = BTreeMap<String, String>;

/// A template with nothing left to decide.
pub struct Template {
    resources: BTreeMap<String, Resource>,
}

struct Resource {
    kind: String,
    arn: String,
    properties: Value,
}

impl Template {
    /// Reads a template as it is deployed with these parameters; where they are silent, its defaults hold.
    ///
    /// # Errors
    /// The text is no template, or says something that this reader does not know.
    pub fn read(text: &str, parameters: &Parameters) -> Result<Template, TemplateError> {
        let document = yaml::read(text)?;
        let scope = Scope::new(&document, parameters)?;
        let mut resources = BTreeMap::new();
        for (name, resource) in scope.resources {
            if scope.exists(resource)? {
                resources.insert(name.clone(), read(&scope, &document, name, resource)?);
            }
        }
        Ok(Template { resources })
    }

    /// The resources of a type: logical id and properties.
    pub fn resources_of<'t>(&'t self, kind: &'t str) -> impl Iterator<Item = (&'t str, &'t Value)> {
        let of_kind = self.resources.iter().filter(move |(_, resource)| resource.kind == kind);
        of_kind.map(|(name, resource)| (name.as_str(), &resource.properties))
    }

    /// The ARN of a resource, by its logical id; empty when there is none.
    pub fn arn(&self, id: &str) -> &str {
        self.resources.get(id).map_or("", |resource| resource.arn.as_str())
    }
}

fn read(scope: &Scope<'_>, document: &Value, id: &str, resource: &Value) -> Result<Resource, TemplateError> {
    let kind = text(resource, "Type").to_owned();
    let properties = resource.get("Properties").cloned().unwrap_or_else(|| Map::new().into());
    let properties = globals::merged(document, &kind, properties);
    let properties = scope.resolve(&properties)?.unwrap_or_default();
    let arn = scope.attribute(id, "Arn")?;
    Ok(Resource { kind, arn, properties })
}

/// A text at a key, empty when there is none.
fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SMALL: &str = r#"
Parameters:
  Bot: { Type: String }
  Lane: { Type: Number, Default: 0 }
  Models: { Type: String, Default: "a,b" }
Mappings:
  Sizes: { small: { MB: 256 } }
Conditions:
  HasLane: !Not [!Equals [!Ref Lane, 0]]
  HasBoth: !And [!Condition HasLane, !Equals [!Ref Bot, shop]]
Globals:
  Function:
    Timeout: 3
    Environment: { Variables: { A: "1" } }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub ${AWS::StackName}-q.fifo
      Also: &also [!GetAtt Queue.Arn]
  Lane:
    Type: AWS::SQS::Queue
    Condition: HasLane
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "${AWS::StackName}-f"
      Timeout: 5
      Environment: { Variables: { QUEUE: !Ref Queue } }
      Kept: !If [HasLane, 1, !Ref AWS::NoValue]
      List: [1, !If [HasBoth, 2, !Ref AWS::NoValue]]
      Split: !Split [",", !Ref Models]
      Join: !Join ["-", [x, !Select [1, !Split [",", !Ref Models]]]]
      Size: !FindInMap [Sizes, small, MB]
      Sub: !Sub ["${Queue.QueueName} ${own} ${!kept}", { own: !Ref Bot }]
      Again: *also
"#;

    fn given(pairs: &[(&str, &str)]) -> Parameters {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn function(parameters: &[(&str, &str)]) -> Value {
        let template = Template::read(SMALL, &given(parameters)).unwrap();
        template.resources_of("AWS::Serverless::Function").next().unwrap().1.clone()
    }

    #[test]
    fn functions_are_worked_out_and_globals_hold_beneath() {
        let wanted = json!({
            "FunctionName": "turnwise-f",
            "Timeout": 5,
            "Environment": { "Variables": {
                "A": "1",
                "QUEUE": "https://sqs.us-east-1.amazonaws.com/000000000000/turnwise-q.fifo",
            } },
            "List": [1],
            "Split": ["a", "b"],
            "Join": "x-b",
            "Size": 256,
            "Sub": "turnwise-q.fifo shop ${kept}",
            "Again": ["arn:aws:sqs:us-east-1:000000000000:turnwise-q.fifo"],
        });
        assert_eq!(function(&[("Bot", "shop")]), wanted);
    }

    #[test]
    fn conditions_decide_what_there_is() {
        let with_lane = function(&[("Bot", "shop"), ("Lane", "2")]);
        assert_eq!((&with_lane["Kept"], &with_lane["List"]), (&json!(1), &json!([1, 2])));
        let template = Template::read(SMALL, &given(&[("Bot", "shop")])).unwrap();
        assert_eq!(template.resources_of("AWS::SQS::Queue").count(), 1);
    }

    #[test]
    fn what_is_not_known_is_refused_by_its_name() {
        let refused = |text: &str, pairs: &[(&str, &str)]| match Template::read(text, &given(pairs)) {
            Ok(_) => panic!("it was read"),
            Err(error) => error.to_string(),
        };
        assert!(refused(SMALL, &[]).contains("Bot"));
        assert!(refused(SMALL, &[("Bot", "shop"), ("Boot", "x")]).contains("Boot"));
        let ask = |what: &str| format!("Resources: {{ A: {{ Type: T, Properties: {{ P: {what} }} }} }}");
        assert!(refused(&ask("!Ref Nobody"), &[]).contains("Nobody"));
        assert!(refused(&ask("!Cidr [1]"), &[]).contains("Fn::Cidr"));
        assert!(refused("Resources: [", &[]).contains("YAML"));
    }

    #[test]
    fn the_projects_template_is_read() {
        let parameters = given(&[("Environment", "dev"), ("Bot", "assistant"), ("AWS::StackName", "local")]);
        let template = Template::read(TEXT, &parameters).unwrap();
        let alarms: BTreeMap<&str, &Value> = template.resources_of("AWS::CloudWatch::Alarm").collect();
        let age = alarms["DoorbellAgeAlarm"];
        assert_eq!(age["Threshold"], json!(120));
        let looks_at = &age["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"];
        assert_eq!(*looks_at, json!([{ "Name": "QueueName", "Value": "local-doorbell.fifo" }]));
        let tables = template.resources_of("AWS::DynamoDB::Table").count();
        assert_eq!(tables, 1);
        let roles: BTreeMap<&str, &Value> = template.resources_of("AWS::IAM::Role").collect();
        let statements = roles["WebhookRole"].pointer("/Policies/0/PolicyDocument/Statement").unwrap();
        let admits =
            statements.as_array().unwrap().iter().find(|statement| statement["Sid"] == "Admit").unwrap();
        assert_eq!(admits["Resource"], "arn:aws:dynamodb:us-east-1:000000000000:table/local");
    }
}
