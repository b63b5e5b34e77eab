//! Secrets stand in Parameter Store, and are replaced while the functions run.

use serde_json::{Value, json};

use crate::stack::{Setup, Stack, root, turnwise, until};

/// Where a stack of this name has them.
const PATH: &str = "/turnwise/turnwise";

/// A stack that keeps its secrets there, and reads them again as often as this says.
async fn stack(settings: &[&str]) -> Stack {
    let setup = Setup::quick().set("secrets_in_store=1");
    settings.iter().fold(setup, |setup, setting| setup.set(setting)).up().await
}

async fn parameters(stack: &Stack, operation: &str, asked: Value) {
    let request = stack.http().post(stack.platform("parameters")).body(asked.to_string());
    let request = request
        .header("x-amz-target", format!("AmazonSSM.{operation}"))
        .header("authorization", "AWS4-HMAC-SHA256 Credential=owner/20261120/us-east-1/ssm/aws4_request");
    assert_eq!(request.send().await.unwrap().status(), 200, "{asked}");
}

/// The owner's `aws ssm put-parameter`.
async fn put(stack: &Stack, name: &str, value: &str) {
    let asked = json!({ "Name": format!("{}/{name}", path(stack).await), "Value": value, "Type": "SecureString",
        "Overwrite": true });
    parameters(stack, "PutParameter", asked).await;
}

/// Stories that share an engine have stacks of other names.
async fn path(stack: &Stack) -> String {
    let state = stack.state().await;
    state["table"].as_str().map_or_else(|| PATH.to_owned(), |table| format!("/turnwise/{table}"))
}

async fn secret(stack: &Stack, name: &str) -> String {
    stack.state().await["secrets"][name].as_str().unwrap().to_owned()
}

/// What the webhook answers to an update with this proof.
async fn status(stack: &Stack, proof: &str) -> u16 {
    let body = std::fs::read(root().join("events/telegram/text.json")).unwrap();
    let request = stack.http().post(stack.url("/webhook/telegram")).body(body);
    let request = request.header("content-type", "application/json");
    request.header("x-telegram-bot-api-secret-token", proof).send().await.unwrap().status().as_u16()
}

/// Waits until the webhook answers so to this proof: a store that answers late leaves what was known.
async fn comes_to(stack: &Stack, proof: &str, wanted: u16) {
    let what = format!("the webhook answers {wanted}");
    until(&what, async || (status(stack, proof).await == wanted).then_some(())).await;
}

/// The same of the owner's token.
async fn owner_comes_to(stack: &Stack, token: &str, wanted: u16) {
    let what = format!("the owner is answered {wanted}");
    until(&what, async || (owner_status(stack, token).await == wanted).then_some(())).await;
}

/// Of some new secrets at least one lets the first request in: a store that answers late leaves what was known.
async fn is_taken_at_once(stack: &Stack, name: &str, wanted: u16, looks: impl AsyncFn(&str) -> u16) {
    let mut is_taken = false;
    for letter in ["b", "c", "d", "e", "f"] {
        let secret = letter.repeat(32);
        put(stack, name, &secret).await;
        is_taken |= looks(&secret).await == wanted;
    }
    assert!(is_taken, "no new {name} was taken at once");
}

