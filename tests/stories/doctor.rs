//! `doctor`: a stack that is well, and each fault once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::stack::{Setup, Stack, turnwise};

/// What the report says, and whether the exit code says that all is well.
async fn examined(arguments: &[&str], variables: &[(&str, String)]) -> (bool, Vec<Value>) {
    let mut command = turnwise();
    command.arg("doctor").arg("--json").args(arguments).env("AWS_EC2_METADATA_DISABLED", "true");
    for name in
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"]
    {
        command.env_remove(name);
    }
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.envs(variables.iter().map(|(name, value)| (*name, value)));
    let output = command.output().await.unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(said["ok"].as_bool().unwrap(), output.status.success(), "{said}");
    (output.status.success(), said["findings"].as_array().unwrap().clone())
}

/// The findings of a check, as `verdict says`.
fn of(findings: &[Value], check: &str) -> String {
    let of_check = findings.iter().filter(|finding| finding["check"] == check);
    let shown = of_check.map(|finding| {
        format!("{} {}\n", finding["verdict"].as_str().unwrap(), finding["says"].as_str().unwrap())
    });
    shown.collect::<Vec<_>>().concat()
}

/// The AWS services that only a deployment has, and a platform: each answers what it is told.
#[derive(Clone, Default)]
struct Outside {
    answers: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    date: Arc<Mutex<Option<String>>>,
}

