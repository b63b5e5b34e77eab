//! Permissions: the roles of `template.yaml` let through what each function does, all of it is needed, and nothing else
//! passes.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use domain::{
    Address, Channel, ConversationKey, Handles, Message, MessageHash, MessageKey, MessageKind, Millis,
};
use futures_util::future::join_all;
use io::envelope::NoticeV1;
use serde_json::{Value, json};

use crate::appointments::{bot_with, falls_due, some_day};
use crate::channels::stack_with;
use crate::news::Client;
use crate::restarts::foreign_engines;
use crate::stack::{Setup, Stack, until};
use crate::vectors::Shop;

/// Granted, and not used here: how the action begins, how the resource ends, and the reason.
const NOT_HERE: [(&str, &str, &str); 9] = [
    ("logs:", "", "Lambda writes the logs; here they go to standard error"),
    ("xray:", "", "Lambda's agent traces; there is none here"),
    ("ses:", "", "mail goes to the stand-in by SMTP"),
    ("bedrock:", "", "the scripted model is asked by OpenAI's API; shared/models has Bedrock's wire"),
    ("kms:", "", "Parameter Store decrypts for whoever may read; the stand-in has nothing encrypted"),
    ("lambda:", "", "CodeDeploy moves aliases; nothing here has one"),
    ("cloudwatch:", "", "CodeDeploy looks at alarms; nothing here is moved step by step"),
    ("ssm:GetParameters", "/OPENAI_API_KEY", "the scripted model's key stands in a variable, which wins"),
    ("ssm:GetParameters", "/SMTP_URL", "so does the stand-in mail server's address"),
];