async fn owner_status(stack: &Stack, token: &str) -> u16 {
    let path = "/api/owner/conversations/telegram:AAAAAAAAAAAAAAAAAAAAAA";
    let request = stack.http().get(stack.url(path)).header("authorization", format!("Bearer {token}"));
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn secrets_stand_in_the_store_alone_and_everything_works() {
    let stack = stack(&[]).await;
    let ann = stack.person();
    ann.says("hello").await;
    ann.hears("You said: hello").await;
    let chat = stack.http().post(stack.url("/api/chat")).json(&json!({ "message": "hello" }));
    assert_eq!(chat.send().await.unwrap().status(), 200);
    let state = stack.state().await;
    let secrets: Vec<&str> =
        state["secrets"].as_object().unwrap().values().filter_map(Value::as_str).collect();
    let shown = ["WHATSAPP_PHONE_NUMBER_ID"].map(|name| state["secrets"][name].as_str().unwrap());
    for sandbox in state["sandboxes"].as_array().unwrap() {
        let Ok(environment) = std::fs::read(format!("/proc/{}/environ", sandbox["pid"])) else { continue };
        let environment = String::from_utf8_lossy(&environment).into_owned();
        for secret in secrets.iter().filter(|secret| !shown.contains(secret)) {
            assert!(!environment.contains(secret), "{sandbox}: a variable holds a secret");
        }
    }
}

#[tokio::test]
async fn a_replaced_secret_is_taken_and_the_old_one_is_refused() {
    let stack = stack(&["secrets_refresh_s=0"]).await;
    let old = secret(&stack, "TELEGRAM_SECRET_TOKEN").await;
    assert_eq!(status(&stack, &old).await, 200);
    put(&stack, "TELEGRAM_SECRET_TOKEN", &format!("a-new-one,{old}")).await;
    comes_to(&stack, "a-new-one", 200).await;
    assert_eq!(status(&stack, &old).await, 200);
    put(&stack, "TELEGRAM_SECRET_TOKEN", "a-new-one").await;
    comes_to(&stack, &old, 401).await;
    assert_eq!(status(&stack, "a-new-one").await, 200);
    let owner = "b".repeat(32);
    assert_eq!(owner_status(&stack, &owner).await, 401);
    put(&stack, "OWNER_TOKEN", &owner).await;
    // The owner may look; there is nothing.
    owner_comes_to(&stack, &owner, 404).await;
    // One that could be guessed is not taken: the one before still holds.
    put(&stack, "OWNER_TOKEN", "short").await;
    assert_eq!((owner_status(&stack, "short").await, owner_status(&stack, &owner).await), (401, 404));
    let gone = json!({ "Name": format!("{}/TELEGRAM_SECRET_TOKEN", path(&stack).await) });
    parameters(&stack, "DeleteParameter", gone).await;
    // Without a secret the channel is closed.
    comes_to(&stack, "a-new-one", 401).await;
}

#[tokio::test]
async fn a_proof_that_is_refused_is_looked_at_again_with_newer_secrets() {
    let stack = stack(&["secrets_refresh_s=86400", "secrets_retry_s=0"]).await;
    let old = secret(&stack, "TELEGRAM_SECRET_TOKEN").await;
    assert_eq!(status(&stack, &old).await, 200);
    is_taken_at_once(&stack, "TELEGRAM_SECRET_TOKEN", 200, async |proof| status(&stack, proof).await).await;
    assert_eq!(status(&stack, "forged").await, 401);
    is_taken_at_once(&stack, "OWNER_TOKEN", 404, async |token| owner_status(&stack, token).await).await;
}

#[tokio::test]
async fn who_forges_proofs_causes_no_requests() {
    let stack = stack(&["secrets_refresh_s=86400", "secrets_retry_s=3600"]).await;
    put(&stack, "TELEGRAM_SECRET_TOKEN", "a-new-one").await;
    assert_eq!(status(&stack, "forged").await, 401);
    assert_eq!(status(&stack, "a-new-one").await, 401, "it was read just now");
}

#[tokio::test]
async fn a_revoked_bot_token_is_replaced_while_the_bot_runs() {
    let stack = stack(&["secrets_refresh_s=0"]).await;
    let ann = stack.person();
    ann.says("one").await;
    ann.hears("You said: one").await;
    let telegram = stack.platform("telegram");
    stack.post(format!("{telegram}/control/token"), &json!({ "token": "7100200300:another" })).await;
    put(&stack, "TELEGRAM_BOT_TOKEN", "7100200300:another").await;
    until("the bot speaks with its new token", async || {
        ann.says("two").await;
        stack.settles().await;
        ann.heard().await.iter().any(|line| line.contains("You said: two")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_store_that_fails_leaves_everything_as_it_was() {
    let stack = stack(&["secrets_refresh_s=0"]).await;
    let ann = stack.person();
    ann.says("one").await;
    ann.hears("You said: one").await;
    for wrong in [json!({ "denied": 1_000 }), json!({ "unavailable": 1_000 }), json!({ "throttled": 1_000 })]
    {
        stack.post(format!("{}/control/faults", stack.platform("parameters")), &wrong).await;
        ann.says(&format!("still {wrong}")).await;
        ann.hears(&format!("You said: still {wrong}")).await;
    }
    let asked = until("it was asked", || async {
        let counts = stack.get(format!("{}/control/counts", stack.platform("parameters"))).await;
        counts["GetParameters"].as_u64()
    })
    .await;
    assert!(asked > 3, "{asked}");
}

#[tokio::test]
async fn a_function_whose_secrets_cannot_be_read_does_not_start_and_says_why() {
    let mut command = turnwise();
    command.args(["sandbox", "webhook"]).env("TURNWISE_PARENT_PID", std::process::id().to_string());
    for (name, value) in [
        ("BOT_DIR", "bots/assistant"),
        ("TABLE_NAME", "none"),
        ("DOORBELL_QUEUE_URL", "http://127.0.0.1:1/000000000000/doorbell.fifo"),
        ("NOTICES_QUEUE_URL", "http://127.0.0.1:1/000000000000/notices"),
        ("SECRETS_PATH", PATH),
        ("SECRETS", "TELEGRAM_SECRET_TOKEN,LINE_CHANNEL_SECRET"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        command.env(name, value);
    }
    let ended = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        !ended.status.success() && said.contains("the secrets below /turnwise/turnwise cannot be read"),
        "{said}"
    );
}