impl Outside {
    /// An account in which the stack of a running local one is deployed, and all is well.
    async fn well(stack: &Stack) -> (Outside, String) {
        let (outside, state) = (Outside::default(), stack.state().await);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let queue = |name: &str| {
            format!(
                "{}/000000000000/{}-{name}",
                state["endpoints"]["sqs"].as_str().unwrap(),
                state["table"].as_str().unwrap()
            )
        };
        let outputs = [
            ("BaseUrl", stack.url("")),
            ("TableName", state["table"].as_str().unwrap().to_owned()),
            ("DoorbellQueueUrl", queue("doorbell.fifo")),
            ("NoticesQueueUrl", queue("notices")),
            ("DeadLetterQueueUrl", queue("dead-letters.fifo")),
        ];
        let outputs = outputs.map(|(key, value)| {
            format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
        });
        let parameters = [
            ("Bot", "assistant"),
            ("Environment", "prod"),
            ("ModelConcurrency", "50"),
            ("ReserveConcurrency", "yes"),
            ("Model", ""),
            ("TelegramApiBase", url.as_str()),
            ("LineApiBase", url.as_str()),
            ("DiscordApiBase", url.as_str()),
            ("SlackApiBase", url.as_str()),
            ("WhatsappApiBase", url.as_str()),
            ("MessengerApiBase", url.as_str()),
        ];
        let parameters = parameters.map(|(key, value)| {
            format!(
                "<member><ParameterKey>{key}</ParameterKey><ParameterValue>{value}</ParameterValue></member>"
            )
        });
        let (outputs, parameters) = (outputs.concat(), parameters.concat());
        outside.says(
            "sts",
            200,
            "<Arn>arn:aws:iam::123456789012:user/ann</Arn><Account>123456789012</Account>",
        );
        outside.says(
            "cloudformation",
            200,
            &format!("<StackStatus>UPDATE_COMPLETE</StackStatus>{outputs}{parameters}"),
        );
        outside.says("lambda", 200, &json!({ "AccountLimit": { "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900 } }).to_string());
        let token = "7100200300:aaaa";
        outside.keeps(&[
            ("TELEGRAM_BOT_TOKEN", token),
            ("TELEGRAM_SECRET_TOKEN", "a-webhook-secret"),
            ("OPENAI_API_KEY", "sk-very-secret"),
        ]);
        outside.registered(&format!("{}/webhook/telegram", stack.url("")), 0, "");
        let router = Router::new().fallback(answer).with_state(outside.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (outside, url)
    }

    fn says(&self, who: &str, status: u16, body: &str) {
        self.answers.lock().unwrap().insert(who.to_owned(), (status, body.to_owned()));
    }

    /// Parameter Store has these.
    fn keeps(&self, secrets: &[(&str, &str)]) {
        let parameters = secrets.iter().map(
            |(name, value)| json!({ "Name": format!("/turnwise/assistant-prod/{name}"), "Value": value }),
        );
        self.says("ssm", 200, &json!({ "Parameters": parameters.collect::<Vec<_>>() }).to_string());
    }

    /// Telegram sends its updates there.
    fn registered(&self, url: &str, waiting: u64, error: &str) {
        self.says("telegram", 200, &json!({ "ok": true, "result": { "url": url, "pending_update_count": waiting, "last_error_message": error } }).to_string());
    }
}

async fn answer(
    State(outside): State<Outside>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    // The scope of a signature names the service: `.../us-east-1/sts/aws4_request`.
    let signed = text("authorization");
    let service = signed
        .split_once("Credential=")
        .and_then(|(_, scope)| scope.split('/').nth(3).map(ToOwned::to_owned));
    let who = service.unwrap_or_else(|| platform_of(&uri.to_string()).to_owned());
    if who == "ssm" {
        assert!(String::from_utf8_lossy(&body).contains("/turnwise/assistant-prod/"), "{body:?}");
    }
    let found = outside.answers.lock().unwrap().get(&who).cloned();
    let (status, said) = found.unwrap_or((404, uri.to_string()));
    let date = outside.date.lock().unwrap().clone();
    let headers: Vec<_> = date.into_iter().map(|date| ("date", date)).collect();
    (StatusCode::from_u16(status).unwrap(), axum::response::AppendHeaders(headers), said).into_response()
}

/// Whose a path is.
fn platform_of(uri: &str) -> &'static str {
    let known = [
        ("line", "/v2/bot/channel/webhook/endpoint"),
        ("discord", "/applications/@me"),
        ("slack", "/auth.test"),
        ("whatsapp", "?fields=webhook_configuration"),
        ("messenger", "/me/subscribed_apps"),
    ];
    known.iter().find(|(_, part)| uri.contains(part)).map_or("telegram", |(who, _)| who)
}

/// A deployment's owner, and where everything of theirs is.
fn owner(outside: &str, stack: &Stack) -> Vec<(&'static str, String)> {
    let engine = |name: &str| stack.platform(name).to_owned();
    vec![
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ENDPOINT_URL", outside.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", engine("dynamodb")),
        ("AWS_ENDPOINT_URL_SQS", engine("sqs")),
        // What this machine has is not what the deployment has.
        ("SLACK_BOT_TOKEN", "of another bot".to_owned()),
    ]
}

#[tokio::test]
async fn the_local_stack_is_well() {
    let stack = Setup::quick().up().await;
    let port = stack.url("").rsplit(':').next().unwrap().to_owned();
    let (well, findings) = examined(&["--port", &port, "--ask-model"], &[]).await;
    assert!(well, "{findings:#?}");
    for (check, says) in [
        ("bot", "ok bots/assistant"),
        ("stack", "scripted model"),
        ("table", "ACTIVE"),
        ("queues", "dead-letters.fifo: 0 waiting"),
        ("health", "ok"),
        ("secrets", "ok telegram has all it needs"),
        ("webhook", "ok telegram: updates go to"),
        ("model", "ok openai::scripted answers"),
    ] {
        assert!(of(&findings, check).contains(says), "{check}: {findings:#?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let (well, findings) = examined(&["--port", "1", "--bot", "bots/nobody"], &[]).await;
    assert!(!well && of(&findings, "bot").starts_with("wrong bots/nobody/bot.toml"), "{findings:#?}");
    assert!(of(&findings, "stack").starts_with("wrong no local stack answers on port 1"), "{findings:#?}");
    let (well, findings) =
        examined(&["--stack", "turnwise-assistant-prod"], &[("AWS_REGION", "us-east-1".to_owned())]).await;
    assert!(
        !well && of(&findings, "account").starts_with("wrong there are no AWS credentials"),
        "{findings:#?}"
    );
}

#[tokio::test]
async fn a_deployment_is_well_and_then_has_each_fault_once() {
    let stack = Setup::quick().up().await;
    let (outside, url) = Outside::well(&stack).await;
    let owner = owner(&url, &stack);
    let look = || examined(&["--stack", "turnwise-assistant-prod"], &owner);
    let (well, findings) = look().await;
    assert!(well, "{findings:#?}");
    assert!(of(&findings, "account").contains("123456789012 in us-east-1"), "{findings:#?}");
    assert!(of(&findings, "clock").starts_with("ok"), "{findings:#?}");
    let shown = Value::from(findings.clone()).to_string();
    for secret in ["7100200300:aaaa", "a-webhook-secret", "sk-very-secret"] {
        assert!(!shown.contains(secret), "a secret is shown");
    }

    let there = format!("{}/webhook/telegram", stack.url(""));
    outside.registered("https://old.example/webhook/telegram", 0, "");
    let (well, findings) = look().await;
    assert!(
        !well && of(&findings, "webhook").contains("wrong telegram: updates go to https://old.example"),
        "{findings:#?}"
    );
    outside.registered("", 0, "");
    assert!(of(&look().await.1, "webhook").contains("updates go nowhere"));
    outside.registered(&there, 7, "Wrong response from the webhook: 503");
    let (well, findings) = look().await;
    assert!(well && of(&findings, "webhook").contains("warn"), "{findings:#?}");
    assert!(
        of(&findings, "webhook").contains("7 wait, and the last failed: Wrong response"),
        "{findings:#?}"
    );
    outside.says("telegram", 401, "{}");
    assert!(of(&look().await.1, "webhook").contains("wrong telegram: it answers 401"));
    outside.registered(&there, 0, "");

    outside.keeps(&[("TELEGRAM_BOT_TOKEN", "7100200300:aaaa")]);
    let (well, findings) = look().await;
    assert!(
        !well && of(&findings, "secrets").contains("wrong telegram lacks TELEGRAM_SECRET_TOKEN"),
        "{findings:#?}"
    );
    assert!(of(&findings, "secrets").contains("wrong nothing opens openai::"), "{findings:#?}");
    outside.keeps(&[]);
    assert!(of(&look().await.1, "secrets").contains("wrong no channel has any"));
    outside.says(
        "ssm",
        400,
        &json!({ "__type": "AccessDeniedException", "message": "not allowed" }).to_string(),
    );
    assert!(of(&look().await.1, "secrets").contains("warn ssm answers 400: not allowed"));

    outside.says(
        "lambda",
        200,
        &json!({ "AccountLimit": { "ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10 } })
            .to_string(),
    );
    assert!(
        of(&look().await.1, "quotas")
            .contains("warn the account runs 10 functions at a time, and this stack may want 67")
    );
    *outside.date.lock().unwrap() = Some("Thu, 26 Nov 2020 21:00:00 GMT".to_owned());
    let (well, findings) = look().await;
    assert!(!well && of(&findings, "clock").starts_with("wrong"), "{findings:#?}");
    outside.says(
        "cloudformation",
        400,
        "<Error><Message>Stack with id turnwise-assistant-prod does not exist</Message></Error>",
    );
    assert!(of(&look().await.1, "stack").contains("does not exist"));
    outside.says(
        "sts",
        403,
        "<Error><Message>The security token included in the request is invalid</Message></Error>",
    );
    assert!(of(&look().await.1, "account").contains("wrong sts answers 403: The security token"));
}

#[tokio::test]
async fn a_table_that_is_not_there_and_a_front_door_that_is_closed() {
    let stack = Setup::quick().up().await;
    let (outside, url) = Outside::well(&stack).await;
    let owner = owner(&url, &stack);
    let said = outside.answers.lock().unwrap()["cloudformation"].1.clone();
    let table = stack.state().await["table"].as_str().unwrap().to_owned();
    let elsewhere =
        said.replace(&format!("<OutputValue>{table}</OutputValue>"), "<OutputValue>nowhere</OutputValue>");
    outside.says(
        "cloudformation",
        200,
        &elsewhere.replace(&stack.url(""), "http://127.0.0.1:1").replace("dead-letters", "dead-ends"),
    );
    let (well, findings) = examined(&["--stack", "turnwise-assistant-prod"], &owner).await;
    assert!(!well && of(&findings, "table").starts_with("wrong nowhere cannot be read"), "{findings:#?}");
    assert!(of(&findings, "health").contains("does not answer"), "{findings:#?}");
    assert!(of(&findings, "queues").contains("dead-ends.fifo cannot be read"), "{findings:#?}");
}

/// Each of the other platforms: what it says when all is well, and when it is not.
#[tokio::test]
async fn every_platform_is_asked_in_its_own_way() {
    let stack = Setup::quick().up().await;
    let (outside, url) = Outside::well(&stack).await;
    let owner = owner(&url, &stack);
    let names: Vec<_> = channels::variables()
        .filter(|(_, variable)| !matches!(variable.is, channels::Use::Base(_)))
        .map(|(_, variable)| (variable.name, "a-value-of-at-least-thirty-two-characters"))
        .collect();
    outside.keeps(&names);
    let there = |channel: &str| stack.url(&format!("/webhook/{channel}"));
    let answers = [
        ("line", json!({ "endpoint": there("line"), "active": true }), "ok line: updates go to"),
        ("line", json!({ "endpoint": there("line"), "active": false }), "warn line: updates go to"),
        (
            "line",
            json!({ "endpoint": "https://old.example" }),
            "wrong line: updates go to https://old.example",
        ),
        ("discord", json!({ "interactions_endpoint_url": there("discord") }), "ok discord: updates go to"),
        ("discord", json!({ "interactions_endpoint_url": null }), "wrong discord: updates go nowhere"),
        ("slack", json!({ "ok": true }), "ok slack: the token is good"),
        (
            "slack",
            json!({ "ok": false, "error": "invalid_auth" }),
            "wrong slack: the token is refused (invalid_auth)",
        ),
        (
            "whatsapp",
            json!({ "webhook_configuration": { "application": there("whatsapp") } }),
            "ok whatsapp: updates go to",
        ),
        (
            "whatsapp",
            json!({ "webhook_configuration": { "application": "https://old.example" } }),
            "wrong whatsapp: updates go",
        ),
        (
            "messenger",
            json!({ "data": [{ "subscribed_fields": ["messages"] }] }),
            "ok messenger: the token is good",
        ),
        ("messenger", json!({ "data": [] }), "wrong messenger: updates go nowhere"),
    ];
    for (channel, answer, says) in answers {
        outside.says(channel, 200, &answer.to_string());
        let (_, findings) = examined(&["--stack", "turnwise-assistant-prod"], &owner).await;
        assert!(of(&findings, "webhook").contains(says), "{says}: {findings:#?}");
    }
}