/// Signed, as far as the stand-ins look, by whoever has this access key.
async fn ask(stack: &Stack, access_key: &str, service: &str, target: &str, body: Value) -> (u16, Value) {
    let scope = format!("{access_key}/20260101/us-east-1/{service}/aws4_request");
    let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    let request = stack.http().post(stack.platform(service));
    let request = request.header("x-amz-target", target).header("authorization", signed);
    let request =
        request.header("content-type", "application/x-amz-json-1.0").header("x-amz-date", "20260101T000000Z");
    let answer = request.body(body.to_string()).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

/// Role, action, resource.
type Right = [String; 3];

/// What was granted, used or refused so far.
async fn rights(stack: &Stack, which: &str) -> BTreeSet<Right> {
    let journal = stack.get(stack.url("/local/permissions")).await;
    let rights = journal[which].as_array().unwrap().iter();
    let text = |right: &Value, field: &str| right[field].as_str().unwrap().to_owned();
    rights.map(|right| [text(right, "role"), text(right, "action"), text(right, "resource")]).collect()
}

/// Waits until a role has made use of a right.
async fn used(stack: &Stack, role: &str, action: &str, resource: &str) {
    until(&format!("{role} has used {action} on {resource}"), || async {
        let used = rights(stack, "used").await;
        let is_it = |[r, a, on]: &Right| r.ends_with(role) && a == action && on.ends_with(resource);
        used.iter().any(is_it).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_a_role_is_not_granted_is_refused_in_the_services_own_words() {
    if foreign_engines() {
        return;
    }
    let stack = Setup::quick().up().await;
    let webhook = "turnwise-WebhookRole";
    let table = "turnwise";
    let key = json!({ "pk": { "S": "telegram:x" }, "sk": { "S": "M" } });
    let dynamodb = async |who: &str, action: &str, body: Value| {
        ask(&stack, who, "dynamodb", &format!("DynamoDB_20120810.{action}"), body).await
    };
    let (status, _) = dynamodb(webhook, "GetItem", json!({ "TableName": table, "Key": key })).await;
    assert_eq!(status, 200, "a webhook may read");
    let put = json!({ "Put": { "TableName": table, "Item": key } });
    let delete = json!({ "Delete": { "TableName": table, "Key": key } });
    for (action, asked) in [
        ("DeleteItem", json!({ "TableName": table, "Key": key })),
        ("Scan", json!({ "TableName": table })),
        ("GetItem", json!({ "TableName": "another", "Key": key })),
        ("Query", json!({ "TableName": table, "IndexName": "none" })),
        ("TransactWriteItems", json!({ "TransactItems": [put, delete] })),
        ("BatchGetItem", json!({ "RequestItems": { table: { "Keys": [key] } } })),
    ] {
        let (status, said) = dynamodb(webhook, action, asked).await;
        assert_eq!(status, 400, "{action}: {said}");
        assert_eq!(said["__type"], "com.amazon.coral.service#AccessDeniedException", "{action}");
        let sentence = said["message"].as_str().unwrap();
        assert!(sentence.contains("is not authorized to perform: dynamodb:"), "{sentence}");
    }
    let scan = json!({ "TableName": table });
    assert_eq!(dynamodb("local", "Scan", scan).await.0, 200, "the owner may do all");

    let queue = format!("{}/000000000000/turnwise-doorbell.fifo", stack.platform("sqs"));
    let receive = json!({ "QueueUrl": queue });
    let (status, said) = ask(&stack, webhook, "sqs", "AmazonSQS.ReceiveMessage", receive).await;
    assert_eq!((status, &said["__type"]), (403, &json!("com.amazon.coral.service#AccessDeniedException")));

    let refused = rights(&stack, "refused").await;
    assert_eq!(refused.len(), 6, "{refused:?}");
    assert!(refused.iter().all(|[role, ..]| role == webhook), "{refused:?}");
    let deleted = [webhook, "dynamodb:DeleteItem", "arn:aws:dynamodb:us-east-1:000000000000:table/turnwise"];
    assert!(refused.contains(&deleted.map(ToOwned::to_owned)));
    let mut said = 0;
    while said < 7 {
        said += stack.refused().await.len();
    }
}

/// The environment of a function's sandbox, as the kernel shows it.
#[cfg(target_os = "linux")]
async fn environment(stack: &Stack, function: &str) -> BTreeMap<String, String> {
    let pid = until(&format!("a sandbox of {function}"), async || {
        let state = stack.state().await;
        let sandboxes = state["sandboxes"].as_array().unwrap().clone();
        let found = sandboxes.into_iter().find(|one| one["function"] == function && one["state"] == "idle");
        found.and_then(|one| one["pid"].as_u64())
    })
    .await;
    let environment = std::fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    let pairs = environment.split('\0').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_function_has_its_own_secrets_and_no_others() {
    let stack = Setup::quick().up().await;
    let (proof, token, key) = ("TELEGRAM_SECRET_TOKEN", "TELEGRAM_BOT_TOKEN", "OPENAI_API_KEY");
    for (function, role, has, lacks) in [
        ("webhook", "WebhookRole", [proof].as_slice(), [token, key, "WEB_SESSION_SECRET"].as_slice()),
        ("api", "ApiRole", &["WEB_SESSION_SECRET", "OWNER_TOKEN"], &[proof, token, key]),
        ("processor", "ProcessorRole", &[token, key], &[proof, "WEB_SESSION_SECRET", "OWNER_TOKEN"]),
        ("notify", "NotifyRole", &[token], &[proof, key, "OWNER_TOKEN"]),
    ] {
        let environment = environment(&stack, function).await;
        for name in has {
            assert!(environment.contains_key(*name), "{function} needs {name}");
        }
        for name in lacks {
            assert!(!environment.contains_key(*name), "{function} has no use for {name}");
        }
        let who = if foreign_engines() { "local" } else { role };
        assert!(environment["AWS_ACCESS_KEY_ID"].ends_with(who), "{function} signs as {who}");
    }
}

/// What was granted in a stack, and used.
struct Scene {
    granted: BTreeSet<Right>,
    used: BTreeSet<Right>,
}

impl Scene {
    async fn of(stack: &Stack) -> Scene {
        Scene { granted: rights(stack, "granted").await, used: rights(stack, "used").await }
    }
}

/// Everything that a deployment does with its own services is done once, and what was granted for it compared.
#[tokio::test]
async fn every_right_that_the_template_grants_is_used() {
    if foreign_engines() {
        return;
    }
    let scenes: [Pin<Box<dyn Future<Output = Scene>>>; 6] = [
        Box::pin(lanes()),
        Box::pin(dead_letters()),
        Box::pin(schedules()),
        Box::pin(crowded()),
        Box::pin(web()),
        Box::pin(vectors()),
    ];
    let (mut granted, mut done) = (BTreeSet::new(), BTreeSet::new());
    for scene in join_all(scenes).await {
        granted.extend(scene.granted);
        done.extend(scene.used);
    }
    granted.retain(|[_, action, resource]| {
        let is_it =
            |(start, end, _): &(&str, &str, &str)| action.starts_with(start) && resource.ends_with(end);
        !NOT_HERE.iter().any(is_it)
    });
    let unused: Vec<_> = granted.difference(&done).collect();
    assert!(unused.is_empty(), "template.yaml grants what nobody uses:\n{unused:#?}");
    assert!(granted.len() > 40, "{granted:?}");
}

/// Ordinary and urgent messages of one conversation ring in two queues: the later one waits for the other's lease.
async fn lanes() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    bot_with(folder.path(), "[urgent]\nwords = [\"emergency\"]");
    let setup = Setup::patient().bot(folder.path());
    let stack = setup.model_concurrency(3).set("urgent_concurrency=1").up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let (ann, ben) = (stack.person(), stack.person());
    ann.says("emergency, but slow").await;
    stack.model_is_asked("emergency, but slow").await;
    ann.says("ordinary").await;
    used(&stack, "ProcessorRole", "sqs:ChangeMessageVisibility", "doorbell.fifo").await;
    ann.says("cancel").await;
    ben.says("slow as well").await;
    stack.model_is_asked("slow as well").await;
    ben.says("emergency").await;
    used(&stack, "ProcessorRole", "sqs:ChangeMessageVisibility", "urgent.fifo").await;
    ben.says("cancel").await;
    ben.hears("Stopped").await;
    used(&stack, "ProcessorRole", "sqs:DeleteMessage", "urgent.fifo").await;
    used(&stack, "ProcessorRole", "sqs:DeleteMessage", "doorbell.fifo").await;
    Scene::of(&stack).await
}

/// The doorbell of a message that was refused long ago dies; and one whose processor's lease is still alive.
async fn dead_letters() -> Scene {
    let setup = Setup::poisoned().set("max_receive_count=1").set("lease_margin_ms=30000");
    // The only stack that invokes every function reads its secrets where a deployment does.
    let setup = setup.set("waiting_max=1").set("history_items_max=22").set("secrets_in_store=1");
    let stack = setup.up().await;
    stack.model_rules(json!([{ "contains": "slow", "held": true }])).await;
    let (ann, ben) = (stack.guest("telegram"), stack.person());
    ann.says("slow").await;
    stack.model_is_asked("slow").await;
    let refused = ann.says("refused").await;
    stack.let_go().await;
    until("both are told of", async || (ann.heard().await.len() == 2).then_some(())).await;
    // More than one read brings back.
    for number in 0..12 {
        stack.settles().await;
        ann.says(&format!("number {number}.")).await;
        ann.hears(&format!("You said: number {number}.")).await;
    }
    stack.settles().await;
    stack.kill_next("processor", 1).await;
    ann.is_delivered_again(&refused).await;
    used(&stack, "DeadLetterRole", "dynamodb:GetItem", "turnwise").await;
    used(&stack, "DeadLetterRole", "sqs:SendMessage", "notices").await;
    ben.says("please [[spin]] now").await;
    used(&stack, "DeadLetterRole", "sqs:ChangeMessageVisibility", "dead-letters.fifo").await;
    ben.hears("An error occurred. Please try again.").await;
    let cleo = Client::begins(&stack, "hello").await;
    let _listener = cleo.listens().await;
    stack.kill_next("processor", 1).await;
    cleo.says("and me?").await;
    used(&stack, "DeadLetterRole", "execute-api:ManageConnections", "").await;
    Scene::of(&stack).await
}

/// What is said ahead of time finds room, finds none, and comes too late.
async fn schedules() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let some_day = some_day();
    let schedules = format!(
        "[urgent]\nwords = [\"emergency\"]\n\
         [[schedules]]\nname = \"tea\"\nat = \"{some_day}\"\nsays = \"Tea is ready.\"\nto = \"subscribers\"\n\
         [[schedules]]\nname = \"drill\"\nat = \"{some_day}\"\nprompt = \"emergency drill\"\nto = \"subscribers\"\n"
    );
    bot_with(folder.path(), &schedules);
    let setup = Setup::patient().bot(folder.path());
    let setup = setup.set("waiting_max=1").set("watch_after_s=1").set("urgent_concurrency=1");
    let stack = setup.set("schedule_stale_after_ms=60000").up().await;
    stack.model_rules(json!([{ "contains": "slow", "hang": true }])).await;
    let (ann, ben) = (stack.guest("telegram"), stack.person());
    ann.says("/subscribe tea").await;
    ann.hears("You are subscribed.").await;
    ben.says("/subscribe drill").await;
    ben.hears("You are subscribed.").await;
    stack.settles().await;
    ben.says("/remind 1h the oven").await;
    ben.hears("I will remind you:").await;
    stack.settles().await;
    for name in ["tea", "drill"] {
        falls_due(&stack, name).await;
    }
    ben.hears("emergency drill").await;
    ann.hears("Tea is ready.").await;
    stack.settles().await;
    ann.says("slow").await;
    stack.model_is_asked("slow").await;
    used(&stack, "NotifyRole", "sqs:ChangeMessageVisibility", "notices").await;
    let late = NoticeV1::due(&late(&stack, &ann.chat).await);
    let notice = json!({
        "QueueUrl": format!("{}/000000000000/turnwise-notices", stack.platform("sqs")),
        "MessageBody": serde_json::to_string(&late).unwrap(),
    });
    assert_eq!(ask(&stack, "local", "sqs", "AmazonSQS.SendMessage", notice).await.0, 200);
    used(&stack, "NotifyRole", "dynamodb:ConditionCheckItem", "turnwise").await;
    Scene::of(&stack).await
}

/// A schedule's message of long ago, for somebody in this chat.
async fn late(stack: &Stack, chat: &str) -> Message {
    let bot = stack.state().await["bot"].as_str().unwrap().to_owned();
    let address = Address { channel: Channel::of("telegram"), chat: chat.into(), thread: None };
    let long_ago = Millis(startup::now().0 - 3_600_000);
    Message {
        conversation: ConversationKey::of(&bot, &address),
        key: MessageKey::new(long_ago, MessageHash::counted(7)),
        address,
        text: "late".into(),
        kind: MessageKind::Announced,
        media: Vec::new(),
        handles: Handles::default(),
        language: None,
        received_at: startup::now(),
    }
}

/// More than has room, changed and taken back while it waits, and delivered again when the mailbox has forgotten it.
async fn crowded() -> Scene {
    let (stack, _folder) = stack_with("[urgent]\nwords = [\"emergency\"]\n").await;
    stack.model_rules(json!([{ "contains": "slow", "held": true }])).await;
    let (ann, ben) = (stack.guest("telegram"), stack.guest("line"));
    let first = ann.says("slow").await;
    ben.says("slow").await;
    let (wrong, secret) = (ann.says("wrong").await, ben.says("secret").await);
    ann.tells("edit", json!({ "message_id": wrong["message_id"], "text": "right" })).await;
    ben.tells("unsend", json!({ "message_id": secret["message_id"] })).await;
    for number in 2..=9 {
        ann.says(&format!("m{number}")).await;
    }
    let refused = ann.says("m10").await;
    stack.let_go().await;
    ann.hears("Too many pending requests, please wait for the current one.").await;
    ann.hears("You said: m9").await;
    // There is room for it now; a refusal stays one.
    ann.is_delivered_again(&refused).await;
    used(&stack, "ProcessorRole", "sqs:SendMessage", "notices").await;
    for number in 11..=18 {
        ann.says(&format!("m{number}")).await;
    }
    ann.hears("You said: m18").await;
    ann.is_delivered_again(&first).await;
    Scene::of(&stack).await
}

/// A web client, and a person who takes over from the bot.
async fn web() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    bot_with(folder.path(), "[urgent]\nwords = [\"emergency\"]");
    let setup = Setup::quick().bot(folder.path()).set("urgent_concurrency=1").set("waiting_max=1");
    let stack = setup.up().await;
    stack.model_rules(json!([{ "contains": "slow", "held": true }])).await;
    let ben = Client::begins(&stack, "hello").await;
    let _listener = ben.listens().await;
    let chat = async |body: Value| -> Value {
        let request = stack.http().post(stack.url("/api/chat")).header("prefer", "respond-async");
        request.json(&body).send().await.unwrap().json().await.unwrap()
    };
    let slow = chat(json!({ "message": "emergency, slow" })).await;
    let session = slow["session_id"].clone();
    let refused = chat(json!({ "message": "and this?", "session_id": session })).await;
    assert_eq!(refused["outcome"], "refused", "{refused}");
    stack.let_go().await;
    let url = stack.url(slow["status_url"].as_str().unwrap());
    until("the answer is there", async || {
        let answer = stack.http().get(&url).bearer_auth(session.as_str().unwrap()).send().await.unwrap();
        (answer.json::<Value>().await.unwrap()["status"] == "settled").then_some(())
    })
    .await;
    let request = chat(json!({ "message": "ordinary", "session_id": session })).await;
    let request = request["request_id"].as_str().unwrap();
    for path in ["/health/concurrency", "/api/stats"] {
        let looked = stack.http().get(stack.url(path)).send().await.unwrap();
        assert_eq!(looked.status(), 200, "{path}");
    }
    ben.outcome(&ben.says("and now?").await).await;
    used(&stack, "ProcessorRole", "execute-api:ManageConnections", "").await;
    let owner = stack.owner().await;
    assert_eq!(owner.does(&ben.request_id, "takeover", json!({ "person": "Eve" })).await.0, 200);
    used(&stack, "NotifyRole", "execute-api:ManageConnections", "").await;
    assert_eq!(owner.does(request, "takeover", json!({ "person": "Eve" })).await.0, 200);
    assert_eq!(owner.does(request, "say", json!({ "text": "I am Eve." })).await.0, 200);
    Scene::of(&stack).await
}

/// Documents whose vectors are elsewhere.
async fn vectors() -> Scene {
    let shop = Shop::new();
    let stack = Setup::quick().bot(&shop.bot()).up().await;
    let ann = stack.person();
    ann.says("What does the code WELCOME10 do?").await;
    ann.hears("shop.md, Shop").await;
    Scene::of(&stack).await
}
