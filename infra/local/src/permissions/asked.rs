//! What a request to a service asks for, in the words of its permissions.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use std::collections::BTreeMap;

use axum::http::Method;
use axum::http::request::Parts;
use serde_json::Value;

use super::policy::Asked;
use crate::resources::{ACCOUNT, REGION};

/// A service that has a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// SQS.
    Sqs,
    /// EventBridge Scheduler.
    Scheduler,
    /// S3 Vectors.
    S3Vectors,
    /// Systems Manager Parameter Store.
    Parameters,
    /// The `@connections` of a WebSocket API.
    Connections,
}

/// Everything that the sender has to be allowed. What is not understood asks for something that nobody is.
pub fn asked(service: Service, parts: &Parts, body: &[u8]) -> Vec<Asked> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let target =
        parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let asked = match service {
        Service::DynamoDb => table(operation, &body),
        Service::Sqs => queue(operation, &body),
        Service::Scheduler => schedule(parts, &body),
        Service::S3Vectors => vectors(parts.uri.path().trim_start_matches('/'), &body),
        Service::Parameters => parameters(operation, &body),
        Service::Connections => connections(parts),
    };
    if asked.is_empty() { vec![does("unknown", operation, "*".to_owned())] } else { asked }
}

/// A transaction needs what each of its parts would need by itself; it has no action of its own. A batch has one.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn table(operation: &str, body: &Value) -> Vec<Asked> {
    let items = body.get("TransactItems").and_then(Value::as_array);
    let parts = items.into_iter().flatten().filter_map(Value::as_object).flatten();
    match operation {
        "TransactWriteItems" | "TransactGetItems" => parts
            .map(|(part, of)| does("dynamodb", &format!("{part}{}", item(part)), table_arn(of)))
            .collect(),
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
            tables.map(|(table, _)| does("dynamodb", operation, table_named(table))).collect()
        }
        _ => vec![does("dynamodb", operation, table_arn(body))],
    }
}

/// `Put` is `PutItem`, and `ConditionCheck` is `ConditionCheckItem`.
fn item(part: &str) -> &'static str {
    if matches!(part, "Put" | "Update" | "Delete" | "Get" | "ConditionCheck") { "Item" } else { "" }
}

fn table_arn(of: &Value) -> String {
    let table = table_named(text(of, "TableName"));
    match text(of, "IndexName") {
        "" => table,
        index => format!("{table}/index/{index}"),
    }
}

fn table_named(table: &str) -> String {
    arn("dynamodb", &format!("table/{table}"))
}

/// A batch needs the right to the single action.
fn queue(operation: &str, body: &Value) -> Vec<Asked> {
    let url = text(body, "QueueUrl");
    let name = url.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(text(body, "QueueName"));
    let action = operation.strip_suffix("Batch").unwrap_or(operation);
    vec![does("sqs", action, arn("sqs", name))]
}

/// Whoever makes a schedule hands the scheduler a role, and has to be allowed that too.
fn schedule(parts: &Parts, body: &Value) -> Vec<Asked> {
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    let query = |key: &str| {
        let pairs = parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).next()
    };
    let [kind, name] = path.as_slice() else {
        return vec![does("scheduler", "ListSchedules", "*".to_owned())];
    };
    let group = match text(body, "GroupName") {
        "" => query("groupName").unwrap_or_else(|| "default".to_owned()),
        group => group.to_owned(),
    };
    let action = match (*kind, &parts.method) {
        ("schedules", &Method::POST) => "CreateSchedule",
        ("schedules", &Method::PUT) => "UpdateSchedule",
        ("schedules", &Method::DELETE) => "DeleteSchedule",
        ("schedules", _) => "GetSchedule",
        _ => {
            return vec![does(
                "scheduler",
                "ManageGroups",
                arn("scheduler", &format!("schedule-group/{name}")),
            )];
        }
    };
    let mut asked = vec![does("scheduler", action, arn("scheduler", &format!("schedule/{group}/{name}")))];
    if let Some(role) = body.pointer("/Target/RoleArn").and_then(Value::as_str) {
        let context = BTreeMap::from([("iam:PassedToService", "scheduler.amazonaws.com".to_owned())]);
        asked.push(Asked { context, ..does("iam", "PassRole", role.to_owned()) });
    }
    asked
}

/// "You must have permission to use the s3vectors:GetVectors action" for a filter, and for what is stored beside the
/// vectors. Source: S3 Vectors API reference, `QueryVectors`.
fn vectors(operation: &str, body: &Value) -> Vec<Asked> {
    let (bucket, index) = (text(body, "vectorBucketName"), text(body, "indexName"));
    let resource = match (text(body, "indexArn"), index) {
        ("", "") => arn("s3vectors", &format!("bucket/{bucket}")),
        ("", index) => arn("s3vectors", &format!("bucket/{bucket}/index/{index}")),
        (arn, _) => arn.to_owned(),
    };
    let reads = body.get("filter").is_some_and(|filter| !filter.is_null())
        || body.get("returnMetadata").and_then(Value::as_bool).unwrap_or(false);
    let more =
        (operation == "QueryVectors" && reads).then(|| does("s3vectors", "GetVectors", resource.clone()));
    [does("s3vectors", operation, resource)].into_iter().chain(more).collect()
}

/// Each parameter that is named.
fn parameters(operation: &str, body: &Value) -> Vec<Asked> {
    let names = body.get("Names").and_then(Value::as_array).into_iter().flatten();
    let names = names.chain(body.get("Name")).filter_map(Value::as_str);
    let arn = |name: &str| arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')));
    names.map(|name| does("ssm", operation, arn(name))).collect()
}

/// On this machine the API's id stands before its stage, where AWS has it in the name of the host.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html>
fn connections(parts: &Parts) -> Vec<Asked> {
    let mut path = parts.uri.path().trim_start_matches('/').splitn(3, '/');
    let (Some(api), Some(stage), Some(rest)) = (path.next(), path.next(), path.next()) else {
        return Vec::new();
    };
    let resource = format!("{api}/{stage}/{}/{rest}", parts.method);
    vec![does("execute-api", "ManageConnections", arn("execute-api", &resource))]
}

fn does(service: &str, action: &str, resource: String) -> Asked {
    Asked { action: format!("{service}:{action}"), resource, context: BTreeMap::new() }
}

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{name}")
}

fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde_json::json;

    use super::*;

    fn of(service: Service, method: &str, path: &str, target: &str, body: &Value) -> Vec<(String, String)> {
        let request = Request::builder().method(method).uri(path).header("x-amz-target", target).body(());
        let (parts, ()) = request.map_or_else(|error| panic!("{error}"), Request::into_parts);
        let asked = asked(service, &parts, body.to_string().as_bytes());
        let named = |arn: &str| arn.splitn(6, ':').last().unwrap_or_default().to_owned();
        asked.into_iter().map(|asked| (asked.action, named(&asked.resource))).collect()
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(action, on)| ((*action).to_owned(), (*on).to_owned())).collect()
    }

    #[test]
    fn a_transaction_asks_for_what_each_of_its_parts_does() {
        let dynamodb = |operation: &str, body: &Value| {
            of(Service::DynamoDb, "POST", "/", &format!("DynamoDB_20120810.{operation}"), body)
        };
        let on = |table: &str| json!({ "TableName": table });
        let items = json!([{ "Put": on("t") }, { "ConditionCheck": on("u") }, { "Delete": on("t") }]);
        let asked = dynamodb("TransactWriteItems", &json!({ "TransactItems": items }));
        let wanted = [
            ("dynamodb:PutItem", "table/t"),
            ("dynamodb:ConditionCheckItem", "table/u"),
            ("dynamodb:DeleteItem", "table/t"),
        ];
        assert_eq!(asked, pairs(&wanted));
        let asked = dynamodb("BatchGetItem", &json!({ "RequestItems": { "t": {} } }));
        assert_eq!(asked, pairs(&[("dynamodb:BatchGetItem", "table/t")]), "a batch is an action of its own");
        let asked = dynamodb("Query", &json!({ "TableName": "t", "IndexName": "i" }));
        assert_eq!(asked, pairs(&[("dynamodb:Query", "table/t/index/i")]));
        assert_eq!(dynamodb("TransactWriteItems", &json!({})), pairs(&[("unknown:TransactWriteItems", "*")]));
    }

    #[test]
    fn whoever_makes_a_schedule_hands_over_a_role() {
        let target = json!({ "RoleArn": "arn:aws:iam::000000000000:role/r" });
        let body = json!({ "GroupName": "g", "Target": target });
        let asked = of(Service::Scheduler, "POST", "/schedules/n", "", &body);
        assert_eq!(asked, pairs(&[("scheduler:CreateSchedule", "schedule/g/n"), ("iam:PassRole", "role/r")]));
        let asked = of(Service::Scheduler, "DELETE", "/schedules/n?groupName=g", "", &Value::Null);
        assert_eq!(asked, pairs(&[("scheduler:DeleteSchedule", "schedule/g/n")]));
    }

    #[test]
    fn a_batch_asks_for_what_each_of_it_needs() {
        let body = json!({ "QueueUrl": "http://127.0.0.1:9324/000000000000/q.fifo" });
        let asked = of(Service::Sqs, "POST", "/", "AmazonSQS.SendMessageBatch", &body);
        assert_eq!(asked, pairs(&[("sqs:SendMessage", "q.fifo")]));
        let names = json!({ "Names": ["/turnwise/a/ONE", "/turnwise/a/TWO"] });
        let asked = of(Service::Parameters, "POST", "/", "AmazonSSM.GetParameters", &names);
        let of = |name| ("ssm:GetParameters", name);
        assert_eq!(asked, pairs(&[of("parameter/turnwise/a/ONE"), of("parameter/turnwise/a/TWO")]));
    }

    #[test]
    fn a_post_to_a_connection_manages_it() {
        let asked = of(Service::Connections, "POST", "/a/live/@connections/c", "", &Value::Null);
        assert_eq!(asked, pairs(&[("execute-api:ManageConnections", "a/live/POST/@connections/c")]));
    }

    #[test]
    fn a_filtered_query_reads_what_it_filters_by() {
        let place = json!({ "vectorBucketName": "b", "indexName": "i", "filter": {} });
        let asked = of(Service::S3Vectors, "POST", "/QueryVectors", "", &place);
        let index = "bucket/b/index/i";
        assert_eq!(asked, pairs(&[("s3vectors:QueryVectors", index), ("s3vectors:GetVectors", index)]));
    }
}
